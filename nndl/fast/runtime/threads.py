"""How many threads the compiled layers use, that they take turns, and what a fork leaves."""

import os
import sys
import threading
from contextlib import contextmanager
from functools import cache
from numbers import Integral

try:
    import numba
except ImportError:  # in the browser there is one thread
    numba = None
else:
    from numba.core.compiler_lock import global_compiler_lock
    from threadpoolctl import ThreadpoolController, threadpool_limits

__all__ = ["set_num_threads"]

# One parallel loop at a time: not every threading layer of numba bears two Python threads that
# start one, and two at once would only share the same cores.
TURN = threading.Lock()
limit = None
# Whether this process was forked from one whose loops had threads. They do not come along, and
# OpenMP would wait for them, or end the process. So here loops run without threads.
lost = False

# Who is within ``one_blas_thread``, and how many threads each BLAS had before the first came.
BLAS_TURN, inside, before = threading.Lock(), 0, []


def set_num_threads(n: int) -> None:
    """Let compiled layers, and NumPy's matrix products, use at most ``n`` threads.

    It holds for all of the process. Without it, compiled layers use as many threads as numba: the
    number of cores, or the environment variable ``NUMBA_NUM_THREADS``. Results do not depend on it.

    Parameters
    ----------
    n : int
        From 1 to the number of threads that numba started with.

    Raises
    ------
    TypeError, ValueError
        n is no integer, or not in this range.
    """
    global limit
    most = numba.config.NUMBA_NUM_THREADS if numba else 1
    if isinstance(n, bool) or not isinstance(n, Integral):
        raise TypeError(f"set_num_threads: n is {n!r}, expected an integer")
    if not 1 <= n <= most:
        raise ValueError(f"set_num_threads: n is {n}, expected 1 to {most}")
    if numba:
        threadpool_limits(limits=int(n), user_api="blas")
        limit = int(n)


def in_turn(loop, arguments):
    """Run a parallel loop when no other one runs, on the threads allowed."""
    with TURN:
        if limit is None:
            return loop(*arguments)
        allowed = numba.get_num_threads()
        numba.set_num_threads(min(limit, allowed))
        try:
            return loop(*arguments)
        finally:
            numba.set_num_threads(allowed)


@cache
def _blas():
    """What sets the number of threads of each BLAS that is loaded."""
    return ThreadpoolController().select(user_api="blas").lib_controllers if numba else []


@contextmanager
def one_blas_thread():
    """Within it NumPy's matrix products take one thread.

    BLAS has threads of its own. After a product they spin for milliseconds, waiting for the next
    one, on the cores that the next compiled layer needs: it would take twice its time.
    """
    global inside
    with BLAS_TURN:
        if inside == 0:
            before[:] = [blas.get_num_threads() for blas in _blas()]
            for blas in _blas():
                blas.set_num_threads(1)
        inside += 1
    try:
        yield
    finally:
        with BLAS_TURN:
            inside = max(0, inside - 1)  # 0 already, if forked within
            if inside == 0:
                for blas, threads in zip(_blas(), before, strict=True):
                    blas.set_num_threads(threads)


def _renew():
    """In a process just forked, forget the threads of the other one, and the turns they took."""
    global TURN, BLAS_TURN, inside, lost
    TURN, BLAS_TURN, inside = threading.Lock(), threading.Lock(), 0
    lost = lost or getattr(sys.modules.get("numba.np.ufunc.parallel"), "_is_initialized", False)


if numba and hasattr(os, "register_at_fork"):
    # No fork while another thread compiles: its lock would never open again.
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )
    os.register_at_fork(after_in_child=_renew)
