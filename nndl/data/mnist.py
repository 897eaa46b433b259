"""MNIST, Fashion-MNIST and their like, from a folder, as a solver's data."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nndl.checks.data import check_mnist
from nndl.data.dataset import Dataset, as_data
from nndl.data.folders import folder_of
from nndl.data.idx import read_images, read_labels
from nndl.internal.types import Array, FilePath

FILES = {
    "train-images": "idx3-ubyte",
    "train-labels": "idx1-ubyte",
    "t10k-images": "idx3-ubyte",
    "t10k-labels": "idx1-ubyte",
}
# md5 of each file uncompressed; that of the compressed ones depends on who compressed them.
KNOWN_SETS = {
    "MNIST, the original files": (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    "Fashion-MNIST, the original files": (
        "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "9018921c3c673c538a1fc5bad174d6f9",
        "8181f5470baa50b63fa0f6fddb340f0a",
        "15d484375f8d13e6eb1aabb0c3f46965",
    ),
}
UNKNOWN_SET = "unknown images in MNIST's format, hashes differ from those that are known"
FASHION = ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker"]
FASHION += ["bag", "ankle boot"]


def load_mnist(
    folder: FilePath, num_validation: int = 5000, subtract_mean: bool = True, verbose: bool = True
) -> Dataset:
    """MNIST, or images laid out like it, as a solver's data.

    Each file is checked, and a printed line says what they are. Nothing is fetched.

    Parameters
    ----------
    folder : path
        The folder of the four files: ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each as it is or as ``.gz``.
    num_validation : int, optional
        Number of validation images: the last ones of the training images.
    subtract_mean : bool, optional
        Whether to subtract the mean image of the training part from every image.
    verbose : bool, optional
        Whether to print what the images are.

    Returns
    -------
    dict
        - **X_train**, **X_val**, **X_test** -- float32, shape (N, 1, 28, 28): ink is 1, paper 0,
          before the mean is subtracted.
        - **y_train**, **y_val**, **y_test** -- int64, shape (N,): 0 to 9.

        Not among the keys, over which the course's notebooks loop, but there:

        - **mean_image** -- float32, shape (1, 28, 28): what was subtracted; zeros if nothing was.
        - **provenance** -- str: what the images are, in one line.
        - **classes** -- list of str: the names of the ten classes.

    Raises
    ------
    FileNotFoundError
        Not all of the files are there; it names those that are missing.
    TypeError
        An argument is not one of these.
    ValueError
        A file is damaged or of another kind, which it names; or num_validation leaves nothing.
    """
    check_mnist("load_mnist", num_validation, subtract_mean, verbose)
    num_validation = int(num_validation)
    X_path, y_path, X_test_path, y_test_path = paths = find_files("load_mnist", folder)
    X, y, *hashes = read_pair(X_path, y_path)
    X_test, y_test, *more = read_pair(X_test_path, y_test_path)
    if X.shape[1:] != X_test.shape[1:]:
        came = f"{X_test_path}: has images of {X_test.shape[1:]}"
        raise ValueError(f"{came}, {X_path.name} of {X.shape[1:]}")
    if num_validation >= len(X):
        came = f"num_validation is {num_validation}"
        raise ValueError(f"load_mnist: {came}, expected less than the {len(X)} of {X_path}")
    source = mnist_provenance(paths, (*hashes, *more))
    if verbose:
        print(source)
    end = len(X) - num_validation
    classes = FASHION if source.startswith("Fashion") else [str(k) for k in range(10)]
    return as_data(
        (X[:end, None], y[:end]), (X[end:, None], y[end:]), (X_test[:, None], y_test),
        scale=255, subtract_mean=subtract_mean, provenance=source, classes=list(classes),
    )  # fmt: skip


def find_files(function: str, folder: FilePath) -> list[Path]:
    """The paths of the four files, in the order of ``FILES``."""
    folder, found, missing = folder_of(function, "folder", folder), [], []
    for name, kind in FILES.items():
        names = [f"{name}{mark}{kind}{end}" for mark in "-." for end in ("", ".gz")]
        there = [folder / file for file in names if (folder / file).is_file()]
        found += there[:1]
        missing += [] if there else [names[0]]
    if missing:
        where = f"{folder} lacks" if folder.is_dir() else f"{folder} is not a folder; it would hold"
        raise FileNotFoundError(f"{function}: {where} {', '.join(missing)} (each may end in .gz)")
    return found


def read_pair(X_path: Path, y_path: Path) -> tuple[Array, Array, str, str]:
    """Images and their labels, and the hash of each."""
    (X, X_hash), (y, y_hash) = read_images(X_path), read_labels(y_path)
    if len(X) != len(y):
        raise ValueError(f"{y_path}: has {len(y)} labels for the {len(X)} images of {X_path}")
    if (wrong := np.flatnonzero(y > 9)).size:
        raise ValueError(f"{y_path}: label {wrong[0]} is {y[wrong[0]]}, expected 0 to 9")
    return X, y, X_hash, y_hash


def mnist_provenance(paths: Sequence[Path], hashes: Sequence[str]) -> str:
    """What the images are, in one line; ValueError for a mixture, or a damaged file."""
    for name, known in KNOWN_SETS.items():
        wrong = [p for p, came, good in zip(paths, hashes, known, strict=True) if came != good]
        if not wrong:
            return name
        if len(wrong) < len(paths):
            files = ", ".join(path.name for path in wrong)
            raise ValueError(f"{wrong[0].parent}: the hash of {files} is wrong, the others: {name}")
    return UNKNOWN_SET
