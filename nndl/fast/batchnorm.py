"""Batch normalization, compiled: ``batchnorm_forward`` and ``batchnorm_backward`` for the machine.

Forward, x is read twice: once for both statistics, and once to normalize. Backward, x and dout are
read twice: once for two sums, and once for dx, by equation (17) of the chapter
``foundations/batchnorm``. Rows are shared out among the threads. Sums are taken of differences, of
eight rows at a time in the dtype of x, and of those sums in float64: a float32 feature with mean
1e4 and deviation 1 keeps all its digits, and a vector holds as many numbers as it can.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.fast.runtime.jit import (
    as_contiguous,
    common_dtype,
    compile_kernel,
    device_function,
    numba,
    prange,
)
from nndl.fast.statistics.features import (
    ONE,
    ROWS_PER_STEP,
    batch_statistics,
    group_bounds,
    group_count,
)
from nndl.fast.statistics.running_averages import TINY, room_for, update_running
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array, Cache
from nndl.internal.usual import are_usual
from nndl.layers import batchnorm_backward, batchnorm_forward

__all__ = ["batchnorm_backward_fast", "batchnorm_forward_fast"]

CACHE = ("x", "gamma", "mean", "inv_std")


def batchnorm_forward_fast(
    x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Normalize each feature over the batch: ``batchnorm_forward``, compiled.

    The cache is (x, gamma, mean, inv_std), with no copy of x; None in test mode, as there.
    """
    check_batchnorm("batchnorm_forward_fast", x, gamma, beta, bn_param, fast=True)
    x, gamma, beta = as_floats(x, gamma, beta)
    dtype = common_dtype(x, gamma, beta)
    x_c = as_contiguous(x, dtype)
    batch = batch_statistics(x_c) if bn_param["mode"] == "train" else None
    mean, inv_std, tiny = update_running(bn_param, batch, x)
    room = room_for(dtype, tiny)
    kernel, out = compile_kernel(_normalize, room, "2C 1C 1C 1Cd 1Cd 2C!"), np.empty(x.shape, room)
    scale, shift = as_contiguous(gamma, room), as_contiguous(beta, room)
    kernel(as_contiguous(x_c, room), scale, shift, mean, inv_std, out, work=x.size)
    out = out if room is dtype else out.astype(dtype)
    return out, None if batch is None else (x, gamma, mean, inv_std)


def batchnorm_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of batch normalization: ``batchnorm_backward``, compiled.

    The cache is that of ``batchnorm_forward_fast``.
    """
    if are_usual(dout, cache, len(CACHE), 2):
        x, gamma, mean, inv_std = cache
    else:
        check_batchnorm_backward("batchnorm_backward_fast", dout, cache, CACHE, fast=True)
        x, gamma, mean, inv_std, dout = as_floats(*cache, dout)
    dtype = common_dtype(x, gamma, dout)
    dx, grads, tiny = _gradients_in(dtype, x, gamma, mean, inv_std, dout)
    if tiny and (room := room_for(dtype, tiny)) is not dtype:  # once more
        wide = _gradients_in(room, x, gamma, mean, inv_std, dout)
        dx, grads = (array.astype(dtype) for array in wide[:2])
    return dx, *grads


def _gradients_in(room, x, gamma, mean, inv_std, dout):
    """dx, then dgamma and dbeta in one array, in the dtype ``room``; how many 1/σ are tiny."""
    x_c, dout_c, dx = as_contiguous(x, room), as_contiguous(dout, room), np.empty(x.shape, room)
    sums, grads = np.zeros((2, group_count(x), gamma.size)), np.empty((2, gamma.size), room)
    kernel = compile_kernel(_gradients, room, "2C 2C 1C 1Cd 1Cd 3Cd! 2C! 2C!")
    gamma = as_contiguous(gamma, room)
    kernel(x_c, dout_c, gamma, mean, inv_std, sums, grads, dx, work=x.size)
    return dx, grads, sums.item(-1) if sums.size else 0.0


# The mean is the sum of two numbers of the dtype of x. Only the larger is taken from x, which loses
# nothing that matters; the smaller goes, scaled, into what is added in the end.
def _normalize(x, gamma, beta, mean, inv_std, out):
    parts = np.empty((3, gamma.size), gamma.dtype)
    center, scale, shift = parts[0], parts[1], parts[2]
    for d in range(gamma.size):
        center[d], scale[d] = mean[d], gamma[d] * inv_std[d]
        shift[d] = beta[d] - (mean[d] - center[d]) * gamma[d] * inv_std[d]
    for row in prange(len(x)):
        n = np.uintp(row)
        for d in range(np.uintp(gamma.size)):
            out[n, d] = (x[n, d] - center[d]) * scale[d] + shift[d]


@device_function
def _add_products(x, dout, center, n, rows, sums, k):
    """Add ``rows`` rows of dout from row n on, and their products with x less its center."""
    for d in range(np.uintp(x.shape[1])):
        total, product = x.dtype.type(0), x.dtype.type(0)
        for r in range(rows):  # a constant: this loop is unrolled
            total += dout[n + r, d]
            product += dout[n + r, d] * (x[n + r, d] - center[d])
        sums[0, k, d] += total
        sums[1, k, d] += product


def _gradients(x, dout, gamma, mean, inv_std, sums, grads, dx):
    D, groups = np.uintp(gamma.size), sums.shape[1]
    parts = np.empty((4, gamma.size), gamma.dtype)
    center, scale, slope, shift = parts[0], parts[1], parts[2], parts[3]
    for d in range(D):
        center[d], scale[d] = mean[d], gamma[d] * inv_std[d]
    for group in prange(groups):
        k, (n, last) = np.uintp(group), group_bounds(group, groups, len(x))
        while n + ROWS_PER_STEP <= last:
            _add_products(x, dout, center, n, ROWS_PER_STEP, sums, k)
            n += ROWS_PER_STEP
        while n < last:
            _add_products(x, dout, center, n, ONE, sums, k)
            n += ONE
    for group in range(1, groups):
        for d in range(D):
            sums[0, 0, d] += sums[0, group, d]
            sums[1, 0, d] += sums[1, group, d]
    tiny = 0.0
    for d in range(D):
        tiny += 1.0 if inv_std[d] < TINY else 0.0  # a sum is vectorized, the smallest is not
    for d in range(D):
        rest = mean[d] - center[d]  # what rounding to the dtype of x left out
        dbeta, dgamma = sums[0, 0, d], (sums[1, 0, d] - rest * sums[0, 0, d]) * inv_std[d]
        grads[0, d], grads[1, d] = dgamma, dbeta
        step = gamma[d] * inv_std[d] / max(1, len(x))
        slope[d] = step * dgamma * inv_std[d]
        shift[d] = step * (dgamma * inv_std[d] * rest - dbeta)
    if sums.size:  # nobody needs the last of them any more
        sums[1, groups - 1, D - ONE] = tiny
    for row in prange(len(x)):
        n = np.uintp(row)
        for d in range(D):
            dx[n, d] = scale[d] * dout[n, d] - slope[d] * (x[n, d] - center[d]) + shift[d]


if numba is None:
    batchnorm_forward_fast, batchnorm_backward_fast = batchnorm_forward, batchnorm_backward
