"""What a plain loop cannot say: whole vectors, raw addresses, and calls through an address.

Each function here is a line or two of Python that says what it means, and, for compiled loops, the
few instructions that do it. Addresses are integers; whoever passes one keeps the array alive.
"""

import ctypes

import numpy as np

from nndl.fast.runtime.jit import inlined, numba

if numba is not None:
    from llvmlite import binding, ir
    from numba.core import cgutils
    from numba.extending import intrinsic, overload

WORD = np.intp().itemsize


def vector_bytes():
    """Bytes in a vector register of this machine: 64 (AVX-512), 32 (AVX), or 16 (NEON, SSE)."""
    features = binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


def registers():
    """Number of vector registers of this machine."""
    x86 = "x86" in binding.get_process_triple() or "amd64" in binding.get_process_triple()
    return 16 if x86 and vector_bytes() < 64 else 32


@inlined
def at(array, index):
    """Address of entry ``index``, counted along memory, of a contiguous array."""
    return np.intp(array.ctypes.data + index * array.itemsize)


def call(function, arguments):
    """Call the function at an address, with integers."""
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_ssize_t] * len(arguments))
    kind(int(function))(*map(int, arguments))


def copy(to, origin, size):
    """Copy ``size`` bytes from one address to another."""
    ctypes.memmove(int(to), int(origin), int(size))


def turn(to, to_index, to_pitch, origin, index, pitch, lanes):
    """Transpose a square of ``lanes`` by ``lanes`` entries from one flat array to another.

    Rows of the square start at ``index`` and lie ``pitch`` entries apart; those of its transpose
    start at ``to_index``, ``to_pitch`` entries apart.
    """
    for i in range(lanes):
        to[to_index + i : to_index + i + lanes * to_pitch : to_pitch] = origin[
            index + i * pitch : index + i * pitch + lanes
        ]


if numba is not None:

    def pointer(builder, address, typ):
        """``address`` as a pointer to ``typ``."""
        return builder.inttoptr(address, typ.as_pointer())

    @intrinsic
    def _call(typing, function, arguments):
        def generate(context, builder, signature, args):
            word = ir.IntType(8 * WORD)
            kind = ir.FunctionType(ir.VoidType(), [word] * len(arguments))
            builder.call(pointer(builder, args[0], kind), cgutils.unpack_tuple(builder, args[1]))
            return context.get_dummy_value()

        return numba.void(function, arguments), generate

    @intrinsic
    def _copy(typing, to, origin, size):
        def generate(context, builder, signature, args):
            byte = ir.IntType(8)
            cgutils.raw_memcpy(
                builder,
                pointer(builder, args[0], byte),
                pointer(builder, args[1], byte),
                args[2],
                1,
            )
            return context.get_dummy_value()

        return numba.void(to, origin, size), generate

    @intrinsic
    def _turn(typing, to, pitch, origin, origin_pitch, like):
        """Rows are loaded whole, then shuffled: log2(lanes) rounds of perfect shuffles."""

        def generate(context, builder, signature, args):
            size = like.dtype.bitwidth // 8
            lanes = vector_bytes() // size
            vector = ir.VectorType(context.get_value_type(like.dtype), lanes)
            word = args[0].type

            def row(base, step, k):
                step = builder.mul(step, word(k * size))
                return pointer(builder, builder.add(base, step), vector)

            rows = [builder.load(row(args[2], args[3], k), align=size) for k in range(lanes)]
            half = lanes // 2
            mixed = [k // 2 + k % 2 * lanes for k in range(2 * lanes)]  # 0, lanes, 1, lanes + 1 ...
            masks = [
                ir.Constant(ir.VectorType(ir.IntType(32), lanes), part)
                for part in (mixed[:lanes], mixed[lanes:])
            ]
            for _ in range(lanes.bit_length() - 1):
                pairs = zip(rows[:half], rows[half:], strict=True)
                rows = [builder.shuffle_vector(x, y, mask) for x, y in pairs for mask in masks]
            for k in range(lanes):
                builder.store(rows[k], row(args[0], args[1], k), align=size)
            return context.get_dummy_value()

        return numba.void(to, pitch, origin, origin_pitch, like), generate

    @overload(call)
    def _overload_call(function, arguments):
        return lambda function, arguments: _call(function, arguments)

    @overload(copy)
    def _overload_copy(to, origin, size):
        return lambda to, origin, size: _copy(np.intp(to), np.intp(origin), np.intp(size))

    @overload(turn)
    def _overload_turn(to, to_index, to_pitch, origin, index, pitch, lanes):
        def compiled_turn(to, to_index, to_pitch, origin, index, pitch, lanes):
            _turn(at(to, to_index), np.intp(to_pitch), at(origin, index), np.intp(pitch), to)

        return compiled_turn
