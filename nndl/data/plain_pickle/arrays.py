"""NumPy's arrays as pickles describe them, made from checked parts and never by NumPy's unpickling.

A pickled array is some names (``ndarray``, ``dtype``, ``_reconstruct``), a shape, a type and the
bytes. The names are words here: they lead to no function.
"""

import math
from typing import Any

import numpy as np

DTYPE_CODES = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"}
NDARRAY, DTYPE, RECONSTRUCT = "ndarray", "dtype", "_reconstruct"
FROMBUFFER, SCALAR, ENCODE, BYTES = "_frombuffer", "scalar", "encode", "bytes"
PICKLED_NAMES = {
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): DTYPE,
    ("_codecs", "encode"): ENCODE,  # as Python 3 writes bytes for Python 2, which has none
    ("__builtin__", "bytes"): BYTES,
    ("builtins", "bytes"): BYTES,
}
for core in ("numpy.core", "numpy._core"):  # the second is NumPy 2's
    PICKLED_NAMES[f"{core}.multiarray", "_reconstruct"] = RECONSTRUCT
    PICKLED_NAMES[f"{core}.multiarray", "scalar"] = SCALAR
    PICKLED_NAMES[f"{core}.numeric", "_frombuffer"] = FROMBUFFER


class Word:
    """One of these names; ValueError for any other."""

    def __init__(self, module: str, name: str) -> None:
        if (module, name) not in PICKLED_NAMES:
            raise ValueError(f"it asks for {f'{module}.{name}'[:80]!r}, which is not plain data")
        self.name = PICKLED_NAMES[module, name]


class PickledDtype:
    """A type of numbers: first its code, then its byte order."""

    def __init__(self, code: Any) -> None:
        if code not in DTYPE_CODES:
            raise ValueError(f"it has an array of {str(code)[:20]!r}, which are not numbers")
        self.code, self.order = code, None

    def build(self, state: Any) -> "PickledDtype":
        """Learn the byte order; everything else must be what it is for plain numbers."""
        if state[1] not in set("|<>=") or state[2:5] != (None, None, None):
            raise ValueError("it has an array of records, not of numbers")
        self.order = state[1]
        return self


class PickledArray:
    """An array of which nothing is known yet."""

    def build(self, state: Any) -> Any:
        """The array, if its shape and its bytes agree."""
        _, shape, dtype, fortran, data = state
        if isinstance(data, str):
            data = data.encode("latin-1")  # as Python 2's strings were decoded
        return array_of(data, dtype, shape, "F" if fortran else "C")


def array_of(data: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> np.ndarray:
    """An array of ``data``, bytes, if its shape and its type take as many."""
    if not isinstance(dtype, PickledDtype) or dtype.order is None or not isinstance(shape, tuple):
        raise ValueError("it has an array without a type or a shape")
    if not isinstance(data, bytes | bytearray):
        raise ValueError("it has an array whose data are no bytes")
    dtype = np.dtype(dtype.order + dtype.code)
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError(f"it has an array of shape {shape} in {len(data)} bytes")
    array = np.ndarray(shape, dtype, buffer=data, order="F" if order == "F" else "C")
    return (array if axes is None else array.transpose(axes)).copy(order="K")


def begin(word: Any, arguments: Any) -> Any:
    """What the function of that name would return: an array or a type is still empty."""
    called = word.name if isinstance(word, Word) and isinstance(arguments, tuple) else None
    count = len(arguments) if called else 0
    if called == DTYPE and count == 3:
        return PickledDtype(arguments[0])
    if called == RECONSTRUCT and count == 3 and getattr(arguments[0], "name", None) == NDARRAY:
        return PickledArray()  # the other two arguments are a shape and a type that BUILD replaces
    if called == FROMBUFFER and count in (4, 5):
        return array_of(*arguments)
    if called == SCALAR and count == 2:
        dtype, data = arguments
        data = data.encode("latin-1") if isinstance(data, str) else data
        return array_of(data, dtype, (), "C").item()
    if called == ENCODE and count == 2 and arguments[1] in ("latin1", "latin-1"):
        return str.encode(arguments[0], "latin-1")
    if called == BYTES and count == 0:
        return b""
    raise ValueError("it calls something that is not plain data")
