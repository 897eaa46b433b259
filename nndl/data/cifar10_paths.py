"""How CIFAR-10 lies on a disk: the names of folders and files, and where they are looked for."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

from nndl.data.folders import folder_of

CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
IMAGE_SHAPE = (3, 32, 32)
RECORD_BYTES = 1 + 3 * 32 * 32  # binary: a label, then red, green and blue planes
IMAGES_PER_FILE = 10_000  # of the official archives; no copy has more
TRAIN = tuple(f"data_batch_{k}" for k in range(1, 6))
TEST = "test_batch"
FOLDERS = ("cifar-10-batches-bin", "cifar-10-batches-py")
SUFFIXES = (".bin", "")

WAYS = """\
There are two ways to get it:
  get_CIFAR10_data(download=True) fetches the official archive, 170 MB, once;
  or unpack an archive that you have, and set the environment variable NNDL_DATA to the folder
  that contains cifar-10-batches-bin or cifar-10-batches-py."""


def batch_files(suffix: str) -> list[str]:
    """The names of the six files, the test batch last."""
    return [name + suffix for name in (*TRAIN, TEST)]


def cache_folder() -> Path | None:
    """The folder of this user for fetched data, or None without pooch (in a browser) or a home."""
    try:
        with warnings.catch_warnings():  # pooch's bar asks for widgets, in a notebook without
            warnings.simplefilter("ignore")
            import pooch
    except ImportError:
        return None
    try:
        return Path(pooch.os_cache("nndl"))
    except RuntimeError:  # this user has no home, and XDG_CACHE_HOME names no other place
        return None


def places(function: str) -> Iterator[tuple[str, Path]]:
    """Where to look, in this order: ``(what to call it, folder)``."""
    if named := os.environ.get("NNDL_DATA"):
        yield f"$NNDL_DATA, {named}", folder_of(function, "$NNDL_DATA", named)
    if (cache := cache_folder()) is not None:
        yield f"the cache, {cache}", cache


def find(folder: Path) -> tuple[list[Path] | None, str]:
    """Find the six files in ``folder``, below it in a folder with the official name, or in it.

    Returns
    -------
    list of Path or None
        The files, the test batch last.
    str
        If they are not there, what is missing.
    """
    partly = ""
    for inner in (*(folder / name for name in FOLDERS), folder):
        for suffix in SUFFIXES:
            files = [inner / name for name in batch_files(suffix)]
            missing = [file.name for file in files if not file.is_file()]
            if not missing:
                return files, ""
            if len(missing) < len(files):
                partly = partly or f"{inner.name} lacks {', '.join(missing)}"
    if partly or folder.is_dir():
        return None, partly or f"holds neither {FOLDERS[0]} nor {FOLDERS[1]}"
    return None, "is not a folder" if folder.exists() else "does not exist"


def find_anywhere(function: str) -> list[Path]:
    """Find the six files in the first place that has them.

    Raises
    ------
    FileNotFoundError
        No place has; it says where this looked, and how to get them.
    """
    looked = []
    for name, folder in places(function):
        files, missing = find(folder)
        if files:
            return files
        looked.append(f"  {name}: {missing}")
    looked = "\n".join(looked) or "  nowhere: $NNDL_DATA is not set, and there is no cache"
    raise FileNotFoundError(f"{function}: CIFAR-10 was not found. Looked in\n{looked}\n{WAYS}")
