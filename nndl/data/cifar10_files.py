"""The six files of CIFAR-10: found or fetched, read, and checked against each other."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nndl.data.cifar10_paths import CLASS_NAMES, WAYS, cache_folder, find, find_anywhere
from nndl.data.cifar10_reader import read_batch
from nndl.data.folders import folder_of
from nndl.internal.types import Array, FilePath

ELSEWHERE = "Set XDG_CACHE_HOME to a folder that can be written, or NNDL_DATA to one that has it."


def find_or_fetch(
    function: str, root: FilePath | None, download: bool, name: str = "root"
) -> list[Path]:
    """The six files, fetched if that is wanted."""
    if root is not None:
        files, missing = find(folder_of(function, name, root))
        if files:
            return files
        raise FileNotFoundError(f"{function}: CIFAR-10 was not found: {root}: {missing}\n{WAYS}")
    try:
        return find_anywhere(function)
    except FileNotFoundError:
        if not download:
            raise
        cache = cache_folder()
    if cache is None:
        nowhere = "there is no folder to fetch CIFAR-10 into: this user has no home, or no pooch"
        raise FileNotFoundError(f"{function}: {nowhere}. {ELSEWHERE}")
    from nndl.data import fetch

    try:
        return find(fetch.fetch(cache, fetch.OFFICIAL_ARCHIVE).parent)[0]
    except PermissionError as error:
        raise PermissionError(
            f"{function}: CIFAR-10 was not fetched: {cache} cannot be written ({error.strerror}). "
            f"{ELSEWHERE}"
        ) from error


def read_all(files: Sequence[Path]) -> tuple[Array, Array, Array, Array, dict[str, str]]:
    """The images and labels of the training files in order, of the test file, and the hashes."""
    batches = [read_batch(file) for file in files]
    sizes = [len(y) for _, y, _ in batches[:-1]]
    for file, size in zip(files, sizes, strict=False):
        if size != sizes[0]:
            raise ValueError(f"{file}: has {size} records, {files[0].name} has {sizes[0]}")
    hashes = {file.stem: digest for file, (_, _, digest) in zip(files, batches, strict=True)}
    X, y, _ = zip(*batches, strict=True)
    return np.concatenate(X[:-1]), np.concatenate(y[:-1]), X[-1], y[-1], hashes


def class_names(folder: Path) -> list[str]:
    """The names in ``batches.meta.txt``, or CIFAR-10's where that has none."""
    meta = folder / "batches.meta.txt"
    if meta.is_file() and meta.stat().st_size < 1000:
        names = meta.read_text(encoding="utf-8", errors="replace").split()
        if len(names) == len(CLASS_NAMES) and all(name.isprintable() for name in names):
            return names
    return list(CLASS_NAMES)
