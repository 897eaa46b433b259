"""Checkpoint files: a ``.npz`` of arrays and a little JSON, no pickles, whole or not at all."""

import contextlib
import json
import math
import os
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

FORMAT = {"format": "nndl checkpoint", "version": 1}


def write(path, meta, arrays):
    """Write a checkpoint so that at every moment the old file or the new one is there.

    Parameters
    ----------
    path : str or path
        Of the file. What is being written has the same name and ``.part`` behind it.
    meta : dict
        What JSON can hold; arrays and NumPy numbers in it become lists and numbers.
    arrays : dict
        Names, each with a slash in it, and arrays of numbers.

    Raises
    ------
    OSError
        The file cannot be written; what was there before is as it was.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    text = json.dumps(FORMAT | meta, default=lambda value: value.tolist(), allow_nan=False)
    try:
        with open(part, "wb") as file:
            np.savez(file, meta=np.frombuffer(text.encode(), np.uint8), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # not every system can open a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read(path):
    """Read a checkpoint that ``write`` wrote. Nothing is unpickled, or larger than the file.

    Parameters
    ----------
    path : str or path
        Of the file, which is only read.

    Returns
    -------
    meta, arrays : dict
        As they were written.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is cut short, damaged, or something else than a checkpoint.
    """
    with open(path, "rb") as file:
        try:
            arrays = _members(file)
            if "meta" not in arrays:
                raise ValueError("it has no member 'meta'")
            meta = json.loads(arrays.pop("meta").tobytes().decode())
            kind = {key: meta.get(key) for key in FORMAT}
        except Exception as error:  # whatever a parser makes of strange bytes
            raise ValueError(f"{path} is not a whole checkpoint: {error}") from error
    if kind != FORMAT:
        raise ValueError(f"{path} is {kind}, expected {FORMAT}")
    return meta, arrays


def _members(file):
    """The arrays of a ``.npz`` by their names."""
    with zipfile.ZipFile(file) as archive:
        infos, size = archive.infolist(), os.fstat(file.fileno()).st_size
        names = [info.filename.removesuffix(".npy") for info in infos]
        if len({*names}) < len(names):
            raise ValueError("two members have one name")
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ValueError("a member is compressed, those of checkpoints are not")
        if sum(info.file_size for info in infos) > size:
            raise ValueError("its members claim to be larger than the file")
        contents = [archive.read(info) for info in infos]  # which compares their checksums
    return {name: _array(name, content) for name, content in zip(names, contents, strict=True)}


def _array(name, content):
    """The array that the bytes of a ``.npy`` file hold."""
    stream = BytesIO(content)
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"{name} is in version {version} of the npy format")
    shape, fortran, dtype = readers[version](stream)
    if dtype.kind not in "fiu":
        raise ValueError(f"{name} has dtype {dtype}, expected numbers; nothing is unpickled")
    numbers = content[stream.tell() :]
    if math.prod(shape) * dtype.itemsize != len(numbers):
        raise ValueError(f"{name} has {len(numbers)} bytes, not those of {dtype} {shape}")
    return np.frombuffer(bytearray(numbers), dtype).reshape(shape, order="F" if fortran else "C")
