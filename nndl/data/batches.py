"""One file of CIFAR-10, in either format, checked."""

import hashlib

import numpy as np

from nndl.data.layout import BATCH, CLASSES, PICTURE, RECORD
from nndl.data.unpickle import unpickle

LARGEST = 2 * BATCH * RECORD  # bytes; the names of its pictures are in a Python batch, too


def read_batch(path):
    """The pictures and labels of one file of CIFAR-10, and the file's hash.

    Parameters
    ----------
    path : Path
        A binary batch, or a Python one: a pickle, which is read without running anything.

    Returns
    -------
    X : ndarray, uint8, shape (N, 3, 32, 32)
        The pictures, read-only.
    y : ndarray, uint8, shape (N,)
        Their labels.
    digest : str
        The file's sha256; of a Python batch its md5, as that is what is known of them.

    Raises
    ------
    ValueError
        A file that is too short, too long or damaged, or holds a label that is none; it names it.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"{path}: has {size} bytes, expected at most {BATCH * RECORD}")
    content = path.read_bytes()
    if not content:
        raise ValueError(f"{path}: is empty")
    is_pickle = content[0] == 0x80  # where a binary batch has a label
    X, y = (read_pickled if is_pickle else read_records)(content, path)
    if not 1 <= len(y) <= BATCH:
        raise ValueError(f"{path}: has {len(y)} records, expected 1 to {BATCH}")
    if (wrong := np.flatnonzero(y >= len(CLASSES))).size:
        raise ValueError(f"{path}: record {wrong[0]} has label {y[wrong[0]]}, expected 0 to 9")
    digest = hashlib.new("md5" if is_pickle else "sha256", content, usedforsecurity=False)
    return X.reshape(-1, *PICTURE), y, digest.hexdigest()


def read_records(content, path):
    """The pictures, a row each, and the labels of a binary batch."""
    if len(content) % RECORD:
        came = f"has {len(content)} bytes, which are no whole number of records of {RECORD}"
        raise ValueError(f"{path}: {came}: cut short?")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    return records[:, 1:], records[:, 0]


def read_pickled(content, path):
    """The pictures, a row each, and the labels of a Python batch."""
    batch = unpickle(content, str(path))
    X, y = (batch.get("data"), batch.get("labels")) if isinstance(batch, dict) else (None, None)
    if not isinstance(X, np.ndarray) or X.dtype != np.uint8 or X.shape[1:] != (RECORD - 1,):
        raise ValueError(f"{path}: has no data of dtype uint8 and shape (N, {RECORD - 1})")
    if not isinstance(y, list) or len(y) != len(X):
        raise ValueError(f"{path}: has no list of {len(X)} labels")
    wrong = [k for k, label in enumerate(y) if not isinstance(label, int) or not 0 <= label <= 9]
    if wrong:
        came = f"record {wrong[0]} has label {str(y[wrong[0]])[:20]!r}"
        raise ValueError(f"{path}: {came}, expected 0 to {len(CLASSES) - 1}")
    X.flags.writeable = False
    return X, np.array(y, np.uint8)
