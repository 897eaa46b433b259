"""Limits of the system on a process: memory, processor time, sizes of files. Not on Windows."""

import contextlib
import os
from typing import Any


def limit(memory: int, seconds: float, size: int) -> None:
    """Limit this process and what comes of it.

    Parameters
    ----------
    memory : int
        Bytes of address space; macOS does not keep to it.
    seconds : float
        Of the clock, which another process keeps; those of the processor are a few more.
    size : int
        Bytes of a file.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    kinds: dict[str, Any] = {
        "RLIMIT_AS": memory,
        "RLIMIT_CPU": int(seconds) + 5,  # what is imported before counts, too
        "RLIMIT_FSIZE": size,
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 128,
    }
    for name, most in kinds.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (least, least))


def close_files(*kept: int) -> None:
    """Close every file that was handed down but these and the standard ones."""
    last = 2
    for one in sorted(kept):
        os.closerange(last + 1, one)
        last = max(last, one)
    os.closerange(last + 1, 256)
