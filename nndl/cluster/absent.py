"""A module that the client has, and a worker or the scheduler has not."""

import re
from typing import Any

NAME = re.compile(r"No module named \\*'([\w.]+)\\*'")


def absent(error: BaseException | None) -> str | None:
    """What is missing, and how it comes there; None if the error is another one.

    What could not be unpickled comes back as the error itself, as its text, or as its cause.
    """
    while error is not None:
        if found := NAME.search(str(error)):
            name = found[1]
            there = "it has to be installed where they run, or sent"
            return f"the cluster has no module {name!r}: {there}, client.upload_file('{name}.py')"
        error = error.__cause__
    return None


def check_there(function: str, client: Any, what: Any) -> None:
    """Raise unless all workers of a client can load this.

    Dask hangs where its scheduler, in this process, can load what a worker cannot.

    Raises
    ------
    RuntimeError
        With the module that one of them lacks.
    """
    for found in client.run(_nothing, what, on_error="return").values():
        check_present(function, found)


def check_present(function: str, error: BaseException | None) -> None:
    """Raise a RuntimeError if the error is that of a module which the cluster lacks."""
    if why := absent(error):
        raise RuntimeError(f"{function}: {why}") from error


def _nothing(_: Any) -> None:
    pass
