"""Folders that a caller or the environment names."""

from pathlib import Path

from nndl.checks.arguments import check_path
from nndl.internal.types import FilePath


def folder_of(function: str, name: str, value: FilePath) -> Path:
    """The folder that the path ``value`` names, "~" in it resolved.

    Raises
    ------
    TypeError, ValueError
        No path, or the home of somebody who has none.
    """
    check_path(function, name, value)
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        wanted = "expected a folder, but there is no such home"
        raise ValueError(f"{function}: {name} is {str(value)!r}, {wanted}") from error
