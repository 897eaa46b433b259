"""Batch normalization, compiled: ``batchnorm_forward`` and ``batchnorm_backward`` for the machine.

Forward, x is read twice: once for the statistics, by Welford's method, and once to normalize.
Backward, x and dout are read twice: once for two sums, and once for dx, by equation (18) of the
chapter ``foundations/batchnorm``. Rows are shared out among the threads. Sums and differences are
taken in float64, also for float32: a feature with mean 1e4 and deviation 1 keeps all its digits.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.fast.compiled import compiled, numba, prange, prepared
from nndl.layers import batchnorm_backward, batchnorm_forward

# Statistics are taken of this many groups of rows, then merged in order: the result does not depend
# on the number of threads.
GROUPS = 16
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
    x_a, out = prepared(x, dtype), np.empty(x.shape, dtype)
    batch = _batch_statistics(x_a) if bn_param["mode"] == "train" else None
    mean, inv_std = update_running(bn_param, batch, x)
    kernel = compiled(_normalize, dtype, f"2{layout_of(x_a)} 1Cd 1Cd 1Cd 2C!")
    kernel(x_a, mean, gamma * inv_std, prepared(beta, np.float64, "C"), out)
    return out, (x, gamma, mean, inv_std) if batch else None


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
    x_a, dout_a, dx = prepared(x, dtype), prepared(dout, dtype), np.empty(x.shape, dtype)
    layout = layout_of(x_a, dout_a)
    sums = np.zeros((2, GROUPS, x.shape[1]))
    compiled(_sums, dtype, f"2{layout} 2{layout} 1Cd 3Cd!")(x_a, dout_a, mean, sums)
    dbeta, dgamma = sums.sum(axis=1)
    dgamma *= inv_std
    shares = gamma * inv_std, dbeta / len(x), dgamma * inv_std / len(x)
    kernel = compiled(_input_gradient, dtype, f"2{layout} 2{layout} 1Cd 1Cd 1Cd 1Cd 2C!")
    kernel(x_a, dout_a, mean, *shares, dx)
    return dx, dgamma.astype(dtype), dbeta.astype(dtype)


def layout_of(*arrays):
    """The layout to compile for: "C" if all arrays are contiguous, "A" for any other."""
    return "C" if all(array.flags.c_contiguous for array in arrays) else "A"


def update_running(bn_param, batch, x):
    """Write the running averages back; return the mean and 1/σ to normalize with, in float64.

    ``batch`` is the mean and the variance of the batch, or None in test mode.
    """
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    kept = [bn_param.get(k, np.zeros(x.shape[1], x.dtype)) for k in ("running_mean", "running_var")]
    mean, var = batch or (prepared(running, np.float64, "C") for running in kept)
    if batch:
        news = (momentum * old + (1 - momentum) * new for old, new in zip(kept, batch, strict=True))
        kept = [new.astype(np.result_type(old, x)) for old, new in zip(kept, news, strict=True)]
    bn_param["running_mean"], bn_param["running_var"] = kept
    return mean, 1 / np.sqrt(var + eps)


def merged(counts, means, squares):
    """Mean and variance of all groups, from the size, mean and squared deviations of each."""
    counts = counts[:, None]
    mean = (counts * means).sum(axis=0) / counts.sum()
    return mean, (squares + counts * (means - mean) ** 2).sum(axis=0) / counts.sum()


def _batch_statistics(x):
    """Mean and variance of each feature of ``x`` (N, D), in float64."""
    means, squares = np.zeros((2, GROUPS, x.shape[1]))
    compiled(_statistics, x.dtype, f"2{layout_of(x)} 2Cd! 2Cd!")(x, means, squares)
    return merged(np.diff(np.arange(GROUPS + 1) * len(x) // GROUPS), means, squares)


def _statistics(x, means, squares):
    for group in prange(len(means)):
        start, mean, square = group * len(x) // len(means), means[group], squares[group]
        for n in range(start, (group + 1) * len(x) // len(means)):
            row, share = x[n], 1 / (n - start + 1)
            for d in range(row.size):
                step = row[d] - mean[d]
                mean[d] += step * share
                square[d] += step * (row[d] - mean[d])


def _normalize(x, mean, scale, beta, out):
    for n in prange(len(x)):
        for d in range(mean.size):
            out[n, d] = (x[n, d] - mean[d]) * scale[d] + beta[d]


def _sums(x, dout, mean, sums):
    for group in prange(sums.shape[1]):
        plain, weighted = sums[0, group], sums[1, group]
        for n in range(group * len(x) // sums.shape[1], (group + 1) * len(x) // sums.shape[1]):
            for d in range(mean.size):
                plain[d] += dout[n, d]
                weighted[d] += dout[n, d] * (x[n, d] - mean[d])


def _input_gradient(x, dout, mean, scale, shift, slope, dx):
    for n in prange(len(x)):
        for d in range(mean.size):
            dx[n, d] = scale[d] * (dout[n, d] - shift[d] - slope[d] * (x[n, d] - mean[d]))


if numba is None:
    batchnorm_forward_fast, batchnorm_backward_fast = batchnorm_forward, batchnorm_backward
