"""Spatial batch normalization, compiled: ``spatial_batchnorm_forward`` and its backward pass.

A plane is one channel of one image. Planes are shared out among the threads, each is looked at
twice for its statistics while it lies in cache, and they are merged by equation (6) of the chapter
``convolution/spatial_batchnorm``. No number is moved. A rectifier that follows the layer is one
comparison in the same loops: ``nndl.fast.spatial_batchnorm_relu``. For the rest see
``nndl.fast.batchnorm``.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.conv_layers import spatial_batchnorm_backward, spatial_batchnorm_forward
from nndl.fast.batchnorm import CACHE
from nndl.fast.runtime.jit import (
    as_contiguous,
    common_dtype,
    compile_kernel,
    device_function,
    numba,
    prange,
)
from nndl.fast.statistics.planes import ACCUMULATION_BLOCK, batch_statistics, planes_of
from nndl.fast.statistics.running_averages import TINY, room_for, update_running
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array, Cache
from nndl.internal.usual import are_usual

__all__ = ["spatial_batchnorm_backward_fast", "spatial_batchnorm_forward_fast"]


def spatial_batchnorm_forward_fast(
    x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Normalize each channel over images and places: ``spatial_batchnorm_forward``, compiled.

    The cache is (x, gamma, mean, inv_std), with no copy of x; None in test mode, as there.
    """
    check_batchnorm("spatial_batchnorm_forward_fast", x, gamma, beta, bn_param, ndim=4, fast=True)
    x, gamma, beta = as_floats(x, gamma, beta)
    out, mean, inv_std = forward(x, gamma, beta, bn_param, np.nan)
    return out, None if bn_param["mode"] == "test" else (x, gamma, mean, inv_std)


