"""What runs longer than it may is ended, in the way that the system and Python's version have.

Timers for signals, in the main thread of a system that has them, cost nothing. Elsewhere (Windows,
a browser, another thread) Python tells, from 3.12 on, of every jump in a loop and every call of a
function (PEP 669), and the clock is looked at there. Before 3.12 it is looked at in every line, and
loops become slow. None of them can stop one long operation inside NumPy, only what comes after it:
cases are small, so that none is long.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType

TOOLS = (4, 3, 5, 2, 1, 0)  # numbers of tools for monitoring; those without a usual owner first


class TooLong(BaseException):
    """The function was still running when its time was over.

    No ``Exception``: ``except Exception`` inside of the function must not keep it alive.
    """


@contextmanager
def within_time(seconds: float) -> Iterator[None]:
    """Raise ``TooLong`` in what runs here longer than that."""
    main = threading.current_thread() is threading.main_thread()
    if main and hasattr(signal, "setitimer") and sys.platform != "emscripten":
        way = _by_signal(seconds)
    elif (tool := _tool()) is not None:
        way = _by_monitoring(seconds, tool)
    else:
        way = _by_tracing(seconds)
    with way:
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


def _tool() -> int | None:
    """The number of a tool for monitoring that nobody has, and that is now ours."""
    for number in TOOLS if sys.version_info >= (3, 12) else ():
        try:
            sys.monitoring.use_tool_id(number, __name__)
        except ValueError:  # a debugger has it, or a measurement of coverage
            continue
        return number
    return None


# What runs while a limit ends, and has to come to its end.
OURS = {function.__code__.co_filename for function in (contextmanager, _tool)}


@contextmanager
def _by_monitoring(seconds: float, tool: int) -> Iterator[None]:
    until, thread = time.monotonic() + seconds, threading.get_ident()

    def look(code: CodeType, *_: int) -> None:
        if time.monotonic() <= until or threading.get_ident() != thread:
            return
        if code.co_filename not in OURS:
            raise TooLong

    told = sys.monitoring.events
    try:
        for event in (told.JUMP, told.PY_START):
            sys.monitoring.register_callback(tool, event, look)
        sys.monitoring.set_events(tool, told.JUMP | told.PY_START)
        yield
    finally:
        sys.monitoring.set_events(tool, told.NO_EVENTS)
        for event in (told.JUMP, told.PY_START):
            sys.monitoring.register_callback(tool, event, None)
        sys.monitoring.free_tool_id(tool)


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
