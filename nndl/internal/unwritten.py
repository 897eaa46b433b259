"""In a notebook with functions to write, one that is not written yet says so in one line.

So does a cell that lacks what a cell above, which needed such a function, did not get to define.
"""

from types import TracebackType
from typing import Any

MISSING: list[str] = []  # what was said last of a function that is not written


def short_reports() -> None:
    """Let this notebook report a NotImplementedError of its own cells in a line.

    After one, a name that is not defined is reported so, too. The reports of all other errors stay
    as they are, and so does everything outside of IPython.
    """
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if (shell := get_ipython()) is not None:
        shell.set_custom_exc((NotImplementedError, NameError), report)


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
    own = last is not None and "get_ipython" in last.tb_frame.f_globals
    if own and issubclass(kind, NotImplementedError):  # the notebook's own cell raised it
        MISSING[:] = [str(error)]
        lines = [f"{kind.__name__}: {error}"]
    elif own and MISSING:
        lines = [f"{kind.__name__}: {error}. Perhaps a cell above stopped: {MISSING[0]}"]
    else:
        lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    shell._showtraceback(kind, error, lines)
    return list(lines)
