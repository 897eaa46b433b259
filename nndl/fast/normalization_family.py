"""Layer and group normalization, compiled: ``layernorm_forward``, ``spatial_groupnorm_forward``.

A set of numbers that share a mean lies in one piece of memory: a row, or the planes of a group.
Each set is one task for a thread, which walks it three times while it lies in cache: for its mean,
for its squared deviations, both added up in float64, and to normalize. Backward, it is walked
twice, for the two sums of equation (11) of the chapter ``convolution/normalization_family`` and
for dx.

Where numba is missing, all functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.normalization_family import (
    check_groupnorm,
    check_groupnorm_backward,
    check_layernorm,
    check_layernorm_backward,
)
from nndl.conv_layers import spatial_groupnorm_backward, spatial_groupnorm_forward
from nndl.fast.runtime.jit import as_contiguous, compile_kernel, numba, prange
from nndl.fast.statistics.features import group_bounds, group_count
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array, Cache
from nndl.layers import layernorm_backward, layernorm_forward

__all__ = [
    "layernorm_backward_fast",
    "layernorm_forward_fast",
    "spatial_groupnorm_backward_fast",
    "spatial_groupnorm_forward_fast",
]


def layernorm_forward_fast(
    x: Array, gamma: Array, beta: Array, ln_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Normalize each example over its features: ``layernorm_forward``, compiled.

    The cache is (x, gamma, mean, inv_std), with no copy of x.
    """
    check_layernorm("layernorm_forward_fast", x, gamma, beta, ln_param, fast=True)
    x, gamma, beta = as_floats(x, gamma, beta)
    dtype, eps = np.result_type(x, gamma, beta), float(ln_param.get("eps", 1e-5))
    x_c, out, (mean, inv_std) = as_contiguous(x, dtype), np.empty(x.shape, dtype), _numbers(len(x))
    scale, shift = as_contiguous(gamma, dtype), as_contiguous(beta, dtype)
    kernel = compile_kernel(_normalize_rows, dtype, "2C 1C 1C 1Cd! 1Cd! 2C!", floats=1)
    kernel(x_c, scale, shift, mean, inv_std, out, eps, work=x.size)
    return out, (x, gamma, mean, inv_std)


def layernorm_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of layer normalization: ``layernorm_backward``, compiled.

    The cache is that of ``layernorm_forward_fast``.
    """
    check_layernorm_backward("layernorm_backward_fast", dout, cache, fast=True)
    x, gamma, mean, inv_std, dout = as_floats(*cache, dout)
    dtype = np.result_type(x, gamma, dout)
    x_c, dout_c, dx = as_contiguous(x, dtype), as_contiguous(dout, dtype), np.empty(x.shape, dtype)
    sums = np.zeros((2, group_count(x), x.shape[1]))
    kernel = compile_kernel(_row_gradients, dtype, "2C 2C 1C 1Cd 1Cd 3Cd! 2C!")
    kernel(x_c, dout_c, as_contiguous(gamma, dtype), mean, inv_std, sums, dx, work=x.size)
    return dx, *sums.sum(axis=1).astype(dtype)


def spatial_groupnorm_forward_fast(
    x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Normalize groups of channels of each image: ``spatial_groupnorm_forward``, compiled.

    The cache is (x, gamma, mean, inv_std), with no copy of x.
    """
    check_groupnorm("spatial_groupnorm_forward_fast", x, gamma, beta, G, gn_param, fast=True)
    x, gamma, beta = as_floats(x, gamma, beta)
    dtype, eps = np.result_type(x, gamma, beta), float(gn_param.get("eps", 1e-5))
    x_c, out = as_contiguous(x, dtype), np.empty(x.shape, dtype)
    mean, inv_std = _numbers(len(x), int(G))
    scale, shift = (as_contiguous(array.reshape(-1), dtype) for array in (gamma, beta))
    kernel = compile_kernel(_normalize_groups, dtype, "3C 1C 1C 2Cd! 2Cd! 3C!", floats=1)
    kernel(_planes(x_c), scale, shift, mean, inv_std, _planes(out), eps, work=x.size)
    return out, (x, gamma, mean, inv_std)


