"""How much memory a convolution needs beyond its inputs and outputs, forward and backward.

Each measurement is a process of its own: what one library has asked for, the other cannot use. A
call on one image comes first, so that code and threads are there already; what it left behind in
the heap goes back to the system. Then the system notes the peak anew (Linux alone can do that).
"""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.layers import DTYPES, LAYERS, PYTORCH, arguments, conv_out
from benchmarks.side_by_side import rounded

ROOT = Path(__file__).resolve().parent.parent
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MB = 2**20


def measure(threads, shapes=LAYERS["conv"].shapes, dtypes=DTYPES):
    """A line for each library, shape and dtype; none where the system does not tell."""
    if not RESET.exists():
        return []
    return [
        {"library": library, "shape": shape, "dtype": dtype}
        | in_new_process("benchmarks.memory", library, shape, dtype, str(threads))
        for dtype in dtypes
        for shape in shapes
        for library in ("nndl", PYTORCH)
    ]


def in_new_process(module, *arguments, **environment):
    """What ``python -m module arguments`` prints, which is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


def kilobytes(field):
    """A field of this process's status: VmRSS, memory in use; VmHWM, the most since the reset."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def peak_of(call):
    """The largest growth of the memory in use during ``call``, in bytes; and what it returned."""
    ctypes.CDLL(None).malloc_trim(0)
    RESET.write_text("5")
    before = kilobytes("VmRSS")
    result = call()
    return (kilobytes("VmHWM") - before) * 1024, result


def beyond(library, shape, dtype, threads):
    """MB in use at the peak of forward and backward, less inputs and outputs."""
    import numpy as np

    rng = np.random.default_rng(0)
    given, dout = arguments("conv", shape, dtype, rng), np.ones(conv_out(shape), dtype)
    run = ours(threads) if library == "nndl" else theirs(threads)
    first = given[0][:1].copy(), *given[1:]
    run(first, dout[:1].copy())()
    prepared = run(given, dout)
    del first
    peak, results = peak_of(prepared)
    return (peak - sum(result.nbytes for result in results)) / MB


def ours(threads):
    import numba

    from benchmarks.layers import functions

    numba.set_num_threads(threads)
    forward, backward = functions("conv")

    def prepare(given, dout):
        def run():
            out, cache = forward(*given)
            return out, *backward(dout, cache)

        return run

    return prepare


def theirs(threads):
    import torch

    from benchmarks import pytorch

    torch.set_num_threads(threads)

    def prepare(given, dout):
        made = pytorch.conv(*given, dout)
        return lambda: (made["forward"](), *made["backward"]())

    return prepare


if __name__ == "__main__":
    library, shape, dtype, threads = sys.argv[1:]
    print(json.dumps({"mb": rounded(max(0.0, beyond(library, shape, dtype, int(threads))), 3)}))
