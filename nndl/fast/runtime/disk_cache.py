"""Machine code on disk: kept where there is a place for it, done without where there is none."""

import hashlib
import os
import re
import tempfile
import warnings
from functools import cache
from pathlib import Path

HERE = Path(__file__).parents[1]  # nndl/fast
IMPORT = re.compile(rb"^\s*from nndl\.fast(?:\.([\w.]+))? import (.*)", re.MULTILINE)
said = []  # why nothing is kept, once it was said


def compile_stored(function, *signature):
    """Compile a function of numba's, or take its machine code from disk; return it.

    It is kept there until the contents of its module change, or of one that this imports: numba
    looks only at the date of the function's own file, but code of others is built in. Where
    nothing can be kept, the function is compiled anew in each process, after one warning.

    Parameters
    ----------
    function : Dispatcher or CFunc
        Not compiled yet.
    *signature
        The arguments of its ``compile``.
    """
    if not _has_a_place():
        function.compile(*signature)
        return function
    try:
        function.enable_caching()
        if (module := function.__wrapped__.__module__).startswith("nndl.fast."):
            function._cache._cache_file._source_stamp = stamp(module)
        _compile_anew_if_unreadable(function, signature)
    except Exception as reason:  # numba raises what its files raise, and a RuntimeError of its own
        function._cache.disable()
        function.compile(*signature)  # what is wrong with the function itself is raised once more
        _warn(f"{type(reason).__name__}: {reason}")
    return function


def _compile_anew_if_unreadable(function, signature):
    """Compile, at the second try without the index that lies there.

    It may be damaged, or of a version of this package with classes that are no longer there, in
    which case numba cannot read it far enough to see that it is old.
    """
    try:
        function.compile(*signature)
    except Exception:
        os.unlink(function._cache._cache_file._index_path)
        function.compile(*signature)


@cache
def stamp(module):
    """A hash of the contents of a module of this package, and of those that it imports here."""
    found, queue = {}, [module.removeprefix("nndl.fast.")]
    while queue:
        name = queue.pop()
        file = HERE.joinpath(*name.split(".")).with_suffix(".py")
        if name not in found and file.is_file():
            found[name] = file.read_bytes()
            for home, names in IMPORT.findall(found[name]):
                home = home.decode()
                inside = [f"{home}.{one}".strip(".") for one in re.findall(r"\w+", names.decode())]
                queue += [home, *inside]  # a module, or the folder of the modules that are named
    return hashlib.sha256(b"\0".join(found[name] for name in sorted(found))).hexdigest()


@cache
def _has_a_place():
    """Whether numba may look for a folder.

    Where this one cannot be written to, it takes one below the user's home; and where there is no
    home, it makes a folder called ``~`` in whatever folder the process works in.
    """
    from numba import config

    home = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~"))
    places = [HERE / "__pycache__", *([Path(config.CACHE_DIR)] if config.CACHE_DIR else [])]
    if os.path.isabs(home) or any(map(_can_be_written, places)):
        return True
    _warn("the user has no home")
    return False


def _can_be_written(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def _warn(reason):
    """Say once in a process why nothing is kept."""
    if not said:
        said.append(reason)
        text = "nndl.fast is compiled anew in each process, since nothing can be kept on disk"
        hint = "The environment variable NUMBA_CACHE_DIR names a folder for it"
        warnings.warn(f"{text} ({reason}). {hint}.", RuntimeWarning, stacklevel=3)
