"""Gradients of filters of 3 by 3 or 5 by 5 with stride 1, by Winograd's products.

The gradient from above is cut into the output tiles of 2 by 2 that input tiles give. Input tiles
are transformed to V and output tiles, by the transpose of the output transform, to dM; then, for
each of the 16 (36) entries of a tile, dU is one matrix product, a sum over all tiles, which the
micro-kernel computes. At the end dU is transformed to dw. The formulas are those of
``winograd_transforms``; groups are summed as in ``direct_weights``.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.direct_weights import pack_dout
from nndl.fast.kernels.frame import block_bounds, block_count, pack_frame
from nndl.fast.kernels.intrinsics import address_of, call_address
from nndl.fast.kernels.winograd import note_large, transform_input
from nndl.fast.runtime.jit import device_function, prange


class Workspace(NamedTuple):
    """Scratch of one thread, for a group of blocks."""

    frame: np.ndarray
    V: np.ndarray  # (entries of a tile, channels, tiles)
    dout_packed: np.ndarray  # (pixels, filters of a panel), and a row of zeros
    dM: np.ndarray  # (tiles, entries of a tile, filters of a panel)
    zero: np.ndarray  # what the mr sums of a row start from


def winograd_weight_gradient(x, dout, filter_matrix, dU_sums, db_sums, dw, large, params, geom):
    """Compute the gradients of filters, and sums that add up to those of biases.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    dout : ndarray, shape (N, F, H', W')
    filter_matrix : ndarray, shape (entries of a tile, r * r)
        That of ``winograd_correlate``.
    dU_sums : ndarray, shape (groups, panels, entries of a tile, channels, nr)
        Zeros at first. A panel is nr filters; channels are rounded up to a multiple of mr.
    db_sums : ndarray, shape (groups, panels, nr)
        Zeros at first; the sums over its first axis are the gradients of the biases.
    dw : ndarray, shape (F, C * r * r)
        Is filled.
    large : ndarray, shape (1,), intp
        That of ``winograd_correlate``.
    params : records.WinogradWeightParams
    geom : records.Geometry
        Of whole tiles: ``row_band`` and ``cols`` are even.
    """
    groups, panels, entries, C, nr = dU_sums.shape
    for unit in prange(groups * panels):
        # Allocated in the body: see ``direct.correlate``.
        frame = np.empty(geom.images * geom.size, x.dtype)
        V = np.zeros(entries * C * params.tiles, x.dtype)  # channels beyond those of x stay zero
        # Zeros stay where a panel has filters beyond F, and in the last row: what lies beyond dout.
        pixels = geom.images * geom.row_band * dout.shape[3]
        dout_packed = np.zeros((pixels + 1) * nr, x.dtype)
        dM = np.empty(entries * params.tiles * nr, x.dtype)
        work = Workspace(frame, V, dout_packed, dM, np.zeros(params.v_rows.size, x.dtype))
        group, panel = unit % groups, unit // groups
        _sum_group(group, panel, x, dout, dU_sums, db_sums, large, params, geom, work)
    channels = x.shape[1]
    for unit in prange(panels * channels):
        total = np.zeros((filter_matrix.shape[1], nr), x.dtype)
        _transform_sums(dU_sums, filter_matrix, unit // channels, unit % channels, total, dw)


@device_function
def _sum_group(group, panel, x, dout, dU_sums, db_sums, large, params, geom, work):
    """Sum over the blocks of a group, for one panel of filters."""
    (groups, _, _, C, nr), blocks = dU_sums.shape, block_count(x.shape[0], geom)
    (N, F, H, W), f = dout.shape, panel * nr
    filters = min(nr, F - f)
    for block in range(group * blocks // groups, (group + 1) * blocks // groups):
        n, count, i, height = block_bounds(block, N, geom)
        kept = min(height, H - i)  # the rest lies below the map
        pack_frame(work.frame, x, n, count, i, geom)
        note_large(work.frame, 0, count * geom.size, large)
        for p in range(count):
            for c in range(x.shape[1]):
                transform_input(work.frame, work.V, (p, c, C, height), params, geom)
            start, first = (((n + p) * F + f) * H + i) * W, p * geom.row_band * W
            packed = work.dout_packed[first * nr :]
            pack_dout(dout, start, H * W, packed, kept * W, filters, nr, params.lanes)
            for k in range(first, first + kept * W):
                for column in range(nr):
                    db_sums[group, panel, column] += work.dout_packed[k * nr + column]
            note_large(work.dout_packed, first * nr, (first + kept * W) * nr, large)
            _transform_dout(p, height, kept, W, nr, params, geom, work)
        _multiply(dU_sums, group, panel, count * (height // 2) * (geom.cols // 2), params, work)


@device_function
def _multiply(dU_sums, group, panel, tiles, params, work):
    """Add V dM, summed over the tiles of a block, to dU, entry after entry of a tile."""
    _, panels, entries, C, nr = dU_sums.shape
    mr, unit = params.v_rows.size, group * panels + panel
    for entry in range(entries):
        for c in range(0, C, mr):
            call_address(
                params.micro_kernel,
                (
                    address_of(work.V, (entry * C + c) * params.tiles),
                    address_of(params.v_rows, 0),
                    address_of(params.v_steps, 0),
                    address_of(work.dM, entry * params.tiles * nr),
                    address_of(params.vectors, 0),
                    address_of(params.m_steps, 0),
                    tiles,
                    address_of(work.zero, 0),
                    address_of(dU_sums, ((unit * entries + entry) * C + c) * nr),
                    nr,
                    address_of(params.vectors, 0),
                ),
            )


@device_function
def _transform_dout(p, height, kept, W, nr, params, geom, work):
    """Transform the output tiles of all filters of a panel, of one image of a block."""
    first, beyond = p * geom.row_band * W, geom.images * geom.row_band * W
    for k in range(height // 2):
        for col in range(geom.cols // 2):
            tile = (p * (height // 2) + k) * (geom.cols // 2) + col
            upper = first + 2 * k * W + 2 * col
            right, below = 2 * col + 1 < W, 2 * k + 1 < kept
            places = (
                upper,
                upper + 1 if right else beyond,
                upper + W if below else beyond,
                upper + W + 1 if right and below else beyond,
            )
            for v in range(0, nr, params.lanes):
                call_address(
                    params.dout_transform,
                    (
                        address_of(work.dM, tile * nr + v),
                        params.tiles * nr,
                        address_of(work.dout_packed, places[0] * nr + v),
                        address_of(work.dout_packed, places[1] * nr + v),
                        address_of(work.dout_packed, places[2] * nr + v),
                        address_of(work.dout_packed, places[3] * nr + v),
                    ),
                )


@device_function
def _transform_sums(dU_sums, filter_matrix, panel, c, total, dw):
    """Add the groups' sums for one channel in order, and transform them to gradients of filters."""
    groups, _, entries, _, nr = dU_sums.shape
    for entry in range(entries):
        for group in range(1, groups):
            for column in range(nr):
                dU_sums[0, panel, entry, c, column] += dU_sums[group, panel, entry, c, column]
        for k in range(len(total)):
            if filter_matrix[entry, k] != 0:
                for column in range(nr):
                    total[k, column] += (
                        filter_matrix[entry, k] * dU_sums[0, panel, entry, c, column]
                    )
    for column in range(min(nr, dw.shape[0] - panel * nr)):
        for k in range(len(total)):
            dw[panel * nr + column, c * len(total) + k] = total[k, column]
