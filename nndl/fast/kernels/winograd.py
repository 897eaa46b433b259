"""Filters of 3 by 3 or 5 by 5 with stride 1, by Winograd's products, which are fewer.

A piece of the pictures is cut into windows of 4 by 4 (6 by 6) pixels, two apart, and their
variables are changed. For each of the 16 (36) entries of a window, the sums over channels are a
matrix product, which the register tile computes; then the variables are changed back. The formulas
are those of ``winograd_transforms``.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.frame import fill, piece_bounds, pieces_of
from nndl.fast.kernels.intrinsics import at, call, copy
from nndl.fast.runtime.jit import inlined, prange

CHUNK = 64  # filters of one channel whose variables are changed together


class Windows(NamedTuple):
    """Sizes and compiled functions: see ``winograd``."""

    entries: int  # of a window: 16 or 36
    count: int  # windows in a piece, at least as many as a tile has columns
    width: int  # windows side by side whose variables are changed at once
    group: int  # windows that a register tile computes at once
    blocks: int  # tiles of filters whose sums are kept in the cache until they are changed back
    w_pitch: int  # entries of w from one row of the tile to the next
    to_windows: int  # address of a window_transform,
    to_results: int  # of a result_transform,
    tile: int  # and of a tile


def winograd(x, w, matrix, changed_w, start, out, large, rows, w_steps, b_steps, lanes, t, g):
    """Compute the maps ``out`` (N, F, ...) of the pictures x (N, C, ...), from ``start[f]`` on.

    ``large[0]`` becomes 1 where a changed variable might overflow that a plain sum does not need.

    ``matrix`` (entries of a window, entries of a filter) changes the variables of the filters w,
    (.., entries of a filter), to ``changed_w``, entry after entry of a window. ``rows``,
    ``w_steps``, ``b_steps`` and ``lanes`` are offsets for the tile.
    """
    for chunk in prange(-(-len(w) // CHUNK)):
        turned = np.empty((w.shape[1], CHUNK), x.dtype)
        _change_filters(w, matrix, changed_w, chunk * CHUNK, turned, large)
    for piece in prange(pieces_of(x.shape[0], g)):
        frame = np.empty(g.pictures * g.size, x.dtype)
        changed = np.empty(t.entries * x.shape[1] * t.count, x.dtype)
        sums = np.empty(t.entries * t.blocks * rows.size * t.count, x.dtype)
        spare, zero = np.empty(4 * t.width, x.dtype), np.zeros(rows.size, x.dtype)
        _piece(
            piece, x, changed_w, start, out, large, rows, w_steps, b_steps, lanes, t, g,
            frame, changed, sums, spare, zero,
        )  # fmt: skip


@inlined
def note_large(values, first, last, large):
    """Note numbers so large that products of changed ones might overflow, and what is no number.

    A product is at most the root of the two sums of squares, each of which is the most that the
    dtype holds to the power of 3/4 at most. That leaves a factor of 10**9 for the coefficients.
    """
    total, most = values.dtype.type(0), np.finfo(values.dtype).max
    for k in range(np.uintp(first), np.uintp(last)):
        total += values[k] * values[k]
    if not total <= most**0.75:  # written so that NaN is noted
        large[0] = 1


@inlined
def _change_filters(w, matrix, changed_w, first, turned, large):
    """Change the variables of some filters. BLAS could, but its idle threads would slow ours."""
    count = min(turned.shape[1], len(w) - first)
    for j in range(count):
        for k in range(len(turned)):
            turned[k, j] = w[first + j, k]
    for entry in range(len(matrix)):
        place = entry * len(w) + first
        for j in range(count):
            changed_w[place + j] = 0
        for k in range(len(turned)):
            factor = matrix[entry, k]
            if factor != 0:
                for j in range(count):
                    changed_w[place + j] += factor * turned[k, j]
        note_large(changed_w, place, place + count, large)


@inlined
def _piece(
    piece, x, w, start, out, large, rows, w_steps, b_steps, lanes, t, g,
    frame, changed, sums, spare, zero,
):  # fmt: skip
    """Compute one piece of the maps."""
    N, C = x.shape[:2]
    F, R = start.size, rows.size
    n, count, i, height = piece_bounds(piece, N, g)
    fill(frame, x, n, count, i, g)
    note_large(frame, 0, count * g.size, large)
    for p in range(count):
        for c in range(C):
            _change(frame, p * g.size + c * g.height * g.pitch, changed, c, p, C, height, t, g)
    windows = count * (height // 2) * (g.cols // 2)
    for first in range(0, -(-F // R), t.blocks):
        last = min(first + t.blocks, -(-F // R))
        for entry in range(t.entries):
            for block in range(first, last):
                f = min(block * R, F - R)
                row = (entry * t.blocks + block - first) * R
                for s in range(0, windows, t.group):
                    s = max(0, min(s, windows - t.group))
                    call(
                        t.tile,
                        (
                            at(w, entry * F * C + f * t.w_pitch), at(rows, 0), at(w_steps, 0),
                            at(changed, entry * C * t.count + s), at(lanes, 0), at(b_steps, 0), C,
                            at(zero, 0), at(sums, row * t.count + s), t.count, at(lanes, 0),
                        ),
                    )  # fmt: skip
        for block in range(first, last):
            for r in range(R):
                f, row = min(block * R, F - R) + r, (block - first) * R + r
                for p in range(count):
                    _change_back(sums, row, start, f, out, n, p, i, height, spare, R, t, g)


@inlined
def _change(frame, index, changed, c, p, C, height, t, g):
    """Change the variables of all windows of one channel of a picture."""
    cols = g.cols // 2
    for row in range(height // 2):
        for col in range(0, cols, t.width):
            col = min(col, cols - t.width)
            window = (p * (height // 2) + row) * cols + col
            pixels = at(frame, index + 2 * (row * g.pitch + col))
            place = at(changed, c * t.count + window)
            call(t.to_windows, (place, C * t.count, pixels, g.pitch))


@inlined
def _change_back(sums, row, start, f, out, n, p, i, height, spare, R, t, g):
    """Change the variables of one map of a picture back, into ``out``."""
    _, F, H, W = out.shape
    cols = g.cols // 2
    for k in range(height // 2):
        y = i + 2 * k
        for col in range(0, cols, t.width):
            col = min(col, cols - t.width)
            window = (p * (height // 2) + k) * cols + col
            upper = at(out, (((n + p) * F + f) * H + y) * W + 2 * col)
            lower, size = upper + W * out.itemsize, 2 * t.width * out.itemsize
            source = at(sums, row * t.count + window), R * t.blocks * t.count, at(start, f)
            if y + 1 < H and 2 * (col + t.width) <= W:
                call(t.to_results, (upper, lower, source[0], source[1], source[2]))
            else:  # where the map ends in the middle of a window
                above, below = at(spare, 0), at(spare, 2 * t.width)
                call(t.to_results, (above, below, source[0], source[1], source[2]))
                kept = min(size, (W - 2 * col) * out.itemsize)
                copy(upper, above, kept)
                if y + 1 < H:
                    copy(lower, below, kept)
