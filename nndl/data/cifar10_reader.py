"""One file of CIFAR-10, in either format, checked."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from nndl.data.bounded_reading import read_file
from nndl.data.cifar10_paths import CLASS_NAMES, IMAGE_SHAPE, IMAGES_PER_FILE, RECORD_BYTES
from nndl.data.plain_pickle import unpickle
from nndl.internal.types import Array

# Bytes. Protocol 0 writes a byte in up to four, and the names of the images are in it, too.
MAX_BATCH_BYTES = 5 * IMAGES_PER_FILE * RECORD_BYTES


def read_batch(path: Path) -> tuple[Array, Array, str]:
    """The images and labels of one file of CIFAR-10, and the file's hash.

    Parameters
    ----------
    path : Path
        A binary batch, or a Python one: a pickle, which is read without running anything.

    Returns
    -------
    X : ndarray, uint8, shape (N, 3, 32, 32)
        The images, read-only.
    y : ndarray, uint8, shape (N,)
        Their labels.
    digest : str
        The file's sha256; of a Python batch its md5, as that is what is known of them.

    Raises
    ------
    ValueError
        A file that is too short, too long or damaged, or holds a label that is none; it names it.
    """
    content = read_file(path, MAX_BATCH_BYTES)
    if not content:
        raise ValueError(f"{path}: is empty")
    # A binary batch begins with a label, and 0x80 and the marks of protocols 0 and 1 are none.
    is_pickle = content[0] == 0x80 or (content[:1] in (b"(", b"}") and content[-1:] == b".")
    X, y = (read_pickled if is_pickle else read_records)(content, path)
    if not 1 <= len(y) <= IMAGES_PER_FILE:
        raise ValueError(f"{path}: has {len(y)} records, expected 1 to {IMAGES_PER_FILE}")
    if (wrong := np.flatnonzero(y >= len(CLASS_NAMES))).size:
        raise ValueError(f"{path}: record {wrong[0]} has label {y[wrong[0]]}, expected 0 to 9")
    digest = hashlib.new("md5" if is_pickle else "sha256", content, usedforsecurity=False)
    return X.reshape(-1, *IMAGE_SHAPE), y, digest.hexdigest()


def read_records(content: bytes, path: Path) -> tuple[Array, Array]:
    """The images, a row each, and the labels of a binary batch."""
    if len(content) % RECORD_BYTES:
        came = f"has {len(content)} bytes, which are no whole number of records of {RECORD_BYTES}"
        raise ValueError(f"{path}: {came}: cut short?")
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD_BYTES)
    return records[:, 1:], records[:, 0]


def read_pickled(content: bytes, path: Path) -> tuple[Array, Array]:
    """The images, a row each, and the labels of a Python batch.

    The keys are str, or bytes: where it was read with ``encoding="bytes"`` and written again.
    """
    batch = unpickle(content, str(path))
    if not isinstance(batch, dict):
        raise ValueError(f"{path}: holds a {type(batch).__name__}, expected a dict with a batch")
    X, y = (batch.get(key, batch.get(key.encode())) for key in ("data", "labels"))
    if not isinstance(X, np.ndarray) or X.dtype != np.uint8 or X.shape[1:] != (RECORD_BYTES - 1,):
        wanted = f"has no data of dtype uint8 and shape (N, {RECORD_BYTES - 1})"
        raise ValueError(f"{path}: {wanted}: it has {contents(batch)}")
    if isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "iu":
        y = y.tolist()
    if not isinstance(y, list) or len(y) != len(X):
        raise ValueError(f"{path}: has no list of {len(X)} labels: it has {contents(batch)}")
    wrong = [k for k, label in enumerate(y) if not isinstance(label, int) or not 0 <= label <= 9]
    if wrong:
        came = f"record {wrong[0]} has label {str(y[wrong[0]])[:20]!r}"
        raise ValueError(f"{path}: {came}, expected 0 to {len(CLASS_NAMES) - 1}")
    X = np.ascontiguousarray(X)
    X.flags.writeable = False
    return X, np.array(y, np.uint8)


def contents(batch: dict[Any, Any]) -> str:
    """What a dictionary holds, in a few words."""
    said = []
    for key, value in [*batch.items()][:8]:
        kind = type(value).__name__
        if isinstance(value, np.ndarray):
            kind = f"{value.dtype} {value.shape}"
        elif isinstance(value, list | tuple):
            kind += f" of {len(value)}"
        said.append(f"{repr(key)[:40]}: {kind}")
    return ", ".join(said) + (", ..." if len(batch) > len(said) else "") or "nothing"
