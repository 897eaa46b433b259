"""What the arrays of a compiled layer nearly always are, seen at a glance."""

import numpy as np
from numpy import ndarray

from nndl.checks.arguments import FAST_DTYPES

DOUBLE = np.dtype(np.float64)


def are_usual(dout, cache, count, ndim):
    """Whether a cache and its gradient are what they nearly always are with compiled layers.

    Others go through the checks, one by one, which for small arrays takes longer than the loops.
    """
    if type(cache) is not tuple or len(cache) != count:
        return False
    x, *arrays, mean, inv_std = cache
    if type(x) is not ndarray or x.dtype not in FAST_DTYPES or x.ndim != ndim:
        return False
    if type(dout) is not ndarray or dout.dtype not in FAST_DTYPES or dout.shape != x.shape:
        return False
    sizes = x.shape[1:2]
    for array in arrays:
        if type(array) is not ndarray or array.dtype not in FAST_DTYPES or array.shape != sizes:
            return False
    for array in (mean, inv_std):
        if type(array) is not ndarray or array.dtype is not DOUBLE or array.shape != sizes:
            return False
        if not array.flags.carray:  # but with gaps, or not aligned
            return False
    return True
