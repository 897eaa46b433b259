"""A module that the client has, and a worker or the scheduler has not."""

import re

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
