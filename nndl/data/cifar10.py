"""CIFAR-10 as the course's functions give it."""

from pathlib import Path

import numpy as np

from nndl.checks.data import check_cifar10
from nndl.data.batches import read_batch
from nndl.data.layout import CLASSES, WAYS, cache_folder, find, find_anywhere
from nndl.data.provenance import provenance
from nndl.data.subtract import as_data
from nndl.data.unpickle import unpickle


def get_CIFAR10_data(
    num_training=49000,
    num_validation=1000,
    num_test=1000,
    subtract_mean=True,
    download=False,
    root=None,
    verbose=True,
):
    """CIFAR-10 as a solver's data: 60,000 color pictures of 32 by 32 pixels, ten classes.

    The pictures are looked for in the folder that the environment variable ``NNDL_DATA`` names,
    then in the user's cache. They may be the binary or the Python batches. Each file is checked,
    and a printed line says what they are.

    Parameters
    ----------
    num_training, num_validation : int, optional
        How many training pictures there are to be: the first ones; and how many for validation:
        those after them.
    num_test : int, optional
        How many pictures of the test batch: the first ones.
    subtract_mean : bool, optional
        Whether to subtract the mean picture of the training part from every picture.
    download : bool, optional
        Whether to fetch the official archive, 170 MB, into the cache if there are no pictures.
    root : path, optional
        A folder to look in instead, and nowhere else; nothing is fetched into it.
    verbose : bool, optional
        Whether to print what the pictures are.

    Returns
    -------
    dict
        - **X_train**, **X_val**, **X_test** -- float32, shape (N, 3, 32, 32): 0 to 255, not
          scaled, before the mean is subtracted.
        - **y_train**, **y_val**, **y_test** -- int64, shape (N,): 0 to 9.
        - **mean_image** -- float32, shape (3, 32, 32): what was subtracted; zeros if nothing was.
        - **provenance** -- str: what the pictures are, in one line. Hashes tell the official
          files and a known copy that was recompressed as JPEG from other ones.
        - **classes** -- list of str: the names of the ten classes.

    Raises
    ------
    FileNotFoundError
        There are no pictures. It says where this looked, and the two ways to get them.
    ConnectionError
        The archive could not be fetched.
    ValueError
        A file is damaged, which it names; or there are fewer pictures than asked for.
    """
    function = "get_CIFAR10_data"
    counts = {"num_training": num_training, "num_validation": num_validation, "num_test": num_test}
    check_cifar10(function, counts, subtract_mean, download, verbose)
    files = locate(function, root, download)
    X, y, X_test, y_test, hashes = read_all(files)
    asked, there = num_training + num_validation, files[0].parent
    if asked > len(y):
        came = f"num_training + num_validation is {asked}"
        raise ValueError(f"{function}: {came}, expected at most {len(y)}: all that {there} has")
    if num_test > len(y_test):
        came = f"num_test is {num_test}, expected at most {len(y_test)}"
        raise ValueError(f"{function}: {came}: all that {files[-1]} has")
    source = provenance(there, hashes)
    if verbose:
        print(source)
    train = X[:num_training], y[:num_training]
    val = X[num_training:asked], y[num_training:asked]
    test = X_test[:num_test], y_test[:num_test]
    data = as_data(train, val, test, scale=1, subtract_mean=subtract_mean, provenance=source)
    return data | {"classes": class_names(there)}


def locate(function, root, download):
    """The six files, fetched if that is wanted."""
    if root is not None:
        files, missing = find(Path(root).expanduser())
        if files:
            return files
        raise FileNotFoundError(f"{function}: CIFAR-10 was not found: {root}: {missing}\n{WAYS}")
    try:
        return find_anywhere(function)
    except FileNotFoundError:
        cache = cache_folder() if download else None
        if cache is None:
            raise
    from nndl.data import fetch

    return find(fetch.fetch(cache, fetch.OFFICIAL).parent)[0]


def read_all(files):
    """The pictures and labels of the training files in order, of the test file, and the hashes."""
    batches = [read_batch(file) for file in files]
    sizes = [len(y) for _, y, _ in batches[:-1]]
    for file, size in zip(files, sizes, strict=False):
        if size != sizes[0]:
            raise ValueError(f"{file}: has {size} records, {files[0].name} has {sizes[0]}")
    hashes = {file.stem: digest for file, (_, _, digest) in zip(files, batches, strict=True)}
    X, y, _ = zip(*batches, strict=True)
    return np.concatenate(X[:-1]), np.concatenate(y[:-1]), X[-1], y[-1], hashes


def class_names(folder):
    """The names in ``batches.meta.txt``, or CIFAR-10's where that has none."""
    meta = folder / "batches.meta.txt"
    if meta.is_file() and meta.stat().st_size < 1000:
        names = meta.read_text(encoding="utf-8", errors="replace").split()
        if len(names) == len(CLASSES) and all(name.isprintable() for name in names):
            return names
    return list(CLASSES)


def load_CIFAR_batch(filename):
    """The pictures and labels of one file of CIFAR-10, binary or Python.

    Parameters
    ----------
    filename : path
        Such as ``cifar-10-batches-py/data_batch_1``.

    Returns
    -------
    X : ndarray, float32, shape (N, 32, 32, 3)
        The pictures, channels last, 0 to 255. The course's are float64: twice the memory.
    y : ndarray, int64, shape (N,)
        Their labels.

    Raises
    ------
    ValueError
        A damaged file, or a pickle of more than plain data; it is named.
    """
    X, y, _ = read_batch(Path(filename))
    return X.transpose(0, 2, 3, 1).astype(np.float32, order="C"), y.astype(np.int64)


def load_CIFAR10(ROOT):
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
    ValueError
        A file is damaged; it is named.
    """
    files = locate("load_CIFAR10", ROOT, download=False)
    X, y, X_test, y_test, hashes = read_all(files)
    provenance(files[0].parent, hashes)  # which refuses a mixture
    X, X_test = (A.transpose(0, 2, 3, 1).astype(np.float32, order="C") for A in (X, X_test))
    return X, y.astype(np.int64), X_test, y_test.astype(np.int64)


def load_pickle(f):
    """What a pickle holds, if that is plain: nothing in it is imported or run.

    Parameters
    ----------
    f : binary file
        Open for reading. Strings of Python 2 are decoded as latin-1.

    Returns
    -------
    dict, list, tuple, str, bytes, int, float, bool, None or ndarray
        What it holds.

    Raises
    ------
    ValueError
        Damaged, or anything but plain data; the file is named.
    """
    return unpickle(f.read(), str(getattr(f, "name", "the pickle")))
