"""The submissions of a folder, and copies of them: no link is followed, nothing hidden is taken."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nndl.practice.grading.options import MEGABYTE, label

KINDS = (".py", ".ipynb")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
MOST, DEEPEST = 1000, 30  # files and folders of a submission; folders in each other


class TooLarge(Exception):
    """A submission has more than its limit."""


def submissions(
    folder: Path, aside: tuple[Path, ...] = ()
) -> tuple[list[Path], list[tuple[str, str]]]:
    """The entries of a folder that are submissions: folders, modules and notebooks.

    Returns
    -------
    tuple
        Them, by name, and the names of what is not taken, each with the reason. Hidden entries and
        those ``aside`` are in neither.

    Raises
    ------
    ValueError
        There is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise ValueError(f"DIR: no folder {str(folder)!r}")
    apart = {path.resolve() for path in aside}
    found, left = [], []
    for path in sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name)):
        if path.name.startswith((".", "__")):
            continue
        if path.is_symlink():
            left.append((label(path), "a link"))
        elif path.resolve() in apart:
            continue
        elif why := refused(path):
            left.append((label(path), why))
        else:
            found.append(path)
    if not found:
        raise ValueError(f"DIR: no folder, module or notebook in {str(folder)!r}")
    return found, left


def refused(path: Path) -> str:
    """Why an entry that is no link is no submission; "" for one that is."""
    if path.is_dir():
        reports = (path / "class.md").is_file() and (path / "students").is_dir()
        return "reports of another run" if reports else ""
    if path.name.lower().endswith(ARCHIVES):
        return "an archive, which has to be unpacked"
    return "" if path.is_file() and path.suffix.lower() in KINDS else "no module or notebook"


def members(path: Path) -> Iterator[tuple[str, Path]]:
    """The files of a submission with their places in it, in a fixed order.

    Raises
    ------
    TooLarge
        It has too many files, or folders in folders in folders.
    """
    if path.is_file():
        yield path.name, path
        return
    count, todo = 0, [path]
    while todo:
        top = todo.pop()
        if len(top.parts) - len(path.parts) > DEEPEST:
            raise TooLarge(f"its folders are more than {DEEPEST} deep")
        entries = sorted(os.scandir(top), key=lambda entry: entry.name)
        count += len(entries)
        if count > MOST:
            raise TooLarge(f"it has more than {MOST} files and folders")
        seen = [one for one in entries if not one.name.startswith(".") and not one.is_symlink()]
        for one in seen:
            if one.is_file():
                yield Path(one.path).relative_to(path).as_posix(), Path(one.path)
        folders = [one for one in seen if one.is_dir() and one.name != "__pycache__"]
        todo += [Path(one.path) for one in reversed(folders)]


def digest(path: Path, disk: int) -> str:
    """What tells whether a submission changed; of what is too large, the sizes alone."""
    found, left = hashlib.sha256(), disk * MEGABYTE
    try:
        for name, file in members(path):
            size = file.stat().st_size
            left -= size
            found.update(os.fsencode(name) + b"\0" + str(size).encode() + b"\0")
            if left >= 0:
                found.update(file.read_bytes())
    except (TooLarge, OSError) as error:  # grading it says so
        found.update(type(error).__name__.encode())
    return found.hexdigest()


def copy(path: Path, folder: Path, disk: int) -> None:
    """Copy a submission into an empty folder.

    Raises
    ------
    TooLarge
        It has more than ``disk`` MB, or too many files.
    """
    left = disk * MEGABYTE
    for name, file in members(path):
        left -= file.stat().st_size
        if left < 0:
            raise TooLarge(f"it has more than {disk} MB")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
