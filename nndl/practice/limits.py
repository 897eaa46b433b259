"""A reader's function runs within limits: of time, of memory and of what it prints.

Time: where the system has timers for signals, and this is the main thread, one of them interrupts
the function; it costs nothing. Elsewhere (Windows, a browser, another thread) Python's tracing
does: it looks at the clock at every line, and slows loops down. Neither can stop one long operation
inside NumPy, only what comes after it: cases are small, so that none is long.

Memory: where the system can limit it (Linux), a request for gigabytes raises a MemoryError, as in a
browser, which has no more.
"""

import io
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

SECONDS = 3.0  # a right function needs some milliseconds
BYTES = 2 << 30
PRINTED = 2000


class TooLong(BaseException):
    """The function was still running when its time was over.

    No ``Exception``: ``except Exception`` inside of the function must not keep it alive.
    """


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
def within_time(seconds: float) -> Iterator[None]:
    """Raise ``TooLong`` in what runs here longer than that."""
    main = threading.current_thread() is threading.main_thread()
    timers = hasattr(signal, "setitimer") and sys.platform != "emscripten"
    way = _by_signal if main and timers else _by_tracing
    with way(seconds):
        yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    # Again and again, in case a bare `except:` caught the first.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_tracing(seconds: float) -> Iterator[None]:
    until = time.monotonic() + seconds

    def look(*_: object) -> object:
        if time.monotonic() > until:
            raise TooLong
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)


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
