"""In a notebook with functions to write, one that is not written yet says so in one line."""

from types import TracebackType
from typing import Any


def short_reports() -> None:
    """Let this notebook report a NotImplementedError of its own cells in a line.

    The reports of all other errors stay as they are, and so does everything outside of IPython.
    """
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if (shell := get_ipython()) is not None:
        shell.set_custom_exc((NotImplementedError,), report)


def report(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error, and return what was shown, as IPython asks of such a function."""
    last = trace
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    written = last is not None and "get_ipython" in last.tb_frame.f_globals
    if written:  # the notebook's own cell raised it
        lines = [f"{kind.__name__}: {error}"]
    else:
        lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    shell._showtraceback(kind, error, lines)
    return list(lines)
