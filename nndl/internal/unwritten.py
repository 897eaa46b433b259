"""In a notebook with functions to write, one that is not written yet says so in one line.

So does a cell that lacks what a cell above, which needed such a function, did not get to define.
"""

from collections.abc import Mapping
from types import CodeType, TracebackType
from typing import Any

# What was said last of a function that is not written, and its code.
MISSING: list[tuple[str, CodeType]] = []


def short_reports() -> None:
    """Let this notebook report a NotImplementedError of its own cells in a line.

    After one, a name that a cell lacks is reported so, too, until the function is written. The
    reports of all other errors stay as they are, those of a name inside of a function among them,
    and so does everything outside of IPython.
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
    code = last.tb_frame.f_code if last else None
    names = last.tb_frame.f_globals if last else {}
    own = code is not None and "get_ipython" in names
    if code and own and issubclass(kind, NotImplementedError):  # the notebook's own cell raised it
        MISSING[:] = [(str(error), code)]
        lines = [f"{kind.__name__}: {error}"]
    elif code and own and code.co_name.startswith("<") and MISSING and unchanged(names):
        lines = [f"{kind.__name__}: {error}. Perhaps a cell above stopped: {MISSING[0][0]}"]
    else:
        lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    shell._showtraceback(kind, error, lines)
    return list(lines)


def unchanged(names: Mapping[str, Any]) -> bool:
    """Whether what was missing last is still what its name stands for, in a cell's names."""
    code = MISSING[0][1]
    found = [names.get(code.co_name)]
    found += [vars(value).get(code.co_name) for value in names.values() if isinstance(value, type)]
    return code.co_name == "<module>" or code in [getattr(f, "__code__", None) for f in found]
