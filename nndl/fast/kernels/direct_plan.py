"""What can be said about a convolution before a pixel is seen: pieces, offsets, the tile.

Plans depend on shapes alone, so they are kept: the next batch finds its plan ready.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.direct import Maps
from nndl.fast.kernels.frame import Frame, offsets_of, pieces_of
from nndl.fast.kernels.intrinsics import registers, vector_bytes
from nndl.fast.kernels.micro_kernel import tile

PIECES = 32  # so many at least, if there are rows enough: threads then finish together
FRAME = 2**18  # bytes of a frame at most, if a row allows it: a quarter of a usual second cache
SUMS = 2**22  # bytes for the sums of all groups together
GROUPS = 16


class PixelPlan(NamedTuple):
    """Arguments of ``correlate`` that follow from shapes."""

    rows: np.ndarray
    w_steps: np.ndarray
    b_steps: np.ndarray
    firsts: np.ndarray
    tile: object
    maps: Maps
    frame: Frame


class WeightPlan(NamedTuple):
    """Arguments of ``weight_sums`` that follow from shapes."""

    shape: tuple  # of the sums: groups, blocks of filters, entries, filters
    entries: np.ndarray
    rows: int
    tile: object
    lanes: int
    frame: Frame


def up(a, b):
    """``a / b``, rounded up."""
    return -(-a // b)


@lru_cache(1024)
def output_plan(x_shape, w_shape, out_shape, stride, pad, dtype):
    """How to compute the output."""
    F, C, HH, WW = w_shape
    g = frame_of(x_shape, out_shape[2:], (HH, WW), stride, (-pad, -pad), dtype)
    w_steps, b_steps = np.arange(C * HH * WW), offsets_of(C, HH, WW, g)
    return _pixel_plan(F, w_steps, [b_steps], Maps(1, 0, 0, C * HH * WW), g, dtype)


@lru_cache(1024)
def input_plan(x_shape, w_shape, out_shape, stride, pad, dtype):
    """How to compute the gradient with respect to x: a convolution of dout."""
    F, C, HH, WW = w_shape
    height, width = up(HH, stride), up(WW, stride)  # of the part of a filter that a pixel meets
    shape = [(pad + n - 1) // stride - pad // stride + 1 for n in x_shape[2:]]
    corner = pad // stride - height + 1, pad // stride - width + 1
    g = frame_of(out_shape, shape, (height, width), 1, corner, dtype)
    f, p, q = np.ogrid[:F, :HH, :WW]
    entries = f * C * HH * WW + p * WW + q
    w_steps, b_steps = [], []
    for a in range(stride):
        for b in range(stride):
            part = entries[:, a::stride, b::stride]
            w_steps.append(part.ravel())
            b_steps.append(offsets_of(F, *part.shape[1:], g, last=(height - 1, width - 1)))
    return _pixel_plan(C, np.concatenate(w_steps), b_steps, Maps(stride, pad, 0, HH * WW), g, dtype)


@lru_cache(1024)
def weight_plan(x_shape, w_shape, out_shape, stride, pad, dtype):
    """How to compute the gradients with respect to w and b."""
    F, C, HH, WW = w_shape
    g = frame_of(x_shape, out_shape[2:], (HH, WW), stride, (-pad, -pad), dtype)
    entries = offsets_of(C, HH, WW, g)
    lanes, vectors = vectors_of(F, dtype)
    rows = min(2 * registers() // 3 // vectors, 12, entries.size)
    missing = -entries.size % rows  # the last tile repeats an entry, for which there is room
    entries = np.concatenate([entries, np.repeat(entries[-1:], missing)])
    columns, blocks = vectors * lanes, up(F, vectors * lanes)
    bytes_each = entries.size * blocks * columns * dtype.itemsize
    groups = max(1, min(GROUPS, pieces_of(x_shape[0], g), SUMS // bytes_each))
    kernel = tile(dtype, rows, vectors, add=True)
    return WeightPlan((groups, blocks, entries.size, columns), entries, rows, kernel, lanes, g)


def vectors_of(filters, dtype):
    """Entries of a vector, and how many vectors a tile has: none without filters."""
    lanes = vector_bytes() // dtype.itemsize
    return lanes, min(range(4, 0, -1), key=lambda v: up(filters, v * lanes) * v)


def frame_of(shape, result, filters, stride, corner, dtype):
    """Cut pictures of ``shape`` into pieces for results of rows by columns ``result``."""
    N, C, H, W = shape
    rows, cols = result
    height, pitch = up(filters[0], stride) - 1, cols + up(filters[1], stride) - 1
    direct = stride == 1 and corner == (0, 0) and (rows + height, pitch) == (H, W)
    band = rows if N >= PIECES else up(rows, up(PIECES, N))
    while band > 1 and C * stride**2 * (band + height) * pitch * dtype.itemsize > FRAME:
        band = up(band, 2)
    small = band == rows and N >= PIECES  # several pictures, until there are pixels for a tile
    pictures = max(1, min(N // PIECES, 256 // (rows * cols))) if small else 1
    height = H if direct else band + height
    size = C * stride**2 * height * pitch
    width = _segment(cols, vector_bytes() // dtype.itemsize)
    return Frame(
        pictures, band, rows, cols, stride, *corner, height, pitch, size, int(direct), width
    )


def _segment(cols, lanes):
    """Entries of a segment: those of a vector, or of a part of one where rows are short."""

    def cost(parts):
        width = lanes // parts
        return up(cols, width) * width * (1 if parts < 4 else 1.25)  # to join parts takes time

    parts = [2**k for k in range(lanes.bit_length()) if lanes // 2**k <= cols]
    return lanes // min(parts, key=cost)


def _pixel_plan(F, w_steps, b_steps, maps, g, dtype):
    parts = vector_bytes() // dtype.itemsize // g.width
    vectors = max(1, g.pictures * g.band * up(g.cols, g.width) // parts)
    rows, vectors = tile_size(F, vectors)
    firsts = np.cumsum([0] + [steps.size for steps in b_steps]).astype(np.intp)
    return PixelPlan(
        np.arange(rows) * maps.w_pitch,
        w_steps.astype(np.intp),
        np.concatenate(b_steps),
        firsts,
        tile(dtype, rows, vectors, parts),
        maps._replace(group=vectors * parts),
        g,
    )


@lru_cache(1024)
def tile_size(rows, vectors):
    """The tile that covers ``rows`` by ``vectors`` in the fewest cycles.

    Its sums take two thirds of the registers at most: LLVM needs the rest to load ahead.
    """
    sizes = [
        (r, v)
        for r in range(1, min(rows, 14) + 1)
        for v in range(1, min(vectors, 8) + 1)
        if 3 * r * v <= 2 * registers()
    ]

    def cost(size):
        r, v = size
        step = max(r * v, 4, 0.5 * r + 1.3 * v)  # multiply-adds, their latency, or loads
        return up(rows, r) * up(vectors, v) * (step + 0.3 + 0.04 * (r + v))

    return min(sizes, key=cost)
