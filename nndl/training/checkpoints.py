"""Checkpoint files: a ``.npz`` of arrays and a little JSON, no pickles, whole or not at all."""

import json
import math
import os
import struct
import zipfile
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np

from nndl.internal.types import Arrays, FilePath
from nndl.internal.whole_files import writing

FORMATS = {"checkpoint": 2, "network": 1}  # the kinds of files, and the version of each
END = 22  # bytes at the end of an archive without a comment


def write(path: FilePath, meta: dict[str, Any], arrays: Arrays, kind: str = "checkpoint") -> None:
    """Write a checkpoint so that at every moment the old file or the new one is there.

    Parameters
    ----------
    path : str or path
        Of the file. Several processes may write the same one.
    meta : dict
        Objects that JSON can hold; arrays and NumPy numbers in it become lists and numbers.
    arrays : dict
        Names, each with a slash in it, and arrays of numbers.
    kind : str
        "checkpoint", or "network" for what ``Network.save`` writes.

    Raises
    ------
    OSError
        The file cannot be written; what was there before is as it was.
    """
    meta = _format(kind) | meta
    text = json.dumps(meta, default=lambda value: value.tolist(), allow_nan=False)
    with writing(path) as file:
        np.savez(file, meta=np.frombuffer(text.encode(), np.uint8), **arrays)


def _format(kind):
    return {"format": f"nndl {kind}", "version": FORMATS[kind]}


def read(
    path: FilePath, kinds: Sequence[str] = ("checkpoint",)
) -> tuple[str, dict[str, Any], Arrays]:
    """Read a file that ``write`` wrote. Nothing is unpickled, or larger than the file.

    Parameters
    ----------
    path : str or path
        Of the file, which is only read.
    kinds : sequence of str
        The kinds that are accepted.

    Returns
    -------
    kind : str
        Of the file.
    meta, arrays : dict
        As they were written.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        It is cut short, damaged, of another version, or something else.
    """
    with open(path, "rb") as file:
        try:
            arrays = _members(file)
            if "meta" not in arrays:
                raise ValueError("it has no member 'meta'")
            meta = _parsed(arrays.pop("meta").tobytes().decode())
            came = {key: meta.get(key) for key in ("format", "version")}
        except Exception as error:  # whatever a parser makes of strange bytes
            raise ValueError(f"{path} is not a whole {kinds[0]}: {error}") from error
    for kind in kinds:
        wanted = _format(kind)
        if came == wanted and type(came["version"]) is int:  # 1.0 and true equal 1
            return kind, meta, arrays
    wanted = _format(kinds[0])
    if came == wanted | {"version": 1} and type(came["version"]) is int:
        why = "it was written before checkpoints held the architecture and the images' checksum"
        raise ValueError(f"{path} is of version 1, expected {wanted['version']}: {why}; train anew")
    raise ValueError(f"{path} is {came}, expected {wanted}")


def _parsed(text):
    """The JSON in ``text``, in which all numbers are finite."""

    def finite(literal):
        if not math.isfinite(float(literal)):
            raise ValueError(f"its JSON has the number {literal}")
        return float(literal)

    return json.loads(text, parse_constant=finite, parse_float=finite)


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
        _check_gapless(file, infos, archive.start_dir, size)
        contents = [archive.read(info) for info in infos]  # which compares their checksums
    return {name: _array(name, content) for name, content in zip(names, contents, strict=True)}


def _check_gapless(file, infos, directory, size):
    """Raise unless the archive is all that is in the file: nothing before, between or after."""
    place = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset != place:
            raise ValueError(f"there are strange bytes before the member {info.filename!r}")
        file.seek(place + 26)
        lengths = struct.unpack("<HH", file.read(4))  # of the name, and of what comes after it
        place += 30 + sum(lengths) + info.compress_size
    file.seek(size - END)
    end = file.read(END)
    if place != directory or end[:4] != b"PK\5\6" or end[-2:] != b"\0\0":
        raise ValueError("there are strange bytes behind its members")


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