def spatial_batchnorm_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of spatial batch normalization: ``spatial_batchnorm_backward``, compiled.

    The cache is that of ``spatial_batchnorm_forward_fast``.
    """
    if are_usual(dout, cache, len(CACHE), 4):
        x, gamma, mean, inv_std = cache
    else:
        name = "spatial_batchnorm_backward_fast"
        check_batchnorm_backward(name, dout, cache, CACHE, ndim=4, fast=True)
        x, gamma, mean, inv_std, dout = as_floats(*cache, dout)
    beta = np.zeros(gamma.shape, gamma.dtype)
    return backward(dout, x, gamma, beta, mean, inv_std, np.nan)


def forward(x, gamma, beta, bn_param, clamp_min):
    """Normalize checked arguments; results below ``clamp_min`` become ``clamp_min``.

    With 0 for ``clamp_min`` a rectifier is part of the layer, and with NaN there is none.

    Returns
    -------
    out, mean, inv_std : ndarray
        The result, (N, C, H, W), and the mean and 1/σ of each channel, in float64.
    """
    dtype = common_dtype(x, gamma, beta)
    x_c = as_contiguous(x, dtype)
    batch = batch_statistics(x_c) if bn_param["mode"] == "train" else None
    mean, inv_std, tiny = update_running(bn_param, batch, x)
    room = room_for(dtype, tiny)
    kernel = compile_kernel(_normalize, room, "3C 1C 1C 1Cd 1Cd 3C!", floats=1)
    scale, shift = as_contiguous(gamma, room), as_contiguous(beta, room)
    planes, out = planes_of(as_contiguous(x_c, room)), np.empty(x.shape, room)
    kernel(planes, scale, shift, mean, inv_std, planes_of(out), clamp_min, work=x.size)
    return out if room is dtype else out.astype(dtype), mean, inv_std


def backward(dout, x, gamma, beta, mean, inv_std, clamp_min):
    """The gradients dx, dgamma and dbeta; dout counts where the result was above ``clamp_min``."""
    dtype = common_dtype(x, gamma, beta, dout)
    dx, grads, tiny = _gradients_in(dtype, dout, x, gamma, beta, mean, inv_std, clamp_min)
    if tiny and (room := room_for(dtype, tiny)) is not dtype:  # once more
        wide = _gradients_in(room, dout, x, gamma, beta, mean, inv_std, clamp_min)
        dx, grads = (array.astype(dtype) for array in wide[:2])
    return dx, *grads


def _gradients_in(room, dout, x, gamma, beta, mean, inv_std, clamp_min):
    """dx, then dgamma and dbeta in one array, in the dtype ``room``; how many 1/σ are tiny."""
    x_c, dout_c, dx = as_contiguous(x, room), as_contiguous(dout, room), np.empty(x.shape, room)
    planes, sums = (planes_of(x_c), planes_of(dout_c)), np.empty((2, *x.shape[:2]))
    grads = np.empty((2, gamma.size), room)
    kernel = compile_kernel(_gradients, room, "3C 3C 1C 1C 1Cd 1Cd 3Cd! 2C! 3C!", floats=1)
    scale, shift = as_contiguous(gamma, room), as_contiguous(beta, room)
    kernel(*planes, scale, shift, mean, inv_std, sums, grads, planes_of(dx), clamp_min, work=x.size)
    return dx, grads, sums.item(-1) if sums.size else 0.0


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
@device_function
def _numbers(gamma, beta, mean, inv_std):
    """Three numbers for each channel, by rows: a result is (x - center) * scale + shift.

    The mean is the sum of two numbers of the dtype of x: the larger is the center, and what it
    leaves goes, scaled, into the shift.
    """
    numbers = np.empty((3, gamma.size), gamma.dtype)
    for c in range(np.uintp(gamma.size)):
        scale = gamma[c] * inv_std[c]
        numbers[0, c], numbers[1, c] = mean[c], scale
        numbers[2, c] = beta[c] - (mean[c] - numbers[0, c]) * scale
    return numbers


def _normalize(x, gamma, beta, mean, inv_std, out, clamp_min):
    N, C, size = x.shape
    bound, numbers = x.dtype.type(clamp_min), _numbers(gamma, beta, mean, inv_std)
    for k in prange(N * C):
        n, c = np.uintp(k // C), np.uintp(k % C)
        center, scale, shift = numbers[0, c], numbers[1, c], numbers[2, c]
        for i in range(np.uintp(size)):
            value = (x[n, c, i] - center) * scale + shift
            out[n, c, i] = bound if value < bound else value  # written so that NaN goes through


def _gradients(x, dout, gamma, beta, mean, inv_std, sums, grads, dx, clamp_min):
    N, C, size = x.shape
    bound, zero = x.dtype.type(clamp_min), x.dtype.type(0)
    numbers = _numbers(gamma, beta, mean, inv_std)
    for k in prange(N * C):
        n, c, i = np.uintp(k // C), np.uintp(k % C), np.uintp(0)
        center, scale, shift = numbers[0, c], numbers[1, c], numbers[2, c]
        sums[0, n, c], sums[1, n, c] = 0.0, 0.0
        while i < np.uintp(size):
            stop, plain, weighted = min(i + ACCUMULATION_BLOCK, np.uintp(size)), zero, zero
            for j in range(i, stop):
                away, gradient = x[n, c, j] - center, dout[n, c, j]
                gradient = zero if away * scale + shift <= bound else gradient
                plain += gradient
                weighted += gradient * away
            sums[0, n, c] += plain
            sums[1, n, c] += weighted
            i = stop
    for n in range(1, N):
        for c in range(np.uintp(C)):
            sums[0, 0, c] += sums[0, n, c]
            sums[1, 0, c] += sums[1, n, c]
    parts, tiny = np.empty((2, gamma.size), gamma.dtype), 0.0
    slopes, offsets = parts[0], parts[1]
    for c in range(np.uintp(C)):
        rest = mean[c] - numbers[0, c]  # what the center leaves of the mean
        dbeta, dgamma = sums[0, 0, c], (sums[1, 0, c] - rest * sums[0, 0, c]) * inv_std[c]
        grads[0, c], grads[1, c] = dgamma, dbeta
        step = gamma[c] * inv_std[c] / max(1, N * size)
        slopes[c] = step * dgamma * inv_std[c]
        offsets[c] = step * (dgamma * inv_std[c] * rest - dbeta)
        tiny += 1.0 if inv_std[c] < TINY else 0.0  # a sum is vectorized, the smallest is not
    if sums.size:  # nobody needs the last of them any more
        sums[1, N - 1, C - 1] = tiny
    for k in prange(N * C):
        n, c = np.uintp(k // C), np.uintp(k % C)
        center, scale, shift = numbers[0, c], numbers[1, c], numbers[2, c]
        slope, offset = slopes[c], offsets[c]
        for i in range(np.uintp(size)):
            away, gradient = x[n, c, i] - center, dout[n, c, i]
            gradient = zero if away * scale + shift <= bound else gradient
            dx[n, c, i] = scale * gradient - slope * away + offset


if numba is None:
    spatial_batchnorm_forward_fast = spatial_batchnorm_forward
    spatial_batchnorm_backward_fast = spatial_batchnorm_backward
