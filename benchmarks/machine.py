"""The machine: what kind of processor it has, and what its cores can do at most, measured here."""

import os
import platform
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.metadata import version
from time import perf_counter

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from benchmarks.side_by_side import rounded

# How many sums run side by side. Each step waits for the last of its own sum, some four cycles, so
# there must be at least that many sums for each unit that multiplies; more than the registers
# hold, and they go to memory.
SUMS = {512: 24, 256: 12, 128: 24}
STEPS = 2**23  # tens of milliseconds: threads need time to spread over the cores
BANDWIDTH_BYTES = 2**28  # far beyond any cache


def vector_bits():
    """How wide the vector registers are."""
    features = llvm.get_host_cpu_features()
    return 512 if features.get("avx512f") else 256 if features.get("avx2") else 128


@intrinsic
def multiply_and_add(typingctx, start, factor, steps):
    """``SUMS`` vectors of sums, ``steps`` times multiplied by ``factor`` and increased by it."""

    def codegen(context, builder, signature, arguments):
        value, factor, steps = arguments
        bits, lanes = vector_bits(), vector_bits() // signature.return_type.bitwidth
        vector = ir.VectorType(value.type, lanes)
        kind = f"v{lanes}f{signature.return_type.bitwidth}"
        fma = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.{kind}"
        )

        def filled(scalar):
            one = builder.insert_element(
                ir.Constant(vector, ir.Undefined), scalar, ir.IntType(32)(0)
            )
            return builder.shuffle_vector(
                one, one, ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
            )

        factors, sums = filled(factor), []
        for _ in range(SUMS[bits]):  # in variables, which LLVM keeps in registers
            sums.append(cgutils.alloca_once_value(builder, filled(value)))
            value = builder.fadd(value, factor)  # equal sums would become one
        with cgutils.for_range(builder, steps):
            for variable in sums:
                builder.store(
                    builder.call(fma, [builder.load(variable), factors, factors]), variable
                )
        total = builder.load(sums[0])
        for variable in sums[1:]:
            total = builder.fadd(total, builder.load(variable))
        result = builder.extract_element(total, ir.IntType(32)(0))
        for lane in range(1, lanes):
            result = builder.fadd(result, builder.extract_element(total, ir.IntType(32)(lane)))
        return result

    return start(start, factor, steps), codegen


@numba.njit(nogil=True)
def busy(start, factor, steps):
    """A core that does nothing but multiply and add."""
    return multiply_and_add(start, factor, steps)


def peak(dtype, threads, rounds):
    """GFLOP/s of ``threads`` cores, at best."""
    bits = vector_bits()
    flops = 2 * SUMS[bits] * (bits // np.dtype(dtype).itemsize // 8) * STEPS
    start, factor = np.dtype(dtype).type(1), np.dtype(dtype).type(0.5)  # sums stay near 1
    busy(start, factor, 1)
    return flops * threads / shortest(lambda _: busy(start, factor, STEPS), threads, rounds) / 1e9


def bandwidth(threads, rounds):
    """GB/s read and written together, when ``threads`` cores copy one large array into another."""
    source = np.ones(BANDWIDTH_BYTES // 8)
    target = np.zeros_like(source)
    parts = [np.array_split(array, threads) for array in (target, source)]
    seconds = shortest(lambda k: np.copyto(parts[0][k], parts[1][k]), threads, rounds)
    return 2 * source.nbytes / seconds / 1e9


def shortest(work, threads, rounds):
    """Seconds that ``work(0)`` to ``work(threads - 1)`` need at the same time, at best."""
    with ThreadPoolExecutor(threads) as pool:
        best = float("inf")
        for _ in range(rounds + 1):
            start = perf_counter()
            list(pool.map(work, range(threads)))
            best = min(best, perf_counter() - start)
        return best


def describe(threads, rounds):
    """What the record says about the machine: processor, cores, registers, peaks, bandwidth."""
    counts = {"one": 1, "all": threads}
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": llvm.get_host_cpu_name(),  # its kind, by the name that LLVM compiles for
        "cores": os.cpu_count(),
        "threads": threads,
        "vector_bits": vector_bits(),
        "peak_gflops": {
            dtype: {name: rounded(peak(dtype, n, rounds)) for name, n in counts.items()}
            for dtype in ("float32", "float64")
        },
        "bandwidth_gb_s": {name: rounded(bandwidth(n, rounds)) for name, n in counts.items()},
    }


def versions():
    """What was measured, and on which day."""
    packages = {name: version(name) for name in ("nndl", "numpy", "numba", "torch")}
    return {"python": platform.python_version(), **packages, "date": date.today().isoformat()}
