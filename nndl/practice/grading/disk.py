"""What a submission has on the disk, also where it does not want that to be counted.

Files stay there without a name: as long as they are open, or mapped into memory. And folders may
refuse to be listed, be deeper than a path is long, or be renamed all the time.
"""

import os
import stat
import sys
from pathlib import Path

TRIES = 20  # at a folder in which others vanish while it is counted


class Hidden(Exception):
    """It cannot be counted."""


def size(folder: Path, most: int) -> tuple[int, int]:
    """How many bytes and entries a folder has; not all, where there are more than ``most`` entries.

    Raises
    ------
    Hidden
        Something in it cannot be listed.
    """
    for _ in range(TRIES):
        try:
            return _counted(folder, most)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it was removed or renamed meanwhile
        except OSError as error:
            raise Hidden(f"{type(error).__name__} in {folder}") from None
    raise Hidden(f"something in {folder} is never where it was")


def _counted(folder: Path, most: int) -> tuple[int, int]:
    total, count, todo = 0, 0, [str(folder)]
    while todo and count <= most:
        with os.scandir(todo.pop()) as entries:
            for entry in entries:
                count += 1
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total, count


def unnamed(process: int, folder: Path, largest: int) -> int:
    """How many bytes of files without a name a process keeps; on Linux, elsewhere 0.

    Of a file that is only mapped its size is not known: it counts as the largest that there may be.

    Raises
    ------
    Hidden
        The process does not let itself be looked at.
    """
    if sys.platform != "linux":
        return 0
    found: dict[int, int] = {}
    try:
        with open(f"/proc/{process}/maps", "rb") as file:
            for line in file:
                if line.endswith(b" (deleted)\n") and os.fsencode(folder) in line:
                    found[int(line.split(None, 5)[4])] = largest
        for thread in os.listdir(f"/proc/{process}/task"):  # each may have files of its own
            for path in Path(f"/proc/{process}/task/{thread}/fd").iterdir():
                _open(path, found)
    except PermissionError:
        raise Hidden(f"process {process}") from None
    except (FileNotFoundError, ProcessLookupError):
        pass  # it ended
    return sum(found.values())


def _open(path: Path, found: dict[int, int]) -> None:
    try:
        one = path.stat()
    except (FileNotFoundError, ProcessLookupError):
        return  # closed meanwhile
    if stat.S_ISREG(one.st_mode) and not one.st_nlink:
        found[one.st_ino] = one.st_size
