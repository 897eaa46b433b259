"""Memory that a step frees and the next one asks for again: kept, where the system allows it."""

import ctypes
import sys
from functools import cache

__all__ = ["keep_freed_memory"]

# Of the C library's mallopt: from how many bytes on an array comes straight from the system, and
# how many free bytes at the end of the heap go back to it.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


@cache
def keep_freed_memory() -> bool:
    """Let this process keep the memory of arrays that it frees, for the next ones.

    Otherwise the maps of a network go back to the system after each training step, and the next
    step waits while it gets them again, zeroed page by page: up to a third of its time. Where the C
    library is not glibc, nothing happens.

    What is told to the C library holds for the whole process, and for those forked from it. It is
    told once: each further call costs as much as looking up a name, so that code that is about to
    make large arrays, a network's ``loss`` or a solver, may call this each time. Any thread may.

    Returns
    -------
    bool
        Whether it is so from now on.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, 2**30) and mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
