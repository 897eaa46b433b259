"""Paths of files and folders, wherever one comes in."""

import os
from pathlib import Path


def check_path(function, name, value, file=False):
    """Raise unless ``value`` is a path that a system could have: text, or an object that gives it.

    Parameters
    ----------
    function, name : str
        Who asks, and the argument, for the message.
    value : str or path
        The argument.
    file : bool
        Whether it must end in a name, as that of a file to be written does.

    Raises
    ------
    TypeError
        Of another kind: bytes, numbers and None are.
    ValueError
        Empty, with a character that no path has, or without a name where a file is expected.
    """
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise TypeError(f"{function}: {name} is {value!r}, expected a path: a str or Path")
    if not text:
        raise ValueError(f"{function}: {name} is '', expected a path")
    try:
        strange = "\0" in text or not os.fsencode(text)
    except UnicodeEncodeError:
        strange = True
    if strange:
        raise ValueError(f"{function}: {name} is {text!r}, with a character that no path has")
    if file and Path(text).name in ("", ".."):
        raise ValueError(f"{function}: {name} is {text!r}, expected the path of a file")


def folder_of(function, name, value):
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
