"""NumPy's arrays as pickles describe them, made from checked parts and never by NumPy's unpickling.

A pickled array is three names (``ndarray``, ``dtype``, ``_reconstruct``), a shape, a type and the
bytes. The names are words here: they lead to no function.
"""

import math

import numpy as np

CODES = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"}
NDARRAY, DTYPE, RECONSTRUCT = "ndarray", "dtype", "_reconstruct"
WORDS = {
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): DTYPE,
    ("numpy.core.multiarray", "_reconstruct"): RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): RECONSTRUCT,  # as NumPy 2 calls it
}


class Word:
    """One of NumPy's names; ValueError for any other."""

    def __init__(self, module, name):
        if (module, name) not in WORDS:
            raise ValueError(f"it asks for {f'{module}.{name}'[:80]!r}, which is not plain data")
        self.name = WORDS[module, name]


class Dtype:
    """A type of numbers: first its code, then its byte order."""

    def __init__(self, code):
        if code not in CODES:
            raise ValueError(f"it has an array of {str(code)[:20]!r}, which are not numbers")
        self.code, self.order = code, None

    def build(self, state):
        """Learn the byte order; everything else must be what it is for plain numbers."""
        if state[1] not in set("|<>=") or state[2:5] != (None, None, None):
            raise ValueError("it has an array of records, not of numbers")
        self.order = state[1]
        return self


class Array:
    """An array of which nothing is known yet."""

    def build(self, state):
        """The array, if its shape and its bytes agree."""
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, Dtype) or dtype.order is None or not isinstance(shape, tuple):
            raise ValueError("it has an array without a type or a shape")
        if isinstance(data, str):
            data = data.encode("latin-1")  # as Python 2's strings were decoded
        dtype = np.dtype(dtype.order + dtype.code)
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
            raise ValueError(f"it has an array of shape {shape} in {len(data)} bytes")
        return np.ndarray(shape, dtype, buffer=data, order="F" if fortran else "C").copy()


def begin(word, arguments):
    """What NumPy's function would return for the arguments, still empty."""
    called = word.name if isinstance(word, Word) and len(arguments) == 3 else None
    if called == DTYPE:
        return Dtype(arguments[0])
    if called == RECONSTRUCT and isinstance(arguments[0], Word) and arguments[0].name == NDARRAY:
        return Array()  # the other two arguments are a shape and a type that BUILD replaces
    raise ValueError("it calls something that is not plain data")