def spatial_groupnorm_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of group normalization: ``spatial_groupnorm_backward``, compiled.

    The cache is that of ``spatial_groupnorm_forward_fast``.
    """
    check_groupnorm_backward("spatial_groupnorm_backward_fast", dout, cache, fast=True)
    x, gamma, mean, inv_std, dout = as_floats(*cache, dout)
    dtype = np.result_type(x, gamma, dout)
    x_c, dout_c, dx = as_contiguous(x, dtype), as_contiguous(dout, dtype), np.empty(x.shape, dtype)
    sums, scale = np.empty((2, *x.shape[:2])), as_contiguous(gamma.reshape(-1), dtype)
    kernel = compile_kernel(_group_gradients, dtype, "3C 3C 1C 2Cd 2Cd 3Cd! 3C!")
    kernel(*map(_planes, (x_c, dout_c)), scale, mean, inv_std, sums, _planes(dx), work=x.size)
    return dx, *sums.sum(axis=1).astype(dtype).reshape(2, *gamma.shape)


def _numbers(*shape):
    """Room for the mean and 1/σ of each set, in float64."""
    return np.empty((2, *shape))


def _planes(maps):
    """``maps`` (N, C, H, W) as (N, C, H * W): a plane is one long row."""
    N, C, H, W = maps.shape
    return maps.reshape(N, C, H * W)


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast. The arithmetic
# is in float64 for every dtype; a set lies in cache, and it costs less than what memory takes.
def _normalize_rows(x, gamma, beta, mean, inv_std, out, eps):
    N, D = x.shape
    for row in prange(N):
        n, total, square = np.uintp(row), np.float64(0), np.float64(0)
        for d in range(np.uintp(D)):
            total += x[n, d]
        center = total / D
        for d in range(np.uintp(D)):
            away = x[n, d] - center
            square += away * away
        scale = 1 / np.sqrt(square / D + eps)
        mean[n], inv_std[n] = center, scale
        for d in range(np.uintp(D)):
            out[n, d] = (x[n, d] - center) * scale * gamma[d] + beta[d]


def _row_gradients(x, dout, gamma, mean, inv_std, sums, dx):
    N, D = x.shape
    for group in prange(sums.shape[1]):
        k, (n, last) = np.uintp(group), group_bounds(group, sums.shape[1], N)
        while n < last:
            center, scale = mean[n], inv_std[n]
            plain, weighted = np.float64(0), np.float64(0)
            for d in range(np.uintp(D)):
                x_hat, upstream = (x[n, d] - center) * scale, np.float64(dout[n, d])
                sums[0, k, d] += upstream * x_hat
                sums[1, k, d] += upstream
                plain += gamma[d] * upstream
                weighted += gamma[d] * upstream * x_hat
            for d in range(np.uintp(D)):
                x_hat, upstream = (x[n, d] - center) * scale, np.float64(dout[n, d])
                along = plain / D + x_hat * weighted / D
                dx[n, d] = (gamma[d] * upstream - along) * scale
            n += np.uintp(1)


def _normalize_groups(x, gamma, beta, mean, inv_std, out, eps):
    N, C, size = x.shape
    G = mean.shape[1]
    K = C // G * size
    for k in prange(N * G):
        n, g, total, square = np.uintp(k // G), np.uintp(k % G), np.float64(0), np.float64(0)
        start, stop = g * np.uintp(C // G), (g + np.uintp(1)) * np.uintp(C // G)
        for c in range(start, stop):
            for i in range(np.uintp(size)):
                total += x[n, c, i]
        center = total / K
        for c in range(start, stop):
            for i in range(np.uintp(size)):
                away = x[n, c, i] - center
                square += away * away
        scale = 1 / np.sqrt(square / K + eps)
        mean[n, g], inv_std[n, g] = center, scale
        for c in range(start, stop):
            for i in range(np.uintp(size)):
                out[n, c, i] = (x[n, c, i] - center) * scale * gamma[c] + beta[c]


def _group_gradients(x, dout, gamma, mean, inv_std, sums, dx):
    N, C, size = x.shape
    G = mean.shape[1]
    K = C // G * size
    for k in prange(N * G):
        n, g, sum_plain, sum_weighted = np.uintp(k // G), np.uintp(k % G), 0.0, 0.0
        start, stop = g * np.uintp(C // G), (g + np.uintp(1)) * np.uintp(C // G)
        center, scale = mean[n, g], inv_std[n, g]
        for c in range(start, stop):
            plain, weighted = np.float64(0), np.float64(0)
            for i in range(np.uintp(size)):
                plain += dout[n, c, i]
                weighted += dout[n, c, i] * (x[n, c, i] - center) * scale
            sums[0, n, c], sums[1, n, c] = weighted, plain
            sum_plain += gamma[c] * plain
            sum_weighted += gamma[c] * weighted
        for c in range(start, stop):
            for i in range(np.uintp(size)):
                x_hat, upstream = (x[n, c, i] - center) * scale, np.float64(dout[n, c, i])
                along = sum_plain / K + x_hat * sum_weighted / K
                dx[n, c, i] = (gamma[c] * upstream - along) * scale


if numba is None:
    layernorm_forward_fast, layernorm_backward_fast = layernorm_forward, layernorm_backward
    spatial_groupnorm_forward_fast = spatial_groupnorm_forward
    spatial_groupnorm_backward_fast = spatial_groupnorm_backward
