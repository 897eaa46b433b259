"""Fetches CIFAR-10: all of it, checked, or nothing."""

import logging
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from nndl.data.cifar10_paths import FOLDERS, IMAGES_PER_FILE, RECORD_BYTES, batch_files, find
from nndl.data.unpack import unpack

LEFTOVER = "fetching-"  # begins the names of the folders that hold half files
STALE_SECONDS = 3600  # without a byte, after which such a folder is that of a process that died


class Archive(NamedTuple):
    """An archive on a server, and what must be in it."""

    url: str
    sha256: str
    sizes: dict[str, int]


OFFICIAL_ARCHIVE = Archive(
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    dict.fromkeys(batch_files(".bin"), IMAGES_PER_FILE * RECORD_BYTES),
)


def fetch(cache: Path, archive: Archive, timeout: float = 30, progress: bool = True) -> Path:
    """Fetch ``archive`` and put its folder into ``cache``, all of it or nothing.

    Parameters
    ----------
    cache : Path
        The folder for fetched data; made if it is not there.
    archive : Archive
        The archive: its address, size and hash.
    timeout : float, optional
        Seconds without a byte before it gives up.
    progress : bool, optional
        Whether to show a bar.

    Returns
    -------
    Path
        The folder with the six files.

    Raises
    ------
    ConnectionError
        The server did not send all of it.
    ValueError
        The bytes received are not those of the archive.
    """
    cache.mkdir(parents=True, exist_ok=True)
    remove_leftovers(cache)
    target = cache / FOLDERS[0]
    work = Path(tempfile.mkdtemp(prefix=LEFTOVER, dir=cache))
    try:
        print(f"Fetching {archive.url} into {cache}")
        packed = receive(archive, work, timeout, progress)
        unpack(packed, work / "new", FOLDERS[0], archive.sizes)
        if not find(target)[0]:  # else another process was faster
            if target.exists():  # with some of the files
                os.replace(target, work / "old")
            try:
                os.replace(work / "new", target)
            except OSError:  # it has been so in this very moment
                if not find(target)[0]:
                    raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def receive(archive: Archive, work: Path, timeout: float, progress: bool) -> Path:
    """The file of the archive, with the hash it must have."""
    import pooch
    from requests.exceptions import RequestException

    downloader = pooch.HTTPDownloader(
        progressbar=progress,
        chunk_size=1 << 16,
        timeout=timeout,
        headers={"Accept-Encoding": "identity"},
    )
    name = archive.url.rpartition("/")[2]
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)  # the folder that it would name is gone in a moment
    try:
        known = f"sha256:{archive.sha256}"
        return Path(pooch.retrieve(archive.url, known, name, work, downloader=downloader))
    except RequestException as error:
        kept = "Nothing was kept; the same call tries again"
        raise ConnectionError(f"{archive.url} was not fetched: {error}. {kept}.") from error
    except ValueError as error:  # pooch's, for a wrong hash
        raise ValueError(
            f"{name}: what {archive.url} sent does not have the sha256 {archive.sha256}; "
            "nothing was kept"
        ) from error
    finally:
        logger.setLevel(level)


def remove_leftovers(cache: Path) -> None:
    """Remove what a fetch left that was killed; not what another process is fetching now."""
    for folder in cache.glob(f"{LEFTOVER}*"):
        try:
            times = [file.stat().st_mtime for file in (folder, *folder.rglob("*"))]
        except FileNotFoundError:  # it has just been finished, or removed
            continue
        if time.time() - max(times) > STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
