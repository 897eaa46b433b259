"""Spatial batch normalization, compiled: ``spatial_batchnorm_forward`` and its backward pass.

A plane is one channel of one picture. Planes are shared out among the threads, each is read once
for its statistics while it lies in cache, and they are merged by equation (6) of the chapter
``convolution/spatial_batchnorm``. No number is moved, and sums are taken in float64. For the rest
see ``nndl.fast.batchnorm``.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.conv_layers import spatial_batchnorm_backward, spatial_batchnorm_forward
from nndl.fast.batchnorm import CACHE, SHARED, update_running
from nndl.fast.compiled import compiled, numba, prange, prepared


def spatial_batchnorm_forward_fast(x, gamma, beta, bn_param):
    """Normalize each channel over pictures and places: ``spatial_batchnorm_forward``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W), float32 or float64
        Maps, in any memory layout.
    gamma, beta : ndarray, shape (C,)
        Scale and shift of each channel.
    bn_param : dict
        As that of ``batchnorm_forward``; the running averages are written back to it.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        In the common dtype of x, gamma and beta.
    cache : tuple or None
        (x, gamma, mean, inv_std), for ``spatial_batchnorm_backward_fast``: no copy of x. None in
        test mode.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_batchnorm("spatial_batchnorm_forward_fast", x, gamma, beta, bn_param, ndim=4, fast=True)
    dtype = np.result_type(x, gamma, beta)
    x_c, out = prepared(x, dtype, "C"), np.empty(x.shape, dtype)
    batch = _batch_statistics(x_c) if bn_param["mode"] == "train" else None
    mean, inv_std = update_running(bn_param, batch, x)
    center, scale = mean.astype(dtype), gamma * inv_std
    shift = beta - (mean - center) * scale  # the mean is the sum of two numbers of this dtype
    kernel = compiled(_normalize, dtype, "3C 1C 1C 1C 3C!", least=SHARED)
    numbers = center, scale.astype(dtype), shift.astype(dtype)
    kernel(_planes(x_c), *numbers, _planes(out), work=x.size)
    return out, None if batch is None else (x, gamma, mean, inv_std)


def spatial_batchnorm_backward_fast(dout, cache):
    """Gradients of spatial batch normalization: ``spatial_batchnorm_backward``, compiled.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W), float32 or float64
        Gradient of the loss with respect to the output, in any memory layout.
    cache : tuple
        What ``spatial_batchnorm_forward_fast`` returned in mode 'train'.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Gradients of the loss, of shapes (N, C, H, W), (C,) and (C,).

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode 'test' is refused.
    """
    check_batchnorm_backward("spatial_batchnorm_backward_fast", dout, cache, CACHE, fast=True)
    x, gamma, mean, inv_std = cache
    dtype = np.result_type(x, gamma, dout)
    x_c, dout_c, dx = prepared(x, dtype, "C"), prepared(dout, dtype, "C"), np.empty(x.shape, dtype)
    planes, sums = (_planes(x_c), _planes(dout_c)), np.empty((2, *x.shape[:2]))
    kernel = compiled(_sums, dtype, "3C 3C 1Cd 3Cd!", least=SHARED)
    kernel(*planes, mean, sums, work=x.size)
    dbeta, dgamma = sums.sum(axis=1)
    dgamma *= inv_std
    center, scale = mean.astype(dtype), gamma * inv_std
    step = scale / max(1, x.size // x.shape[1])
    slope = step * dgamma * inv_std
    numbers = scale, slope, slope * (mean - center) - step * dbeta
    kernel = compiled(_input_gradient, dtype, "3C 3C 1C 1C 1C 1C 3C!", least=SHARED)
    kernel(*planes, center, *(n.astype(dtype) for n in numbers), _planes(dx), work=x.size)
    return dx, dgamma.astype(dtype), dbeta.astype(dtype)


def _planes(maps):
    """``maps`` (N, C, H, W) as (N, C, H * W): a plane is one long row."""
    N, C, H, W = maps.shape
    return maps.reshape(N, C, H * W)


def _batch_statistics(x):
    """Mean and variance of each channel of ``x`` (N, C, H, W), in float64."""
    N, C, H, W = x.shape
    means, squares = np.empty((2, N, C))
    kernel = compiled(_statistics, x.dtype, "3C 2Cd! 2Cd!", least=SHARED)
    kernel(_planes(x), means, squares, work=x.size)
    return merged(np.full(N, H * W), means, squares)


def merged(counts, means, squares):
    """Mean and variance of all groups, from the size, mean and squared deviations of each."""
    counts = counts[:, None]
    mean = (counts * means).sum(axis=0) / counts.sum()
    return mean, (squares + counts * (means - mean) ** 2).sum(axis=0) / counts.sum()


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
def _statistics(x, means, squares):
    N, C, size = x.shape
    for k in prange(N * C):
        n, c, total, square = np.uintp(k // C), np.uintp(k % C), 0.0, 0.0
        for i in range(np.uintp(size)):
            total += x[n, c, i]
        mean = total / size
        for i in range(np.uintp(size)):
            square += (x[n, c, i] - mean) ** 2
        means[n, c], squares[n, c] = mean, square


def _normalize(x, center, scale, shift, out):
    N, C, size = x.shape
    for k in prange(N * C):
        n, c = np.uintp(k // C), np.uintp(k % C)
        for i in range(np.uintp(size)):
            out[n, c, i] = (x[n, c, i] - center[c]) * scale[c] + shift[c]


def _sums(x, dout, mean, sums):
    N, C, size = x.shape
    for k in prange(N * C):
        n, c, plain, weighted = np.uintp(k // C), np.uintp(k % C), 0.0, 0.0
        for i in range(np.uintp(size)):
            plain += dout[n, c, i]
            weighted += dout[n, c, i] * (x[n, c, i] - mean[c])
        sums[0, n, c], sums[1, n, c] = plain, weighted


def _input_gradient(x, dout, center, scale, slope, shift, dx):
    N, C, size = x.shape
    for k in prange(N * C):
        n, c = np.uintp(k // C), np.uintp(k % C)
        for i in range(np.uintp(size)):
            dx[n, c, i] = scale[c] * dout[n, c, i] - slope[c] * (x[n, c, i] - center[c]) + shift[c]


if numba is None:
    spatial_batchnorm_forward_fast = spatial_batchnorm_forward
    spatial_batchnorm_backward_fast = spatial_batchnorm_backward
