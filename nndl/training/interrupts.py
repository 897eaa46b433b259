"""Ctrl-C that is deferred to a good moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deferred_interrupts() -> Iterator[threading.Event]:
    """Within the block, a first Ctrl-C only sets a flag; a second one interrupts as usual.

    So a step that has begun is finished, and what is saved then is whole. Outside the main thread,
    where no Ctrl-C arrives, and where the program handles it in its own way, nothing changes.

    Yields
    ------
    threading.Event
        Set once Ctrl-C was pressed.
    """
    pressed = threading.Event()
    usual = signal.default_int_handler
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not usual:
        yield pressed
        return

    def note(number, frame):
        signal.signal(signal.SIGINT, usual)
        pressed.set()

    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, usual)
