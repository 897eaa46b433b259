"""The submissions of a folder, and copies of them: no link is followed, nothing hidden is taken."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nndl.practice.grading.options import MEGABYTE

KINDS = (".py", ".ipynb")


class TooLarge(Exception):
    """A submission has more than its limit."""


def submissions(folder: Path, aside: tuple[Path, ...] = ()) -> list[Path]:
    """The entries of a folder that are submissions, by name: folders, modules and notebooks.

    Raises
    ------
    ValueError
        There is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise ValueError(f"DIR: no folder {str(folder)!r}")
    apart = {path.resolve() for path in aside}
    found = [
        path
        for path in folder.iterdir()
        if not path.is_symlink()
        and not path.name.startswith((".", "__"))
        and (path.is_dir() or (path.is_file() and path.suffix in KINDS))
        and path.resolve() not in apart
    ]
    if not found:
        raise ValueError(f"DIR: no folder, module or notebook in {str(folder)!r}")
    return sorted(found, key=lambda path: os.fsencode(path.name))


def members(path: Path) -> Iterator[tuple[str, Path]]:
    """The files of a submission with their places in it, in a fixed order."""
    if path.is_file():
        yield path.name, path
        return
    for top, folders, names in os.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__pycache__")
        for name in sorted(names):
            one = Path(top, name)
            if not name.startswith(".") and one.is_file() and not one.is_symlink():
                yield one.relative_to(path).as_posix(), one


def digest(path: Path, disk: int) -> str:
    """What tells whether a submission changed; of what is too large, the sizes alone."""
    found, left = hashlib.sha256(), disk * MEGABYTE
    for name, file in members(path):
        size = file.stat().st_size
        left -= size
        found.update(os.fsencode(name) + b"\0" + str(size).encode() + b"\0")
        if left >= 0:
            found.update(file.read_bytes())
    return found.hexdigest()


def copy(path: Path, folder: Path, disk: int) -> None:
    """Copy a submission into an empty folder.

    Raises
    ------
    TooLarge
        It has more than ``disk`` MB.
    """
    left = disk * MEGABYTE
    for name, file in members(path):
        left -= file.stat().st_size
        if left < 0:
            raise TooLarge(f"it has more than {disk} MB")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def size(folder: Path) -> tuple[int, int]:
    """How many bytes and entries a folder has."""
    total = count = 0
    for top, folders, names in os.walk(folder):
        count += len(folders) + len(names)
        for name in names:
            try:
                total += os.lstat(os.path.join(top, name)).st_size
            except OSError:
                continue
    return total, count
