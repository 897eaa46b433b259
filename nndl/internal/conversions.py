"""Arguments that were checked, in the form in which every layer computes with them.

Checks raise, and these convert: a layer calls its check, then ``as_floats`` for its arrays. What it
then holds, and keeps in its cache, are plain arrays of floating numbers, in the machine's own order
of bytes. Nothing is copied where they are so already.
"""

import numpy as np
from numpy import ndarray

READY = frozenset({np.dtype(np.float32), np.dtype(np.float64)})


def as_floats(x, *others):
    """The arrays of a layer as floating numbers: integers of x as float64, of others as x's dtype.

    Parameters
    ----------
    x : ndarray
        The layer's input, of integers or of floating (or complex) numbers.
    *others : ndarray
        The layer's other arrays: weights, biases, a gradient.

    Returns
    -------
    ndarray or tuple of ndarrays
        As many as were given. A harmless subclass, such as a memmap, becomes a view of its numbers;
        a number without dimensions, which NumPy makes of such arrays, becomes an array again.
    """
    if type(x) is ndarray and x.dtype in READY:
        for array in others:
            if type(array) is not ndarray or array.dtype not in READY:
                break
        else:  # nearly always
            return (x, *others) if others else x
    x = _floats(x, np.float64)
    return (x, *(_floats(array, x.dtype) for array in others)) if others else x


def _floats(array, dtype):
    """A plain array: of ``dtype`` if it has integers, else of its own dtype in native order."""
    native = dtype if array.dtype.kind in "iu" else array.dtype.newbyteorder("=")
    return np.asarray(array).astype(native, copy=False)
