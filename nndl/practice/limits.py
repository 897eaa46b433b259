"""A reader's function runs within limits: of time, of memory and of what it prints.

Time: see ``time_limits``.

Memory: where the system can limit it (Linux), a request for gigabytes raises a MemoryError, as in a
browser, which has no more.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from nndl.practice.time_limits import TooLong, within_time

__all__ = ["TooLong", "limited", "within_memory", "within_time"]

SECONDS = 3.0  # a right function needs some milliseconds
BYTES = 2 << 30
PRINTED = 2000


class Printed(io.TextIOBase):
    """The beginning of what is printed; the rest, a million lines maybe, is thrown away."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keep what fits."""
        self.text += text[: PRINTED - len(self.text)]
        return len(text)


@contextmanager
def within_memory(room: int = BYTES) -> Iterator[None]:
    """Let what runs here have so many bytes more than there are in use, where that can be held."""
    with ExitStack() as stack:
        try:
            import resource

            with open("/proc/self/statm") as file:
                used = int(file.read().split()[0]) * resource.getpagesize()
            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            least = used + room
            if soft != resource.RLIM_INFINITY:
                least = min(least, soft)
            resource.setrlimit(resource.RLIMIT_AS, (least, hard))
            stack.callback(resource.setrlimit, resource.RLIMIT_AS, (soft, hard))
        except (ImportError, OSError, ValueError):
            pass  # not in here does it yield: an error of what runs would have this one as context
        yield


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[Printed]:
    """All of them; gives what was printed. Nothing can be read from the keyboard."""
    printed, kept = Printed(), (sys.stdout, sys.stderr, sys.stdin)
    with ExitStack() as stack:
        stack.enter_context(within_memory())
        sys.stdout = sys.stderr = printed  # type: ignore[assignment]
        sys.stdin = io.StringIO()
        try:
            with within_time(seconds):
                yield printed
        finally:
            sys.stdout, sys.stderr, sys.stdin = kept
