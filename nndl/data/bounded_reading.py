"""Reads a file to its end, if that comes in time: a device has none."""

from pathlib import Path

from nndl.internal.types import Readable

CHUNK_BYTES = 1 << 20


def read_file(path: Path, largest: int) -> bytes:
    """The bytes of a plain file.

    Parameters
    ----------
    path : Path
        Of the file.
    largest : int
        The most bytes that it may have.

    Raises
    ------
    ValueError
        A device or a pipe, or a file that is larger; it is named.
    OSError
        There is no such file, or it is a folder.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError(f"{path}: is a device or a pipe, expected a file")
    with open(path, "rb") as file:
        return read_stream(file, largest, str(path))


def read_stream(stream: Readable, largest: int, name: str) -> bytes:
    """The bytes that are left in a stream; ValueError if there are more than ``largest``."""
    chunks, size = [], 0
    while chunk := stream.read(CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > largest:
            raise ValueError(f"{name}: has more than {largest} bytes, which is the most expected")
    return b"".join(chunks)
