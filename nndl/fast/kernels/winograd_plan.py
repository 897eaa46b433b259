"""What shapes decide about Winograd's products, as ``direct_plan`` does it for the others."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.direct_plan import GROUPS, SUMS, frame_of, tile_size, up, vectors_of
from nndl.fast.kernels.frame import Frame, pieces_of
from nndl.fast.kernels.intrinsics import registers, vector_bytes
from nndl.fast.kernels.micro_kernel import tile
from nndl.fast.kernels.winograd import Windows
from nndl.fast.kernels.winograd_transforms import (
    gradient_transform,
    result_transform,
    window_transform,
)
from nndl.fast.kernels.winograd_weights import Sums

CHANGED, WINDOW_SUMS = 2**18, 2**17  # bytes of changed variables, and of sums over channels
GRADIENTS = 2**19  # bytes of changed variables, where both factors are changed


class WinogradPlan(NamedTuple):
    """Arguments of ``winograd`` that follow from shapes."""

    rows: np.ndarray
    w_steps: np.ndarray
    b_steps: np.ndarray
    lanes: np.ndarray
    windows: Windows
    frame: Frame


class WinogradWeightPlan(NamedTuple):
    """Arguments of ``winograd_weight_sums`` that follow from shapes."""

    shape: tuple  # of the sums: groups, blocks of filters, entries of a window, channels, filters
    rows: np.ndarray
    steps: np.ndarray
    vectors: np.ndarray
    sums: Sums
    frame: Frame


@lru_cache(1024)
def winograd_plan(x_shape, F, r, out_shape, corner, w_pitches, dtype):
    """How to compute F maps with filters of r by r.

    ``w_pitches`` are the entries of the changed filters from one map to the next, and channel.
    """
    C, entries = x_shape[1], (r + 1) ** 2
    size, lanes = dtype.itemsize, vector_bytes() // dtype.itemsize
    g = _frame_of_windows(x_shape, out_shape, r, corner, CHANGED, dtype)
    count = g.pictures * (g.band // 2) * (g.cols // 2)
    height, v = tile_size(F, max(1, count // lanes))
    count = max(count, v * lanes)
    width = _windows_at_once(g, dtype)
    blocks = max(1, WINDOW_SUMS // (entries * height * count * size))
    t = Windows(
        entries,
        count, width, v * lanes, blocks, w_pitches[0], window_transform(dtype, r, width).address,
        result_transform(dtype, r, width).address, tile(dtype, height, v).address,
    )  # fmt: skip
    steps = np.arange(C)
    return WinogradPlan(
        np.arange(height) * w_pitches[0],
        steps * w_pitches[1],
        steps * count,
        np.arange(v) * lanes,
        t,
        g,
    )


@lru_cache(1024)
def winograd_weight_plan(x_shape, w_shape, out_shape, pad, dtype):
    """How to compute the gradients with respect to filters of r by r, and biases."""
    (F, C, r, _), entries = w_shape, (w_shape[2] + 1) ** 2
    g = _frame_of_windows(x_shape, out_shape, r, -pad, GRADIENTS, dtype)
    count, width = g.pictures * (g.band // 2) * (g.cols // 2), _windows_at_once(g, dtype)
    lanes, vectors = vectors_of(F, dtype)
    most = min(2 * registers() // 3 // vectors, C)
    rows = min(range(most, 0, -1), key=lambda n: up(C, n) * (n * vectors + 2))
    columns, blocks, channels = vectors * lanes, up(F, vectors * lanes), up(C, rows) * rows
    bytes_each = entries * channels * blocks * columns * dtype.itemsize
    groups = max(1, min(GROUPS, pieces_of(x_shape[0], g), SUMS // bytes_each))
    functions = (
        window_transform(dtype, r, width),
        gradient_transform(dtype, r),
        tile(dtype, rows, vectors, add=True),
    )
    steps = np.arange(count)
    return WinogradWeightPlan(
        (groups, blocks, entries, channels, columns),
        np.arange(rows) * count,
        np.stack([steps, steps * columns]),
        np.arange(vectors) * lanes,
        Sums(count, width, lanes, *(function.address for function in functions)),
        g,
    )


def _windows_at_once(g, dtype):
    """Windows side by side whose variables are changed at once: those of a vector at most."""
    return 2 ** int(np.log2(min(vector_bytes() // dtype.itemsize, g.cols // 2)))


def _frame_of_windows(x_shape, out_shape, r, corner, room, dtype):
    """Cut pictures into pieces of whole windows, whose changed variables take ``room`` bytes."""
    N, C, entries = *x_shape[:2], (r + 1) ** 2
    rows, cols = (2 * up(n, 2) for n in out_shape[2:])
    g = frame_of(x_shape, (rows, cols), (r, r), 1, (corner, corner), dtype)
    windows = max(1, room // (entries * C * dtype.itemsize * (cols // 2)))
    band = min(2 * up(g.band, 2), 2 * windows)
    pictures = max(1, min(N // 8, 64 * 4 // (rows * cols))) if band >= rows else 1
    band = min(band, rows)
    return g._replace(
        band=band, pictures=pictures, height=band + r - 1, pitch=cols + r - 1, direct=0,
        size=C * (band + r - 1) * (cols + r - 1),
    )  # fmt: skip
