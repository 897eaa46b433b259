"""How the plain loops of this package are compiled: one wrapper, used by every module beside it."""

from functools import cache
from types import FunctionType

import numpy as np

try:
    import numba
    from numba import prange
    from numba.extending import register_jitable
except ImportError:  # in the browser: the modules fall back to their naive twins
    numba, prange = None, range

from nndl.fast.runtime import threads
from nndl.fast.runtime.disk_cache import compile_stored

# Sums may be taken in another order and multiply-adds fused, which is what lets a loop vectorize.
# The flags that assume away NaN and infinity stay off: a NaN must come out as one. Division by
# zero gives what it gives in NumPy: no branch for an exception in every loop.
OPTIONS = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy"}


def device_function(function):
    """Compile a function that only compiled loops call: numba's word, as for those of a GPU."""
    return numba.njit(**OPTIONS)(function) if numba else function


def host_device_function(function):
    """Let compiled loops call a function that stays Python for everybody else.

    So plans and kernels share it, and a plan does not wait until it is compiled.
    """
    return register_jitable(**OPTIONS)(function) if numba else function


def uncontracted(function):
    """Compile the arithmetic of an entry as it is written: no sum in another order, none fused."""
    return numba.njit(error_model="numpy", fastmath=False)(function) if numba else function


@cache
def compile_kernel(
    loop, dtype, arrays, integers=0, floats=0, rng=False, min_parallel_work=2**15, records=()
):
    """Compile ``loop`` for one dtype, in parallel, with its machine code cached on disk.

    The signature is spelled out, so that each loop is compiled once for a dtype and not once more
    for every combination of memory layouts that a caller may bring.

    Parameters
    ----------
    loop : callable
        A plain Python function of arrays, then integers, then float64 numbers; its outer loop runs
        over ``prange``.
    dtype : numpy.dtype
        The dtype of every array that is not marked otherwise.
    arrays : str
        For each array its rank and its layout: ``"4A 1C"`` is a strided array of four dimensions
        and a C-contiguous one of one. An exclamation mark allows writing: ``"4C!"``. An ``i``
        marks integers, of dtype intp, a ``u`` unsigned ones of 32 bits and a ``d`` doubles,
        whatever ``dtype`` is: ``"1Ci 1Cd"``.
    integers, floats : int
        Numbers of the integers after the arrays, and of the float64 numbers after these.
    rng : bool
        Whether a ``numpy.random.Generator`` comes last. It draws one number after the other, so
        such a loop runs over ``range``, on one thread.
    min_parallel_work : int
        The smallest ``work`` for which threads are woken, which takes tens of microseconds:
        entries of the largest array, or what the caller counts. For less, the loop is compiled
        a second time without threads, which is called in a microsecond. By ``benchmarks.tune
        loops``, two threads draw level at 2**15 entries of ReLU's way back (0.95) and win from
        2**16 on (1.30; 0.52 at 2**14).
    records : tuple of NamedTuple classes
        Arguments of these types come last. Their fields are annotated: ``int``, ``bool``, or
        ``np.ndarray`` for a read-only table of one dimension and dtype intp.

    Returns
    -------
    callable
        The compiled loop. It takes the arguments, and ``work``, if the caller counts it.
    """
    if numba.config.DISABLE_JIT:
        return _interpreted(loop)
    element = numba.from_dtype(dtype)
    marks = {"i": numba.intp, "u": numba.uint32, "d": numba.float64}
    kinds = [
        numba.types.Array(
            next((marks[mark] for mark in marks if mark in kind), element),
            int(kind[0]),
            kind[1],
            readonly="!" not in kind,
        )
        for kind in arrays.split()
    ]
    kinds += [numba.intp] * integers + [numba.float64] * floats + [numba.types.npy_rng] * rng
    kinds += [_record_type(record) for record in records]
    count, alone = len(arrays.split()), None

    @cache
    def kernel(parallel):
        # Kept on disk under a name of its own: numba's files do not tell the two apart.
        twin = FunctionType(loop.__code__, loop.__globals__, loop.__name__)
        twin.__qualname__ = loop.__qualname__ + ("" if parallel else "_on_one_thread")
        built = numba.njit(parallel=parallel, nogil=not rng, **OPTIONS)(twin)
        compile_stored(built, tuple(kinds))
        built.disable_compile()  # for no other types
        return built

    def run(*arguments, work=None):
        nonlocal alone
        work = max(array.size for array in arguments[:count]) if work is None else work
        if rng or work < min_parallel_work or threads.lost:
            if alone is None:
                alone = kernel(False)
            return alone(*arguments)
        threads.in_turn(kernel(True), arguments)

    return run


def _record_type(record):
    """The type that numba gives a NamedTuple whose fields are annotated."""
    table = numba.types.Array(numba.intp, 1, "C", readonly=True)
    kinds = {int: numba.intp, bool: numba.boolean, np.ndarray: table}
    fields = [kinds[kind] for kind in record.__annotations__.values()]
    return numba.types.BaseTuple.from_types(fields, record)


def _interpreted(loop):
    """``loop`` as ``compile_kernel`` would return it, but as the Python that it is.

    So it is with ``NUMBA_DISABLE_JIT=1``, for a debugger or a measure of coverage. Only the few
    functions that are written in machine instructions stay compiled. Machine code does not warn of
    an overflow or a NaN, so here NumPy does not either.
    """

    def run(*arguments, work=None):
        with np.errstate(all="ignore"):
            loop(*arguments)

    return run


def common_dtype(x, *others):
    """``np.result_type``, which takes longer where all arrays have one dtype."""
    dtype = x.dtype
    for array in others:
        if array.dtype is not dtype:
            return np.result_type(x, *others)
    return dtype


# np.require would do the same as these two; for the few numbers of a layer it takes four times as
# long.
def as_contiguous(array, dtype):
    """``array`` in ``dtype``, aligned and C-contiguous; a copy only if needed."""
    flags = array.flags
    if array.dtype is dtype and flags.carray:  # nearly always
        return array
    if array.dtype == dtype and flags.aligned and flags.c_contiguous:
        return array
    return array.astype(dtype, "C", subok=False)


def as_aligned(array, dtype):
    """``array`` in ``dtype`` and aligned, with whatever strides; a copy only if needed."""
    if array.dtype == dtype and array.flags.aligned:
        return array
    return array.astype(dtype, "K", subok=False)
