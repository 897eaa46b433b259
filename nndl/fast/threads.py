"""How many threads the compiled layers use, and that they take turns."""

import threading
from numbers import Integral

try:
    import numba
except ImportError:  # in the browser there is one thread
    numba = None
else:
    from threadpoolctl import threadpool_limits

# One parallel loop at a time: not every threading layer of numba bears two Python threads that
# start one, and two at once would only share the same cores.
TURN = threading.Lock()
limit = None


def set_num_threads(n):
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
        before = numba.get_num_threads()
        numba.set_num_threads(min(limit, before))
        try:
            return loop(*arguments)
        finally:
            numba.set_num_threads(before)
