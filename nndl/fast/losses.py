"""The two losses, compiled: ``svm_loss`` and ``softmax_loss`` for the machine.

NumPy walks over the scores a dozen times, with a new array each time. Here a row becomes its loss
and its gradient while it is in the nearest memory, in the place where the gradient will stay. Only
the exponential is left to NumPy, which computes many at once where a compiled loop calls for one
after the other. Rows are shared out among the threads; their losses are added up at the end, in
order, so the result does not depend on the number of threads.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.layers import LABELS, check_loss
from nndl.fast.runtime.jit import (
    as_aligned,
    as_contiguous,
    compile_kernel,
    numba,
    prange,
    uncontracted,
)
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array
from nndl.layers import softmax_loss, svm_loss

__all__ = ["softmax_loss_fast", "svm_loss_fast"]

# Scores. No script refits it: MAINTAINING.md says how a twin's constant is tuned.
MIN_PARALLEL_WORK = 2**20


def svm_loss_fast(x: Array, y: Array) -> tuple[Any, Array]:
    """Multiclass hinge loss with margin 1: ``svm_loss``, compiled."""
    check_loss("svm_loss_fast", x, y, fast=True)
    x, y = as_floats(x), np.asarray(y)
    losses, dx = np.empty(x.shape[0], x.dtype), np.empty(x.shape, x.dtype)
    kernel = compile_kernel(_svm, x.dtype, "2A 1Ci 1C! 2C!", min_parallel_work=MIN_PARALLEL_WORK)
    kernel(as_aligned(x, x.dtype), as_contiguous(y, LABELS), losses, dx, work=x.size)
    return np.add.reduce(losses) / x.dtype.type(y.size), dx


def softmax_loss_fast(x: Array, y: Array) -> tuple[Any, Array]:
    """Cross-entropy of the softmax of scores: ``softmax_loss``, compiled."""
    check_loss("softmax_loss_fast", x, y, fast=True)
    x, y = as_floats(x), as_contiguous(np.asarray(y), LABELS)
    dx = np.empty(x.shape, x.dtype)
    shift = compile_kernel(_shift, x.dtype, "2A 2C!", min_parallel_work=MIN_PARALLEL_WORK)
    normalize = compile_kernel(
        _normalize, x.dtype, "1Ci 1C! 2C!", min_parallel_work=MIN_PARALLEL_WORK
    )
    shift(as_aligned(x, x.dtype), dx, work=x.size)
    losses = -dx[np.arange(y.size), y]
    np.exp(dx, out=dx)
    normalize(y, losses, dx, work=x.size)
    return np.add.reduce(losses) / x.dtype.type(y.size), dx


@uncontracted
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
