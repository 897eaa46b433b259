"""Max pooling, compiled: ``max_pool_forward_naive`` and ``max_pool_backward_naive``.

The maximum of a window is the maximum of the maxima of its rows. So each row of the picture is
pooled first, for all windows along it at once, and then the rows of each window: with stride 1,
HH + WW steps instead of HH times WW, in loops over contiguous memory. Planes (a channel of a
picture) are shared out among the threads. No arithmetic touches the values, so the results are the
naive ones, bit by bit.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.max_pool import check_max_pool, check_max_pool_backward, max_pool_out_shape
from nndl.conv_layers import max_pool_backward_naive, max_pool_forward_naive
from nndl.fast.compiled import compiled, inlined, numba, prange, prepared


def max_pool_forward_fast(x, pool_param):
    """Largest value of each window: ``max_pool_forward_naive``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W), float32 or float64
        Pictures, in any memory layout.
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``, integers, in pixels.

    Returns
    -------
    out : ndarray, shape (N, C, H', W')
        With H' = 1 + (H - pool_height) // stride, W' alike, in the dtype of x.
    cache : tuple
        (x, pool_param), for ``max_pool_backward_fast``. No copy of x.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_max_pool("max_pool_forward_fast", x, pool_param, fast=True)
    out = np.empty(max_pool_out_shape(x, pool_param), x.dtype)
    kernel = compiled(_forward, x.dtype, "4A 4C!", integers=3)
    kernel(prepared(x, x.dtype), out, *_sizes(pool_param))
    return out, (x, pool_param)


def max_pool_backward_fast(dout, cache):
    """Gradient of max pooling: ``max_pool_backward_naive``, compiled.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H', W'), float32 or float64
        Gradient of the loss with respect to the output, in any memory layout.
    cache : tuple
        What ``max_pool_forward_fast`` returned.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient with respect to x.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_max_pool_backward("max_pool_backward_fast", dout, cache, fast=True)
    x, pool_param = cache
    dtype = np.result_type(x, dout)
    dx = np.zeros(x.shape, dtype)
    kernel = compiled(_backward, dtype, "4A 4A 4C!", integers=3)
    kernel(prepared(x, dtype), prepared(dout, dtype), dx, *_sizes(pool_param))
    return dx


def _sizes(pool_param):
    return [int(pool_param[key]) for key in ("pool_height", "pool_width", "stride")]


@inlined
def _larger(value, best):
    """``value`` if it beats the ``best`` so far, which a NaN does, and only a first one."""
    beats = (best == best) & (not value <= best)
    return value if beats else best


@inlined
def _pool(plane, height, width, stride, rows, pooled):
    """Maxima of a plane's windows: along each row, in ``rows``; then of the rows, in ``pooled``."""
    line = np.empty(plane.shape[1], plane.dtype)
    for u in range(plane.shape[0]):
        best = rows[u]
        for v in range(line.size):
            line[v] = plane[u, v]
        for j in range(best.size):
            best[j] = line[j * stride]
        for q in range(1, width):
            for j in range(best.size):
                best[j] = _larger(line[j * stride + q], best[j])
    for i in range(pooled.shape[0]):
        best = pooled[i]
        for j in range(best.size):
            best[j] = rows[i * stride, j]
        for p in range(1, height):
            for j in range(best.size):
                best[j] = _larger(rows[i * stride + p, j], best[j])


@inlined
def _is(value, best):
    """Whether ``value`` is the maximum of its window: the first that is equal to it, or NaN."""
    return value == best or value != value


def _forward(x, out, height, width, stride):
    N, C, H, _ = x.shape
    for k in prange(N * C):
        n, c = k // C, k % C
        rows = np.empty((H, out.shape[3]), x.dtype)
        _pool(x[n, c], height, width, stride, rows, out[n, c])


def _backward(x, dout, dx, height, width, stride):
    N, C, H, _ = x.shape
    _, _, H_out, W_out = dout.shape
    for k in prange(N * C):
        n, c = k // C, k % C
        rows, pooled = np.empty((H, W_out), x.dtype), np.empty((H_out, W_out), x.dtype)
        _pool(x[n, c], height, width, stride, rows, pooled)
        for i in range(H_out):
            for j in range(W_out):
                u, v = i * stride, j * stride
                while not _is(rows[u, j], pooled[i, j]):
                    u += 1
                while not _is(x[n, c, u, v], pooled[i, j]):
                    v += 1
                dx[n, c, u, v] += dout[n, c, i, j]


if numba is None:
    max_pool_forward_fast, max_pool_backward_fast = max_pool_forward_naive, max_pool_backward_naive
