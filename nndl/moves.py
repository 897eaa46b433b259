# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/backpropagation.md
"""``nndl.moves``, in the order in which the book derives it."""

import numpy as np

from nndl.internal.checked_move import move

# Chapter: book/foundations/backpropagation.md
__all__ = [
    "add",
    "broadcast",
    "exp",
    "index",
    "log",
    "maximum",
    "mean_over",
    "multiply",
    "reshape",
    "scatter_add",
    "sum_over",
    "transpose",
]


# Chapter: book/foundations/backpropagation.md
@move
def add(a, b):
    """a + b, for arrays of one shape; backward to (da, db)."""
    out = a + b
    return out, lambda dout: (dout, dout)  # (5)


@move
def multiply(a, b):
    """a * b, for arrays of one shape; backward to (da, db)."""
    out = a * b
    return out, lambda dout: (dout * b, dout * a)  # (6)


@move
def maximum(a, b):
    """The larger of a and b, arrays of one shape; backward to (da, db). A tie goes to a."""
    out = np.maximum(a, b)
    return out, lambda dout: (np.where(a >= b, dout, 0), np.where(a >= b, 0, dout))  # (7)


# Chapter: book/foundations/backpropagation.md
@move
def exp(x):
    """e to the x, in the shape of x; backward to dx."""
    out = np.exp(x)
    return out, lambda dout: dout * out  # (14)


@move
def log(x):
    """The natural logarithm of x, in its shape; backward to dx."""
    out = np.log(x)
    return out, lambda dout: dout / x  # (14)


# Chapter: book/foundations/backpropagation.md
@move
def sum_over(x, axis):
    """The sum over an axis, which out no longer has; backward to dx."""
    out = x.sum(axis)
    return out, lambda dout: broadcast(dout, axis, x.shape[axis])[0]  # (10)


@move
def broadcast(x, axis, size):
    """x repeated along a new axis, which has this size in out; backward to dx."""
    out = np.repeat(np.expand_dims(x, axis), size, axis)
    return out, lambda dout: dout.sum(axis)  # (11)


@move
def mean_over(x, axis):
    """The mean over an axis, which out no longer has; backward to dx."""
    out = x.mean(axis)
    return out, lambda dout: broadcast(dout / x.shape[axis], axis, x.shape[axis])[0]  # (12)


@move
def index(x, k):
    """The entries x[k], for any index that NumPy takes; backward to dx, in the shape of x."""
    out = x[k]
    return out, lambda dout: scatter_add(dout, k, x.shape)[0]  # (13)


@move
def scatter_add(x, k, shape):
    """Zeros of this shape, with x added in the places k, also where one occurs twice; to dx."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, k, x)
    return out, lambda dout: dout[k]  # each entry of x was used once


@move
def transpose(x):
    """x with its axes in reverse order, a view; backward to dx."""
    out = x.T
    return out, lambda dout: dout.T


@move
def reshape(x, shape):
    """x in another shape, its entries in the same order; backward to dx, in the shape of x."""
    out = x.reshape(shape)
    return out, lambda dout: dout.reshape(x.shape)
