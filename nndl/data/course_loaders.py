"""CIFAR-10 as the course's loaders give it: channels last, no mean subtracted."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nndl.checks.arguments import check_path
from nndl.data.bounded_reading import read_file, read_stream
from nndl.data.cifar10_files import find_or_fetch, read_all
from nndl.data.cifar10_reader import read_batch
from nndl.data.plain_pickle import MAX_PICKLE_BYTES, unpickle
from nndl.data.provenance import cifar10_provenance
from nndl.internal.types import FilePath, Readable


def load_CIFAR_batch(filename: FilePath) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The images and labels of one file of CIFAR-10, binary or Python.

    Parameters
    ----------
    filename : path
        Such as ``cifar-10-batches-py/data_batch_1``.

    Returns
    -------
    X : ndarray, float32, shape (N, 32, 32, 3)
        The images, channels last, 0 to 255. The course's are float64: twice the memory.
    y : ndarray, int64, shape (N,)
        Their labels.

    Raises
    ------
    TypeError
        filename is no path.
    ValueError
        A damaged file, or a pickle of more than plain data; it is named.
    """
    check_path("load_CIFAR_batch", "filename", filename)
    X, y, _ = read_batch(Path(filename))
    return X.transpose(0, 2, 3, 1).astype(np.float32, order="C"), y.astype(np.int64)


def load_CIFAR10(
    ROOT: FilePath,
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """All of CIFAR-10 in a folder, channels last.

    Parameters
    ----------
    ROOT : path
        The folder with the six files, or the one that contains it.

    Returns
    -------
    Xtr, ytr : ndarray
        The training batches, 1 to 5, as :func:`load_CIFAR_batch` returns them.
    Xte, yte : ndarray
        The test batch.

    Raises
    ------
    FileNotFoundError
        Not all of the files are there.
    TypeError
        ROOT is no path.
    ValueError
        A file is damaged; it is named.
    """
    check_path("load_CIFAR10", "ROOT", ROOT)  # None would mean the cache
    files = find_or_fetch("load_CIFAR10", ROOT, download=False, name="ROOT")
    X, y, X_test, y_test, hashes = read_all(files)
    cifar10_provenance(files[0].parent, hashes)  # which refuses a mixture
    X, X_test = (A.transpose(0, 2, 3, 1).astype(np.float32, order="C") for A in (X, X_test))
    return X, y.astype(np.int64), X_test, y_test.astype(np.int64)


def load_pickle(f: FilePath | Readable) -> Any:
    """What a pickle holds, if that is plain: nothing in it is imported or run.

    Parameters
    ----------
    f : path or binary file
        A file's path, or a file open for reading. Strings of Python 2 are decoded as latin-1.

    Returns
    -------
    dict, list, tuple, str, bytes, int, float, complex, bool, None or ndarray
        The object in the file.

    Raises
    ------
    TypeError
        Neither a path nor a binary file.
    ValueError
        Damaged, or anything but plain data; the file is named.
    """
    if isinstance(f, str | os.PathLike):
        check_path("load_pickle", "f", f)
        return unpickle(read_file(Path(f), MAX_PICKLE_BYTES), str(f))
    if not hasattr(f, "read") or not isinstance(f.read(0), bytes):
        came = f"f is a {type(f).__name__}"
        raise TypeError(f"load_pickle: {came}, expected a path or a file opened with mode 'rb'")
    name = str(getattr(f, "name", "the pickle"))
    return unpickle(read_stream(f, MAX_PICKLE_BYTES, name), name)
