"""Average pooling, compiled: ``avg_pool_forward_naive`` and ``avg_pool_backward_naive``.

The rows of a window are added first: whole rows of the plane (a channel of an image), whose entries
lie side by side, so that one window or many are the same to the loop. Then each window adds the
sums of its columns. The sums are doubles. Planes are shared out among the threads.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.conv_layers import check_pool, check_pool_backward
from nndl.conv_layers import avg_pool_backward_naive, avg_pool_forward_naive
from nndl.fast.runtime.jit import as_contiguous, common_dtype, compile_kernel, numba, prange
from nndl.internal.conversions import as_floats
from nndl.internal.geometry import pool_out_shape
from nndl.internal.types import Array, Cache

__all__ = ["avg_pool_backward_fast", "avg_pool_forward_fast"]


def avg_pool_forward_fast(x: Array, pool_param: dict[str, Any]) -> tuple[Array, Cache]:
    """Mean of each window: ``avg_pool_forward_naive``, compiled; sums are in double precision."""
    check_pool("avg_pool_forward_fast", x, pool_param, fast=True)
    x = as_floats(x)
    out = np.empty(pool_out_shape(x, pool_param), x.dtype)
    kernel = compile_kernel(_forward, x.dtype, "3C 3C!", integers=3)
    kernel(_planes(as_contiguous(x, x.dtype)), _planes(out), *_sizes(pool_param), work=x.size)
    return out, (x, pool_param)


def avg_pool_backward_fast(dout: Array, cache: Cache) -> Array:
    """Gradient of average pooling: ``avg_pool_backward_naive``, compiled."""
    check_pool_backward("avg_pool_backward_fast", dout, cache, fast=True)
    x, pool_param = cache
    x, dout = as_floats(x, dout)
    dtype = common_dtype(x, dout)
    dx = np.empty(x.shape, dtype)
    kernel = compile_kernel(_backward, dtype, "3C 3C!", integers=3)
    kernel(_planes(as_contiguous(dout, dtype)), _planes(dx), *_sizes(pool_param), work=dx.size)
    return dx


def _sizes(pool_param):
    return [int(pool_param[key]) for key in ("pool_height", "pool_width", "stride")]


def _planes(maps):
    """``maps`` (N, C, H, W) as (N * C, H, W)."""
    N, C, H, W = maps.shape
    return maps.reshape(N * C, H, W)


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
def _forward(x, out, height, width, stride):
    pixels = np.float64(height * width)
    for k in prange(out.shape[0]):
        plane, step, columns = np.uintp(k), np.uintp(stride), np.uintp(x.shape[2])
        sums = np.empty(columns, np.float64)
        for i in range(np.uintp(out.shape[1])):
            for v in range(columns):
                sums[v] = 0.0
            for p in range(np.uintp(height)):
                for v in range(columns):
                    sums[v] += x[plane, i * step + p, v]
            for j in range(np.uintp(out.shape[2])):
                total = 0.0
                for q in range(np.uintp(width)):
                    total += sums[j * step + q]
                out[plane, i, j] = total / pixels


def _backward(dout, dx, height, width, stride):
    pixels = dx.dtype.type(height * width)
    for k in prange(dx.shape[0]):
        plane, columns, step = np.uintp(k), np.uintp(dout.shape[2]), np.uintp(stride)
        for u in range(np.uintp(dx.shape[1])):
            for v in range(np.uintp(dx.shape[2])):
                dx[plane, u, v] = 0
        for i in range(np.uintp(dout.shape[1])):
            for j in range(columns):
                share = dout[plane, i, j] / pixels
                for p in range(np.uintp(height)):
                    for q in range(np.uintp(width)):
                        dx[plane, i * step + p, j * step + q] += share


if numba is None:
    avg_pool_forward_fast, avg_pool_backward_fast = avg_pool_forward_naive, avg_pool_backward_naive
