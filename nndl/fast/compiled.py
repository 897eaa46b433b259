"""How the plain loops of this package are compiled: one wrapper, used by every module beside it."""

from contextlib import contextmanager
from functools import cache

import numpy as np

try:
    import numba
    from numba import prange
    from numba.extending import register_jitable as inlined
except ImportError:  # in the browser: the modules fall back to their naive twins
    numba, prange = None, range

    def inlined(function):
        """Return ``function``: nothing compiles the loops that call it."""
        return function


# Sums may be taken in another order and multiply-adds fused, which is what lets a loop vectorize.
# The flags that assume away NaN and infinity stay off: a NaN must come out as one.
FASTMATH = {"reassoc", "contract", "nsz"}


@cache
def compiled(loop, dtype, arrays, integers=0, floats=0, rng=False, least=2**15):
    """Compile ``loop`` for one dtype, in parallel, with its machine code cached on disk.

    The signature is spelled out, so that each loop is compiled once for a dtype and not once more
    for every combination of memory layouts that a caller may bring.

    Parameters
    ----------
    loop : callable
        A plain Python function of arrays, then integers, then float64 numbers; its outer loop runs
        over ``prange``.
    dtype : numpy.dtype
        Of every array that is not marked otherwise.
    arrays : str
        For each array its rank and its layout: ``"4A 1C"`` is a strided array of four dimensions
        and a C-contiguous one of one. An exclamation mark allows writing: ``"4C!"``. An ``i``
        marks integers, of dtype intp, and a ``d`` doubles, whatever ``dtype`` is: ``"1Ci 1Cd"``.
    integers, floats : int
        How many integers follow the arrays, and how many float64 numbers follow these.
    rng : bool
        Whether a ``numpy.random.Generator`` comes last. It draws one number after the other, so
        such a loop runs over ``range``, on one thread.
    least : int
        From how many entries of the largest array on several threads are worth waking.

    Returns
    -------
    callable
        The compiled loop.
    """
    element = numba.from_dtype(dtype)
    kinds = [
        numba.types.Array(
            numba.intp if "i" in kind else numba.float64 if "d" in kind else element,
            int(kind[0]),
            kind[1],
            readonly="!" not in kind,
        )
        for kind in arrays.split()
    ]
    kinds += [numba.intp] * integers + [numba.float64] * floats + [numba.types.npy_rng] * rng
    options = {"parallel": not rng, "nogil": not rng, "cache": True, "fastmath": FASTMATH}
    kernel = numba.njit(numba.void(*kinds), **options)(loop)
    count = len(arrays.split())

    def run(*arguments):
        with threads_for(max(array.size for array in arguments[:count]), least):
            kernel(*arguments)

    return run


@contextmanager
def threads_for(work, least):
    """Within it the loops run on one thread if ``work`` is below ``least``.

    To wake the other threads and wait for them costs tens of microseconds, and milliseconds where
    other programs keep the cores busy.
    """
    if numba is None or work >= least:
        yield
        return
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def prepared(array, dtype, layout="A"):
    """``array`` in ``dtype``, aligned and, for layout "C", contiguous; a copy only if needed."""
    return np.require(array, dtype, ["A", "C"] if layout == "C" else ["A"])
