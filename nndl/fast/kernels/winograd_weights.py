"""Gradients of filters of 3 by 3 or 5 by 5 with stride 1, by Winograd's products.

The gradient from above is cut into the 2 by 2 results that a window gives. Variables of both are
changed; then, for each of the 16 (36) entries of a window, the gradient is one matrix product, a
sum over all windows, which the register tile computes. At the end the variables of the filters are
changed back. The formulas are those of ``winograd_transforms``; groups are summed
as in ``direct_weights``.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.direct_weights import _turn_maps
from nndl.fast.kernels.frame import fill, piece_bounds, pieces_of
from nndl.fast.kernels.intrinsics import at, call
from nndl.fast.kernels.winograd import _change, note_large
from nndl.fast.runtime.jit import inlined, prange


class Sums(NamedTuple):
    """Sizes and compiled functions: see ``winograd_weight_sums``."""

    count: int  # windows in a piece, at most
    width: int  # windows side by side whose variables are changed at once
    lanes: int  # entries of a vector
    to_windows: int  # address of a window_transform,
    to_gradients: int  # of a gradient_transform,
    tile: int  # and of a tile


def winograd_weight_sums(
    x, dout, matrix, sums, db_sums, zero, dw, large, rows, steps, vectors, t, g
):
    """Compute dw (F, entries) of the pictures x and the gradient dout, and the sums for db.

    ``matrix`` is that of ``winograd``. ``sums`` (groups, blocks of filters, entries of a window,
    channels, filters) and ``db_sums`` hold zeros, and so does ``zero``, an entry for each row of
    the tile. ``large`` is that of ``winograd``; ``rows``, ``steps`` and ``vectors`` are offsets.
    """
    groups, blocks, entries, C, columns = sums.shape
    for unit in prange(groups * blocks):
        frame = np.empty(g.pictures * g.size, x.dtype)
        changed = np.zeros(entries * C * t.count, x.dtype)
        # One row more: the gradient of what lies beyond the edge.
        turned = np.zeros((g.pictures * g.band * dout.shape[3] + 1) * columns, x.dtype)
        gradients = np.empty(entries * t.count * columns, x.dtype)
        _sum_group(
            unit % groups, unit // groups, x, dout, sums, db_sums, zero, large,
            rows, steps, vectors, t, g, frame, changed, turned, gradients,
        )  # fmt: skip
    channels = x.shape[1]
    for unit in prange(blocks * channels):
        total = np.zeros((matrix.shape[1], columns), x.dtype)
        _filters(sums, matrix, unit // channels, unit % channels, total, dw)


@inlined
def _sum_group(
    group, block, x, dout, sums, db, zero, large,
    rows, steps, vectors, t, g, frame, changed, turned, gradients,
):  # fmt: skip
    """Sum over the pieces of a group, for one block of filters."""
    groups, blocks, entries, C, columns = sums.shape
    (N, F, H, W), pieces = dout.shape, pieces_of(x.shape[0], g)
    f, unit = block * columns, group * blocks + block
    filters = min(columns, F - f)
    for piece in range(group * pieces // groups, (group + 1) * pieces // groups):
        n, count, i, height = piece_bounds(piece, N, g)
        kept = min(height, H - i)  # the rest lies below the map
        fill(frame, x, n, count, i, g)
        note_large(frame, 0, count * g.size, large)
        for p in range(count):
            for c in range(x.shape[1]):
                _change(frame, p * g.size + c * g.height * g.pitch, changed, c, p, C, height, t, g)
            start, first = (((n + p) * F + f) * H + i) * W, p * g.band * W
            _turn_maps(dout, start, H * W, turned, first, kept * W, filters, columns, t.lanes)
            for k in range(first, first + kept * W):
                for column in range(columns):
                    db[group, block, column] += turned[k * columns + column]
            note_large(turned, first * columns, (first + kept * W) * columns, large)
            _change_gradients(turned, gradients, p, height, kept, W, columns, t, g)
        windows = count * (height // 2) * (g.cols // 2)
        for entry in range(entries):
            for c in range(0, C, zero.size):
                call(
                    t.tile,
                    (
                        at(changed, (entry * C + c) * t.count), at(rows, 0), at(steps, 0),
                        at(gradients, entry * t.count * columns), at(vectors, 0),
                        at(steps, steps.shape[1]), windows,
                        at(zero, 0), at(sums, ((unit * entries + entry) * C + c) * columns),
                        columns, at(vectors, 0),
                    ),
                )  # fmt: skip


@inlined
def _change_gradients(turned, gradients, p, height, kept, W, columns, t, g):
    """Change the variables of the gradients of all windows of a picture, for all filters."""
    first, beyond = p * g.band * W, g.pictures * g.band * W
    for k in range(height // 2):
        for col in range(g.cols // 2):
            window = (p * (height // 2) + k) * (g.cols // 2) + col
            upper = first + 2 * k * W + 2 * col
            right, below = 2 * col + 1 < W, 2 * k + 1 < kept
            places = (
                upper,
                upper + 1 if right else beyond,
                upper + W if below else beyond,
                upper + W + 1 if right and below else beyond,
            )
            for v in range(0, columns, t.lanes):
                call(
                    t.to_gradients,
                    (
                        at(gradients, window * columns + v), t.count * columns,
                        at(turned, places[0] * columns + v), at(turned, places[1] * columns + v),
                        at(turned, places[2] * columns + v), at(turned, places[3] * columns + v),
                    ),
                )  # fmt: skip


@inlined
def _filters(sums, matrix, block, c, total, dw):
    """Add the groups' sums for one channel in order, and change their variables back."""
    groups, _, entries, _, columns = sums.shape
    for entry in range(entries):
        for group in range(1, groups):
            for column in range(columns):
                sums[0, block, entry, c, column] += sums[group, block, entry, c, column]
        for k in range(len(total)):
            if matrix[entry, k] != 0:
                for column in range(columns):
                    total[k, column] += matrix[entry, k] * sums[0, block, entry, c, column]
    for column in range(min(columns, dw.shape[0] - block * columns)):
        for k in range(len(total)):
            dw[block * columns + column, c * len(total) + k] = total[k, column]
