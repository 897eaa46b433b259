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
from nndl.fast.batchnorm import CACHE, layout_of, merged, update_running
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
    x_a, out = prepared(x, dtype), np.empty(x.shape, dtype)
    batch = _batch_statistics(x_a) if bn_param["mode"] == "train" else None
    mean, inv_std = update_running(bn_param, batch, x)
    kernel = compiled(_normalize, dtype, f"4{layout_of(x_a)} 1Cd 1Cd 1Cd 4C!")
    kernel(_long(x_a), mean, gamma * inv_std, prepared(beta, np.float64, "C"), _long(out, x_a))
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
    N, C, H, W = x.shape
    dtype = np.result_type(x, gamma, dout)
    x_a, dout_a, dx = prepared(x, dtype), prepared(dout, dtype), np.empty(x.shape, dtype)
    layout, sums = layout_of(x_a, dout_a), np.empty((2, N, C))
    arrays = _long(x_a, dout_a), _long(dout_a, x_a), mean
    compiled(_sums, dtype, f"4{layout} 4{layout} 1Cd 3Cd!")(*arrays, sums)
    dbeta, dgamma = sums.sum(axis=1)
    dgamma *= inv_std
    size = max(1, N * H * W)
    shares = gamma * inv_std, dbeta / size, dgamma * inv_std / size
    kernel = compiled(_input_gradient, dtype, f"4{layout} 4{layout} 1Cd 1Cd 1Cd 1Cd 4C!")
    kernel(*arrays, *shares, _long(dx, x_a, dout_a))
    return dx, dgamma.astype(dtype), dbeta.astype(dtype)


def _long(array, *others):
    """A view (N, C, 1, H·W), whose planes are one long row, if ``others`` are contiguous too."""
    if layout_of(array, *others) == "A":
        return array
    N, C, H, W = array.shape
    return array.reshape(N, C, 1, H * W)


def _batch_statistics(x):
    """Mean and variance of each channel of ``x`` (N, C, H, W), in float64."""
    N, C, H, W = x.shape
    means, squares = np.empty((2, N, C))
    compiled(_statistics, x.dtype, f"4{layout_of(x)} 2Cd! 2Cd!")(_long(x), means, squares)
    return merged(np.full(N, H * W), means, squares)


def _statistics(x, means, squares):
    N, C, H, W = x.shape
    for k in prange(N * C):
        plane, total, square = x[k // C, k % C], 0.0, 0.0
        for i in range(H):
            for j in range(W):
                total += plane[i, j]
        mean = total / (H * W)
        for i in range(H):
            for j in range(W):
                square += (plane[i, j] - mean) ** 2
        means[k // C, k % C], squares[k // C, k % C] = mean, square


def _normalize(x, mean, scale, beta, out):
    N, C, H, W = x.shape
    for k in prange(N * C):
        n, c = k // C, k % C
        for i in range(H):
            for j in range(W):
                out[n, c, i, j] = (x[n, c, i, j] - mean[c]) * scale[c] + beta[c]


def _sums(x, dout, mean, sums):
    N, C, H, W = x.shape
    for k in prange(N * C):
        n, c, plain, weighted = k // C, k % C, 0.0, 0.0
        for i in range(H):
            for j in range(W):
                plain += dout[n, c, i, j]
                weighted += dout[n, c, i, j] * (x[n, c, i, j] - mean[c])
        sums[0, n, c], sums[1, n, c] = plain, weighted


def _input_gradient(x, dout, mean, scale, shift, slope, dx):
    N, C, H, W = x.shape
    for k in prange(N * C):
        n, c = k // C, k % C
        for i in range(H):
            for j in range(W):
                step = dout[n, c, i, j] - shift[c] - slope[c] * (x[n, c, i, j] - mean[c])
                dx[n, c, i, j] = scale[c] * step


if numba is None:
    spatial_batchnorm_forward_fast = spatial_batchnorm_forward
    spatial_batchnorm_backward_fast = spatial_batchnorm_backward
