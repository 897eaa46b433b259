"""Max pooling, compiled: ``max_pool_forward_naive`` and ``max_pool_backward_naive``.

All windows of a plane (a channel of an image) advance together: the first pixel of each is its
largest so far, then all second pixels are compared, and so on. What a loop compares lies side by
side in memory, and no window waits for another, so many are compared at once. Beside the maxima it
is noted where they lie, so that the way back is one addition for each window. Planes are shared out
among the threads. No arithmetic touches the values: the results are the naive ones, bit by bit.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.conv_layers import (
    check_last_place,
    check_places,
    check_pool,
    check_pool_backward,
)
from nndl.conv_layers import max_pool_backward_naive, max_pool_forward_naive
from nndl.fast.runtime.jit import (
    as_contiguous,
    common_dtype,
    compile_kernel,
    device_function,
    numba,
    prange,
)
from nndl.internal.conversions import as_floats
from nndl.internal.geometry import pool_out_shape
from nndl.internal.types import Array, Cache

__all__ = ["max_pool_backward_fast", "max_pool_forward_fast"]


def max_pool_forward_fast(x: Array, pool_param: dict[str, Any]) -> tuple[Array, Cache]:
    """Largest value of each window: ``max_pool_forward_naive``, compiled.

    The cache is the same tuple, (x, pool_param), and knows where the maxima lie.
    """
    check_pool("max_pool_forward_fast", x, pool_param, fast=True)
    x = as_floats(x)
    out = np.empty(pool_out_shape(x, pool_param), x.dtype)
    cache = Winners((x, pool_param))
    cache.sizes, cache.where = _sizes(*cache), np.empty(out.shape, np.uint32)
    kernel = compile_kernel(_forward, x.dtype, "4C 2C! 2Cu!", integers=4)
    results, sizes = (_planes(out), _planes(cache.where)), (*cache.sizes[:3], out.shape[3])
    kernel(as_contiguous(x, x.dtype), *results, *sizes, work=x.size)
    return out, cache


def max_pool_backward_fast(dout: Array, cache: Cache) -> Array:
    """Gradient of max pooling: ``max_pool_backward_naive``, compiled.

    The cache may be that of either forward pass.
    """
    check_pool_backward("max_pool_backward_fast", dout, cache, fast=True)
    x, pool_param = cache
    sizes = getattr(cache, "sizes", None)
    if not isinstance(sizes, list) or sizes != _sizes(x, pool_param):  # the naive layer's, or old
        _, cache = max_pool_forward_fast(x, pool_param)
    where = getattr(cache, "where", None)
    check_places("max_pool_backward_fast", where, dout.shape)
    x, dout = as_floats(x, dout)
    dtype = common_dtype(x, dout)
    dx, last = np.empty(x.shape, dtype), np.empty(1 + x.shape[0] * x.shape[1], np.uint32)
    kernel = compile_kernel(_backward, dtype, "2Cu 2C 2C! 1Cu!")
    dout = as_contiguous(dout, dtype)
    kernel(_planes(where), _planes(dout), _planes(dx), last, work=x.size)
    check_last_place("max_pool_backward_fast", last.item(-1), x.shape[2] * x.shape[3])
    return dx


class Winners(tuple):
    """The cache (x, pool_param), and, for these ``sizes``, ``where`` in its plane a maximum lies.

    A cache of the naive layer lacks both.
    """


def _sizes(x, pool_param):
    return [int(pool_param[key]) for key in ("pool_height", "pool_width", "stride")] + [x.shape]


def _planes(maps):
    """``maps`` (N, C, H, W) as (N * C, H * W): a plane in a row."""
    N, C, H, W = maps.shape
    return maps.reshape(N * C, H * W)


def _forward(x, best, place, height, width, stride, columns):
    W = x.shape[3]
    for k in prange(best.shape[0]):
        if height == 2 and width == 2 and stride == 2:
            _pairs(x, k, columns, best, place)
            continue
        pixels = np.empty(best.shape[1], x.dtype)
        _collect(x, k, 0, 0, stride, columns, pixels)
        for m in range(np.uintp(pixels.size)):
            best[k, m], place[k, m] = pixels[m], 0
        for p in range(height):
            for q in range(width):
                _collect(x, k, p, q, stride, columns, pixels)
                _compare(pixels, np.uint32(p * W + q), k, best, place)
        for i in range(pixels.size // columns):  # from now on counted in the plane
            for j in range(columns):
                place[k, i * columns + j] += i * stride * W + j * stride


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
@device_function
def _pairs(x, k, columns, best, place):
    """The usual window, 2 by 2 and 2 apart: all its pixels are compared while they are at hand."""
    n, c, k = np.uintp(k // x.shape[1]), np.uintp(k % x.shape[1]), np.uintp(k)
    W, columns, one, two = np.uintp(x.shape[3]), np.uintp(columns), np.uintp(1), np.uintp(2)
    for i in range(np.uintp(best.shape[1]) // columns):
        for j in range(columns):
            u, v, m = two * i, two * j, i * columns + j
            a, b, p = x[n, c, u, v], x[n, c, u, v + one], np.uint32(0)
            d, e = x[n, c, u + one, v], x[n, c, u + one, v + one]
            a, p = (b, np.uint32(1)) if _beats(b, a) else (a, p)
            a, p = (d, np.uint32(W)) if _beats(d, a) else (a, p)
            a, p = (e, np.uint32(W + one)) if _beats(e, a) else (a, p)
            best[k, m], place[k, m] = a, np.uint32(u * W + v) + p


@device_function
def _beats(new, old):
    """Whether a pixel takes the place of the best so far: a NaN does, and none beats it.

    Equal ones do not, so the first stays.
    """
    return (old == old) & (not new <= old)


@device_function
def _collect(x, k, p, q, stride, columns, pixels):
    """Pixel (p, q) of every window of plane k."""
    n, c, q = np.uintp(k // x.shape[1]), np.uintp(k % x.shape[1]), np.uintp(q)
    step, columns = np.uintp(stride), np.uintp(columns)
    for i in range(np.uintp(pixels.size) // columns):
        u, first = i * step + np.uintp(p), i * columns
        for j in range(columns):
            pixels[first + j] = x[n, c, u, j * step + q]


@device_function
def _compare(pixels, here, k, best, place):
    """Let a pixel take the place of the best so far if it beats it."""
    k = np.uintp(k)
    for m in range(np.uintp(pixels.size)):
        old = best[k, m]
        beats = _beats(pixels[m], old)
        best[k, m] = pixels[m] if beats else old
        place[k, m] = here if beats else place[k, m]


def _backward(place, dout, dx, last):
    """Add each gradient where its maximum lies; note in ``last`` a place that is in no plane.

    Nobody but a meddler can have put it there. So the branch goes the same way each time, and the
    processor foresees it: it costs less than a loop that looks at all places before one adds.
    ``last`` has an entry for each plane, 0 where all is well, and the largest of these in the end.
    """
    size = np.uintp(dx.shape[1])
    for k in prange(dx.shape[0]):
        plane, most = np.uintp(k), np.uint32(0)
        for m in range(size):
            dx[plane, m] = 0
        for m in range(np.uintp(dout.shape[1])):
            where = place[plane, m]
            if where < size:
                dx[plane, np.uintp(where)] += dout[plane, m]
            else:
                most = where if where > most else most
        last[plane] = most
    most = np.uint32(0)
    for k in range(np.uintp(dx.shape[0])):
        most = last[k] if last[k] > most else most
    last[last.size - 1] = most


if numba is None:
    max_pool_forward_fast, max_pool_backward_fast = max_pool_forward_naive, max_pool_backward_naive
