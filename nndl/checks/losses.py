"""Arguments of a loss."""

import numpy as np

from nndl.checks.arguments import check_array, check_plain

LABELS = np.dtype(np.intp)  # what labels nearly always are


def check_loss(function, x, y, fast=False):
    """Raise unless the arguments are scores and the labels that belong to them.

    Parameters
    ----------
    function : str
        The loss's name, for the message.
    x : ndarray
        Scores (N, C), with N and C 1 or more: the mean over no examples is not a number.
    y : ndarray
        Labels (N,), integers from 0 to C - 1.
    fast : bool
        Whether only float32 and float64 will do for x.

    Raises
    ------
    TypeError, ValueError
        With the loss, the argument, what came and what was expected.
    """
    check_array(function, "x", x, 2, fast)
    check_plain(function, "y", y)
    if y.dtype.kind not in "iu":
        raise TypeError(f"{function}: y has dtype {y.dtype}, expected integers")
    if y.ndim != 1:
        shape = f"{y.ndim} dimensions {y.shape}"
        raise ValueError(f"{function}: y has {shape}, expected 1")
    N, C = x.shape
    if y.shape[0] != N:
        raise ValueError(f"{function}: y has {y.shape[0]} labels, x has {N} rows of scores")
    if N == 0 or C == 0:
        raise ValueError(f"{function}: x has shape {x.shape}, expected 1 row and 1 class or more")
    # As unsigned numbers those below 0 are the largest.
    if y.dtype is LABELS and np.maximum.reduce(y.view(np.uintp)) < C:
        return
    for label in (y.min(), y.max()):
        if not 0 <= label < C:
            raise ValueError(f"{function}: y has the label {label}, expected 0 to {C - 1}")
