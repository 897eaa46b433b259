"""The folders in which submissions run: known before they are made, until they are removed."""

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

known: set[Path] = set()


@contextlib.contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A new folder, which is removed in the end."""
    folder = Path(tempfile.gettempdir()).resolve() / f"graded-{secrets.token_hex(8)}"
    known.add(folder)
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        remove(folder)
        known.discard(folder)


def remove(folder: Path) -> None:
    """Remove a folder with all in it, whatever a submission made of that."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        with contextlib.suppress(OSError):
            _flatten(folder)


def _flatten(folder: Path) -> None:
    """Remove what is too deep for a path, or may not be listed: each folder is moved up before."""
    todo = [folder]
    while todo:
        top = todo.pop()
        top.chmod(0o700)
        for entry in list(os.scandir(top)):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)  # else it cannot be moved
                todo.append(folder / secrets.token_hex(8))
                os.rename(entry.path, todo[-1])
            else:
                os.remove(entry.path)
        if top != folder:
            top.rmdir()
    folder.rmdir()


def remove_all() -> None:
    """Remove those that are left, also one that is being filled meanwhile."""
    for folder in list(known):
        for _ in range(100):
            remove(folder)
            if not folder.exists():
                break
            time.sleep(0.05)
