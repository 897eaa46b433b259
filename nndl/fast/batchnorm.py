"""Batch normalization, compiled: ``batchnorm_forward`` and ``batchnorm_backward`` for the machine.

Forward, x is read twice: once for both statistics, and once to normalize. Backward, x and dout are
read twice: once for two sums, and once for dx, by equation (18) of the chapter
``foundations/batchnorm``. Rows are shared out among the threads. Sums are taken in float64 and of
differences, also for float32: a feature with mean 1e4 and deviation 1 keeps all its digits.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.fast.compiled import compiled, inlined, numba, prange, prepared
from nndl.layers import batchnorm_backward, batchnorm_forward

# Sums are taken of this many groups of rows, then added in order: the result does not depend on the
# number of threads.
GROUPS = 16
SHARED = 2**17  # entries from which on several threads are worth waking
CACHE = ("x", "gamma", "mean", "inv_std")


def batchnorm_forward_fast(x, gamma, beta, bn_param):
    """Normalize each feature over the batch: ``batchnorm_forward``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, D), float32 or float64
        A row for each example, in any memory layout.
    gamma, beta : ndarray, shape (D,)
        Scale and shift of each feature.
    bn_param : dict
        As that of ``batchnorm_forward``; the running averages are written back to it.

    Returns
    -------
    out : ndarray, shape (N, D)
        In the common dtype of x, gamma and beta.
    cache : tuple or None
        (x, gamma, mean, inv_std), for ``batchnorm_backward_fast``: no copy of x. None in test mode.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_batchnorm("batchnorm_forward_fast", x, gamma, beta, bn_param, fast=True)
    dtype = np.result_type(x, gamma, beta)
    x_c, out = prepared(x, dtype, "C"), np.empty(x.shape, dtype)
    batch = _batch_statistics(x_c) if bn_param["mode"] == "train" else None
    mean, inv_std = update_running(bn_param, batch, x)
    kernel = compiled(_normalize, dtype, "2C 1C 1C 1Cd 1Cd 2C!", least=SHARED)
    scale, shift = prepared(gamma, dtype, "C"), prepared(beta, dtype, "C")
    kernel(x_c, scale, shift, mean, inv_std, out, work=x.size)
    return out, None if batch is None else (x, gamma, mean, inv_std)


def batchnorm_backward_fast(dout, cache):
    """Gradients of batch normalization: ``batchnorm_backward``, compiled.

    Parameters
    ----------
    dout : ndarray, shape (N, D), float32 or float64
        Gradient of the loss with respect to the output, in any memory layout.
    cache : tuple
        What ``batchnorm_forward_fast`` returned in mode 'train'.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Gradients of the loss, of shapes (N, D), (D,) and (D,).

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode 'test' is refused.
    """
    check_batchnorm_backward("batchnorm_backward_fast", dout, cache, CACHE, fast=True)
    x, gamma, mean, inv_std = cache
    dtype = np.result_type(x, gamma, dout)
    x_c, dout_c, dx = prepared(x, dtype, "C"), prepared(dout, dtype, "C"), np.empty(x.shape, dtype)
    sums, grads = np.zeros((2, _groups(x), x.shape[1])), np.empty((2, x.shape[1]), dtype)
    kernel = compiled(_sums, dtype, "2C 2C 1Cd 3Cd!", least=SHARED)
    kernel(x_c, dout_c, mean, sums, work=x.size)
    kernel = compiled(_gradients, dtype, "2C 2C 1C 1Cd 1Cd 3Cd 2C! 2C!", least=SHARED)
    gamma = prepared(gamma, dtype, "C")
    kernel(x_c, dout_c, gamma, mean, inv_std, sums, grads, dx, work=x.size)
    return dx, *grads


def update_running(bn_param, batch, x):
    """Write the running averages back; return the mean and 1/σ to normalize with, in float64.

    ``batch`` holds the mean and the variance of the batch; it is None in test mode.
    """
    D, dtype = x.shape[1], np.dtype(np.float64)
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    keys = "running_mean", "running_var"
    olds = [bn_param[k] if k in bn_param else np.zeros(D, x.dtype) for k in keys]
    wide = [prepared(old, dtype, "C") for old in olds]
    batch, momentum = (wide, 1.0) if batch is None else (batch, momentum)
    news, inv_std = np.empty((2, D)), np.empty(D)
    kernel = compiled(_update, dtype, "1C 1C 1C 1C 2C! 1C!", floats=2)
    kernel(*batch, *wide, news, inv_std, eps, momentum, work=D)
    if batch is not wide:
        olds = [new.astype(np.result_type(old, x)) for old, new in zip(olds, news, strict=True)]
    bn_param["running_mean"], bn_param["running_var"] = olds
    return batch[0], inv_std


