"""The two losses, compiled: ``svm_loss`` and ``softmax_loss`` for the machine.

NumPy walks over the scores a dozen times, with a new array each time. Here a row becomes its loss
and its gradient while it is in the nearest memory, in the place where the gradient will stay. Only
the exponential is left to NumPy, which computes many at once where a compiled loop calls for one
after the other. Rows are shared out among the threads; their losses are added up at the end, in
order, so the result does not depend on the number of threads.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.layers import LABELS, check_loss
from nndl.fast.runtime.jit import compiled, numba, prange, prepared, rounded
from nndl.internal.conversions import as_floats
from nndl.layers import softmax_loss, svm_loss

__all__ = ["softmax_loss_fast", "svm_loss_fast"]

SHARED = 2**20  # scores from which on several threads are worth waking


def svm_loss_fast(x, y):
    """Multiclass hinge loss with margin 1: ``svm_loss``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, C), float32 or float64
        Scores, in any memory layout.
    y : ndarray of integers, shape (N,)
        The right classes, from 0 to C - 1.

    Returns
    -------
    loss : number of the dtype of x
        The mean over the rows.
    dx : ndarray, shape (N, C)
        Gradient of the loss with respect to the scores.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_loss("svm_loss_fast", x, y, fast=True)
    x, y = as_floats(x), np.asarray(y)
    losses, dx = np.empty(x.shape[0], x.dtype), np.empty(x.shape, x.dtype)
    kernel = compiled(_svm, x.dtype, "2A 1Ci 1C! 2C!", least=SHARED)
    kernel(prepared(x, x.dtype), prepared(y, LABELS, "C"), losses, dx, work=x.size)
    return np.add.reduce(losses) / x.dtype.type(y.size), dx


def softmax_loss_fast(x, y):
    """Cross-entropy of the softmax of scores: ``softmax_loss``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, C), float32 or float64
        Scores, in any memory layout.
    y : ndarray of integers, shape (N,)
        The right classes, from 0 to C - 1.

    Returns
    -------
    loss : number of the dtype of x
        The mean over the rows.
    dx : ndarray, shape (N, C)
        Gradient of the loss with respect to the scores.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_loss("softmax_loss_fast", x, y, fast=True)
    x, y = as_floats(x), prepared(np.asarray(y), LABELS, "C")
    dx = np.empty(x.shape, x.dtype)
    shift = compiled(_shift, x.dtype, "2A 2C!", least=SHARED)
    normalize = compiled(_normalize, x.dtype, "1Ci 1C! 2C!", least=SHARED)
    shift(prepared(x, x.dtype), dx, work=x.size)
    losses = -dx[np.arange(y.size), y]
    np.exp(dx, out=dx)
    normalize(y, losses, dx, work=x.size)
    return np.add.reduce(losses) / x.dtype.type(y.size), dx


@rounded
def _margin(score, right, one):
    """A margin in the order of its equation: 1 added to a large score first would be lost."""
    return score - right + one


def _svm(x, y, losses, dx):
    zero, one = x.dtype.type(0), x.dtype.type(1)
    share = one / x.dtype.type(x.shape[0])
    for n in prange(x.shape[0]):
        row, right = dx[n], x[n, y[n]]
        for j in range(row.size):
            row[j] = _margin(x[n, j], right, one)
        row[y[n]] = zero
        loss, inside = zero, zero
        for j in range(row.size):
            loss += zero if row[j] <= zero else row[j]  # written so that NaN counts
            row[j] = one if row[j] > zero else zero
            inside += row[j]
        losses[n] = loss
        row[y[n]] -= inside
        for j in range(row.size):
            row[j] *= share


def _shift(x, dx):
    for n in prange(x.shape[0]):
        row, largest = dx[n], x[n, 0]
        for j in range(row.size):
            row[j] = x[n, j]
            largest = row[j] if row[j] > largest else largest
        for j in range(row.size):
            row[j] -= largest


def _normalize(y, losses, dx):
    zero, one = dx.dtype.type(0), dx.dtype.type(1)
    share = one / dx.dtype.type(dx.shape[0])
    for n in prange(dx.shape[0]):
        row, total = dx[n], zero
        for j in range(row.size):
            total += row[j]
        losses[n] += np.log(total)
        for j in range(row.size):
            row[j] *= share / total
        row[y[n]] -= share


if numba is None:
    svm_loss_fast, softmax_loss_fast = svm_loss, softmax_loss
