"""Mean and variance of each feature of a batch, by groups of its rows."""

import numpy as np

from nndl.fast.runtime.jit import compile_kernel, device_function, prange
from nndl.fast.statistics.running_averages import has_overflowed

# Groups of rows whose sums are taken apart, then added in order: the result does not depend on the
# number of threads. Another number changes bits. Tuned as MAINTAINING.md says, like a twin's.
REDUCTION_GROUPS = 16
# Rows whose sums are added up in the dtype of x before float64: more lose digits. On 512 x 1024
# numbers far from 0, 1 to 32 rows take the same time within the noise, 5 %, and err alike, 7e-8
# (benchmarks.tune statistics). Eight have room on both sides.
# Unsigned numbers as indices: one that may be negative keeps a loop from being fast.
ONE, ROWS_PER_STEP = np.uintp(1), np.uintp(8)


def batch_statistics(x):
    """Mean and variance of each feature of ``x`` (N, D), in float64."""
    sums, batch = np.zeros((2, group_count(x), x.shape[1])), np.empty((2, x.shape[1]))
    kernel = compile_kernel(_statistics, x.dtype, "2C 3Cd! 2Cd!")
    kernel(x, sums, batch, work=x.size)
    wide = sums.size and has_overflowed(sums.item(-1), x.dtype)
    return batch_statistics(x.astype(np.float64)) if wide else batch


def group_count(x):
    """Groups of the rows of ``x``: one, and one more for each 32 rows, up to the largest number."""
    groups = 1 + len(x) // 32
    return groups if groups < REDUCTION_GROUPS else REDUCTION_GROUPS


@device_function
def group_bounds(group, groups, N):
    """First row of a group, and the first that is not in it."""
    return np.uintp(group * N // groups), np.uintp((group + 1) * N // groups)


@device_function
def _add_deviations(x, n, rows, sums, k):
    """Add ``rows`` rows of x from row n on, less the first row of all, and their squares."""
    for d in range(np.uintp(x.shape[1])):
        total, square = x.dtype.type(0), x.dtype.type(0)
        for r in range(rows):  # a constant: this loop is unrolled
            a = x[n + r, d] - x[np.uintp(0), d]
            total += a
            square += a * a
        sums[0, k, d] += total
        sums[1, k, d] += square


def _statistics(x, sums, batch):
    """Sums of differences from the first row, and of their squares.

    The first row belongs to the batch, so no feature lies more than sqrt(N) deviations from it on
    average: what the squared mean takes away from the mean square leaves digits enough.
    """
    N = len(x)
    for group in prange(sums.shape[1]):
        k, (n, last) = np.uintp(group), group_bounds(group, sums.shape[1], N)
        while n + ROWS_PER_STEP <= last:
            _add_deviations(x, n, ROWS_PER_STEP, sums, k)
            n += ROWS_PER_STEP
        while n < last:
            _add_deviations(x, n, ONE, sums, k)
            n += ONE
    for d in range(np.uintp(x.shape[1])):  # batch[:] = 0 would be a loop with threads of its own
        batch[0, d], batch[1, d] = 0.0, 0.0
    for group in range(sums.shape[1]):
        for d in range(np.uintp(x.shape[1])):
            batch[0, d] += sums[0, group, d]
            batch[1, d] += sums[1, group, d]
    total = 0.0
    for d in range(np.uintp(x.shape[1])):
        mean = batch[0, d] / N
        batch[0, d], batch[1, d] = x[0, d] + mean, batch[1, d] / N - mean**2
        total += batch[1, d]
    if sums.size:  # nobody needs the last of them any more
        sums[1, sums.shape[1] - 1, x.shape[1] - 1] = total