def _groups(x):
    return min(GROUPS, 1 + len(x) // 32)


def _batch_statistics(x):
    """Mean and variance of each feature of ``x`` (N, D), in float64."""
    sums, batch = np.zeros((2, _groups(x), x.shape[1])), np.empty((2, x.shape[1]))
    kernel = compiled(_statistics, x.dtype, "2C 3Cd! 2Cd!", least=SHARED)
    kernel(x, sums, batch, work=x.size)
    return batch


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
@inlined
def _bounds(group, groups, N):
    """First row of a group, and the first that is not in it."""
    return np.uintp(group * N // groups), np.uintp((group + 1) * N // groups)


def _statistics(x, sums, batch):
    """Sums of differences from the first row, and of their squares.

    The first row belongs to the batch, so no feature lies more than sqrt(N) deviations from it on
    average: what the squared mean takes away from the mean square leaves digits enough.
    """
    N, D, zero = len(x), np.uintp(x.shape[1]), np.uintp(0)
    for group in prange(sums.shape[1]):
        k, (n, last) = np.uintp(group), _bounds(group, sums.shape[1], N)
        while n < last:  # four rows at once, so that sums are loaded and stored less often
            i = n + np.uintp(1) if n + np.uintp(1) < last else zero  # row 0 adds nothing
            j = n + np.uintp(2) if n + np.uintp(2) < last else zero
            m = n + np.uintp(3) if n + np.uintp(3) < last else zero
            for d in range(D):
                first = x[zero, d]
                a, b = np.float64(x[n, d] - first), np.float64(x[i, d] - first)
                c, e = np.float64(x[j, d] - first), np.float64(x[m, d] - first)
                sums[0, k, d] += (a + b) + (c + e)
                sums[1, k, d] += (a * a + b * b) + (c * c + e * e)
            n += np.uintp(4)
    for d in range(D):
        total, square = 0.0, 0.0
        for group in range(sums.shape[1]):
            total += sums[0, group, d]
            square += sums[1, group, d]
        batch[0, d] = x[zero, d] + total / N
        batch[1, d] = square / N - (total / N) ** 2


def _update(mean, var, old_mean, old_var, news, inv_std, eps, momentum):
    for d in range(mean.size):
        news[0, d] = momentum * old_mean[d] + (1 - momentum) * mean[d]
        news[1, d] = momentum * old_var[d] + (1 - momentum) * var[d]
        inv_std[d] = 1 / np.sqrt(var[d] + eps)


# The mean is the sum of two numbers of the dtype of x. Only the larger is taken from x, which loses
# nothing that matters; the smaller goes, scaled, into what is added in the end.
def _normalize(x, gamma, beta, mean, inv_std, out):
    center, scale, shift = np.empty_like(gamma), np.empty_like(gamma), np.empty_like(gamma)
    for d in range(gamma.size):
        center[d], scale[d] = mean[d], gamma[d] * inv_std[d]
        shift[d] = beta[d] - (mean[d] - center[d]) * gamma[d] * inv_std[d]
    for row in prange(len(x)):
        n = np.uintp(row)
        for d in range(np.uintp(gamma.size)):
            out[n, d] = (x[n, d] - center[d]) * scale[d] + shift[d]


def _sums(x, dout, mean, sums):
    for group in prange(sums.shape[1]):
        k, (first, last) = np.uintp(group), _bounds(group, sums.shape[1], len(x))
        for n in range(first, last):
            for d in range(np.uintp(mean.size)):
                gradient = np.float64(dout[n, d])
                sums[0, k, d] += gradient
                sums[1, k, d] += gradient * (x[n, d] - mean[d])


def _gradients(x, dout, gamma, mean, inv_std, sums, grads, dx):
    center, scale = np.empty_like(gamma), np.empty_like(gamma)
    slope, shift = np.empty_like(gamma), np.empty_like(gamma)
    for d in range(gamma.size):
        dbeta, dgamma = 0.0, 0.0
        for group in range(sums.shape[1]):
            dbeta += sums[0, group, d]
            dgamma += sums[1, group, d] * inv_std[d]
        grads[0, d], grads[1, d] = dgamma, dbeta
        step = gamma[d] * inv_std[d] / max(1, len(x))
        center[d], scale[d], slope[d] = mean[d], gamma[d] * inv_std[d], step * dgamma * inv_std[d]
        shift[d] = step * (dgamma * inv_std[d] * (mean[d] - center[d]) - dbeta)
    for row in prange(len(x)):
        n = np.uintp(row)
        for d in range(np.uintp(gamma.size)):
            dx[n, d] = scale[d] * dout[n, d] - slope[d] * (x[n, d] - center[d]) + shift[d]


if numba is None:
    batchnorm_forward_fast, batchnorm_backward_fast = batchnorm_forward, batchnorm_backward
