"""The files of MNIST and its family: IDX, plain or compressed with gzip, each checked."""

import gzip
import hashlib
import io
import zlib
from pathlib import Path

import numpy as np

from nndl.data.bounded_reading import CHUNK_BYTES, read_file, read_stream
from nndl.internal.types import Array

IMAGES, LABELS = 0x803, 0x801  # how the files begin: bytes, in three dimensions or in one
MAX_IMAGES = 100_000  # images in a file; MNIST and those laid out like it have 60,000
MAX_SIDE = 64  # pixels of the largest image
MAX_IDX_BYTES = MAX_IMAGES * MAX_SIDE * MAX_SIDE
DAMAGED_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)


def read_images(path: Path) -> tuple[Array, str]:
    """The images of an IDX file, and its hash.

    Parameters
    ----------
    path : Path
        Such as ``train-images-idx3-ubyte.gz``; whether it is compressed its first bytes say.

    Returns
    -------
    X : ndarray, uint8, shape (N, rows, columns)
        The images, read-only.
    digest : str
        The md5 of what it holds, uncompressed: that is known, however it was compressed.

    Raises
    ------
    ValueError
        No IDX file of images, cut short, too long, or damaged; it is named.
    """
    return read_idx(path, IMAGES, "images")


def read_labels(path: Path) -> tuple[Array, str]:
    """The labels of an IDX file, uint8, shape (N,), and its hash; as ``read_images``."""
    return read_idx(path, LABELS, "labels")


def read_idx(path: Path, magic: int, what: str) -> tuple[Array, str]:
    """The array of an IDX file that has to begin with ``magic``."""
    content = unpacked(path, read_file(path, MAX_IDX_BYTES))
    ndim = magic & 0xFF
    head = 4 + 4 * ndim
    came = int.from_bytes(content[:4], "big")
    if len(content) < 4 or came != magic:
        begins = f"begins with 0x{content[:4].hex()}" if content else "is empty"
        known = {IMAGES: ", as a file of images does", LABELS: ", as a file of labels does"}
        begins += known.get(came, "")
        raise ValueError(f"{path}: {begins}, expected 0x{magic:08x}, a file of {what}")
    if len(content) < head:
        raise ValueError(f"{path}: has {len(content)} bytes, expected {head} and more: cut short?")
    shape = tuple(int(size) for size in np.frombuffer(content[4:head], ">u4"))
    if not 1 <= shape[0] <= MAX_IMAGES or not all(1 <= size <= MAX_SIDE for size in shape[1:]):
        raise ValueError(f"{path}: says that its {what} have the shape {shape}")
    expected = head + int(np.prod(shape))
    if len(content) != expected:
        hint = "cut short?" if len(content) < expected else "something follows them"
        came = f"has {len(content)} bytes, expected {expected} for {shape}"
        raise ValueError(f"{path}: {came}: {hint}")
    array = np.frombuffer(content, np.uint8, offset=head).reshape(shape)
    return array, hashlib.md5(content, usedforsecurity=False).hexdigest()


def unpacked(path: Path, content: bytes) -> bytes:
    """``content``, decompressed if it is compressed; ValueError if it is damaged or a bomb."""
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            return read_stream(io.BufferedReader(stream, CHUNK_BYTES), MAX_IDX_BYTES, str(path))
    except DAMAGED_GZIP as error:
        raise ValueError(f"{path}: damaged, or cut short: {error}") from None
