"""Mean and variance of each channel, plane by plane, each while it lies in cache."""

import numpy as np

from nndl.fast.runtime.jit import compile_kernel, device_function, prange
from nndl.fast.statistics.running_averages import has_overflowed

# Numbers that are added up in the dtype of x; the sums of such blocks are added up in float64. A
# block of float32 loses fewer digits the shorter it is. Blocks of 64 to 2048 take float32 forward
# the same time within 2 %, and err alike, 6e-8 (benchmarks.tune statistics). The way back was
# noisier there, and its time neither grew nor fell with the block.
ACCUMULATION_BLOCK = np.uintp(512)


def batch_statistics(x):
    """Mean and variance of each channel of ``x`` (N, C, H, W), in float64."""
    groups, batch = np.empty((2, *x.shape[:2])), np.empty((2, x.shape[1]))
    kernel = compile_kernel(_statistics, x.dtype, "3C 3Cd! 2Cd!")
    kernel(planes_of(x), groups, batch, work=x.size)
    wide = groups.size and has_overflowed(groups.item(-1), x.dtype)
    return batch_statistics(x.astype(np.float64)) if wide else batch


def planes_of(maps):
    """``maps`` (N, C, H, W) as (N, C, H * W): a plane is one long row."""
    N, C, H, W = maps.shape
    return maps.reshape(N, C, H * W)


# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
@device_function
def _deviations(plane, center):
    """The sum of a plane's differences from ``center``, and of their squares."""
    total, square, zero = np.float64(0), np.float64(0), plane.dtype.type(0)
    i, size = np.uintp(0), np.uintp(plane.size)
    while i < size:
        stop, part, part_of_squares = min(i + ACCUMULATION_BLOCK, size), zero, zero
        for j in range(i, stop):
            a = plane[j] - center
            part += a
            part_of_squares += a * a
        total, square, i = total + part, square + part_of_squares, stop
    return total, square


def _statistics(x, groups, batch):
    """Mean and squared deviations of each plane, by two looks at it, then those of each channel."""
    N, C, size = x.shape
    for k in prange(N * C):
        n, c = np.uintp(k // C), np.uintp(k % C)
        total, _ = _deviations(x[n, c], x[n, c, 0])
        mean = x[n, c, 0] + total / size
        center = x.dtype.type(mean)
        _, square = _deviations(x[n, c], center)
        groups[0, n, c], groups[1, n, c] = mean, square - size * (mean - center) ** 2
    for c in range(np.uintp(C)):  # batch[:] = 0 would be a loop with threads of its own
        batch[0, c], batch[1, c] = 0.0, 0.0
    for n in range(N):
        for c in range(np.uintp(C)):
            batch[0, c] += groups[0, n, c] / N
    for n in range(N):
        for c in range(np.uintp(C)):
            away = groups[0, n, c] - batch[0, c]
            batch[1, c] += (groups[1, n, c] / size + away * away) / N
    total = 0.0
    for c in range(np.uintp(C)):
        total += batch[1, c]
    if groups.size:  # nobody needs the last of them any more
        groups[1, N - 1, C - 1] = total
