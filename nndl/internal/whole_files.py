"""Files that are there whole or not at all, also when several processes write the same one."""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where nobody can delete a file that is being written
    fcntl = None

YOUNG = 60  # seconds in which an empty file may belong to a writer that has not locked it yet


@contextlib.contextmanager
def writing(path):
    """A new file for the content of ``path``, which takes its place when the block ends.

    At every moment the old file or the new one is at ``path``, also while others write there. What
    is being written lies beside it, under a name that no other writer has and that no link leads
    away from; what writers that were killed have left there is deleted.

    Parameters
    ----------
    path : str or path
        Of the finished file.

    Yields
    ------
    file
        Open for bytes.

    Raises
    ------
    OSError
        The file cannot be written; what was there before is as it was.
    """
    path = Path(path)
    delete_abandoned(path)
    part = path.with_name(f"{path.name}.{secrets.token_hex(6)}.part")
    file = open(part, "xb")  # noqa: SIM115 - "x" never follows a link; it is closed in the end
    try:
        lock(file)
        yield file
        file.flush()
        os.fsync(file.fileno())
        if fcntl is None:  # nor rename it
            file.close()
        os.replace(part, path)  # still locked, so that it cannot be taken for abandoned
    except BaseException:
        file.close()
        part.unlink(missing_ok=True)
        raise
    finally:
        file.close()
    with contextlib.suppress(OSError):  # not every system can open a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def delete_abandoned(path):
    """Delete what writers of ``path`` have left that do not live any more.

    A writer holds a lock on its file for as long as it lives, so the system says which those are.
    """
    ours = re.compile(re.escape(path.name) + r"\.[0-9a-f]{12}\.part")
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            if ours.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    _delete_if_abandoned(entry.path)


def _delete_if_abandoned(part):
    if fcntl is None:
        os.unlink(part)
        return
    with open(part, "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size == 0 and time.time() - status.st_mtime < YOUNG:
            return
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while its writer lives
        os.unlink(part)


def lock(file):
    """Lock the file for as long as it is open, where the file system can do that."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
