"""Where a run's data come from: arrays, files of arrays, or a function that reads a part."""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nndl.checks.arguments import check_path
from nndl.checks.solver import check_data
from nndl.internal.types import Array, Arrays, FilePath
from nndl.training.sampling import bounds
from nndl.training.shards import NAMES

Data = dict[str, Any] | Callable[[int, int], Arrays]  # arrays or paths, or what reads a part


class FileRows(NamedTuple):
    """Some rows of a ``.npy`` file."""

    path: str
    start: int
    end: int

    def read(self) -> Array:
        """The rows, mapped into memory: what is not used is not read."""
        return mapped(self.path)[self.start : self.end]


class Piece:
    """What must be known to have one shard's part of the data: arrays, or where they are."""

    def __init__(self, arrays: dict[str, Array | FileRows]) -> None:
        self.arrays = arrays

    def read(self) -> Arrays:
        """The arrays."""
        found = self.arrays.items()
        return {
            name: value.read() if isinstance(value, FileRows) else value for name, value in found
        }


class Asked:
    """A shard's part of the data, which a function reads."""

    def __init__(
        self, read: Callable[[int, int], Arrays], shard: int, shards: int, classes: int | None
    ) -> None:
        self.how, self.shard, self.shards, self.classes = read, shard, shards, classes

    def read(self) -> Arrays:
        """The arrays, checked."""
        data = self.how(self.shard, self.shards)
        name = getattr(self.how, "__name__", type(self.how).__name__)
        check_data(f"{name}({self.shard}, {self.shards})", data, self.classes)
        return data


class Source:
    """The data that a Solver was given.

    Parameters
    ----------
    function : str
        The calling function, for messages.
    data : dict or callable
        As the Solver takes it.
    classes : int, optional
        The number of the model's classes, where that is known.

    Attributes
    ----------
    arrays : dict or None
        X_train, y_train, X_val and y_val; None where a function reads them.
    in_memory : bool
        Whether all of them are arrays here, not in files.

    Raises
    ------
    OSError
        A file cannot be opened.
    TypeError, ValueError
        Data that do not fit; the message names them.
    """

    def __init__(self, function: str, data: Data, classes: int | None = None) -> None:
        self.read, self.classes, self.arrays, self.paths = None, classes, None, {}
        self.in_memory = False
        if callable(data):
            self.read = data
            return
        if isinstance(data, dict):
            given = {name: data[name] for name in NAMES if name in data}
            self.paths = {
                name: os.path.abspath(value)
                for name, value in given.items()
                if isinstance(value, str | os.PathLike)
            }
            data = data | {
                name: opened(function, f"data[{name!r}]", path) for name, path in self.paths.items()
            }
        check_data(function, data, classes)
        self.arrays = {name: data[name] for name in NAMES}
        self.in_memory = not self.paths

    def piece(self, shard: int, shards: int) -> Piece | Asked:
        """What a process needs to have one shard's part."""
        if self.read is not None:
            return Asked(self.read, shard, shards, self.classes)
        found = {}
        for name, array in self.arrays.items():
            start, end = bounds(len(array), shard, shards)
            path = self.paths.get(name)
            found[name] = FileRows(path, start, end) if path else array[start:end]
        return Piece(found)


def opened(function: str, name: str, path: FilePath) -> Array:
    """The array of a ``.npy`` file, mapped into memory; errors name the argument."""
    check_path(function, name, path, file=True)
    try:
        return mapped(path)
    except ValueError as error:
        raise ValueError(f"{function}: {name}, {str(path)!r}: {error}") from error


def mapped(path: FilePath) -> Array:
    """The array of a ``.npy`` file; ValueError where it holds objects, which would be pickles."""
    return np.load(path, mmap_mode="r", allow_pickle=False)
