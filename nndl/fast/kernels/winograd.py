"""Filters of 3 by 3 or 5 by 5 with stride 1, by Winograd's products, which are fewer.

A block of the images is cut into input tiles of 4 by 4 (6 by 6) pixels, two apart, each of which
gives an output tile of 2 by 2 results. With the names of Lavin and Gray (2016), filters are
transformed to U and input tiles to V; for each of the 16 (36) entries of a tile, the sums over
channels M = U V are a matrix product, which the micro-kernel computes; then M is transformed to
results. The formulas are those of ``winograd_transforms``.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.frame import block_bounds, block_count, pack_frame
from nndl.fast.kernels.intrinsics import address_of, call_address, ceil_div, memcpy
from nndl.fast.runtime.jit import device_function, prange

# Filters of one channel or map that are transformed together: 256 bytes or more, four lines of the
# cache. It is compiled into the kernel, so it is edited and timed by ``make bench``.
FILTERS_AT_ONCE = 64


class Workspace(NamedTuple):
    """Scratch of one thread, for a block."""

    frame: np.ndarray
    V: np.ndarray  # (entries of a tile, channels, tiles)
    M: np.ndarray  # (entries of a tile, maps of some panels, tiles)
    edge: np.ndarray  # output tiles of which a part lies beyond the map
    zero: np.ndarray  # what the mr sums of a row start from


def winograd_correlate(x, w, filter_matrix, start, out, large, params, geom):
    """Compute the maps ``out`` of the images x, each entry from ``start[f]`` on.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    w : ndarray, shape (F * C, r * r)
        Filters, or (C * F, r * r): ``params`` says which.
    filter_matrix : ndarray, shape (entries of a tile, r * r)
        The transform of a filter: G times G, as ``winograd_plan.filter_matrix`` has it.
    start : ndarray, shape (F,)
    out : ndarray, shape (N, F, H', W')
    large : ndarray, shape (1,), intp
        Becomes 1 where ``out`` cannot be relied on: a transformed number is so large that a product
        might have overflowed where a plain sum does not, or is no number. It is no result of this
        function, because numba does not see that functions called in a parallel loop write to it,
        and may read it before they do.
    params : records.WinogradParams
    geom : records.Geometry
        Of whole tiles: ``row_band`` and ``cols`` are even.
    """
    U = np.empty(params.tile_entries * len(w), x.dtype)
    for unit in prange(ceil_div(len(w), FILTERS_AT_ONCE)):
        by_entry = np.empty((w.shape[1], FILTERS_AT_ONCE), x.dtype)
        _transform_filters(w, filter_matrix, U, unit * FILTERS_AT_ONCE, by_entry, large)
    for block in prange(block_count(x.shape[0], geom)):
        # Allocated in the body: see ``direct.correlate``.
        mr = params.u_rows.size
        frame = np.empty(geom.images * geom.size, x.dtype)
        V = np.empty(params.tile_entries * x.shape[1] * params.tiles, x.dtype)
        M = np.empty(params.tile_entries * params.panels_at_once * mr * params.tiles, x.dtype)
        edge, zero = np.empty(4 * params.tiles_at_once, x.dtype), np.zeros(mr, x.dtype)
        work = Workspace(frame, V, M, edge, zero)
        _correlate_block(block, x, U, start, out, large, params, geom, work)


@device_function
def note_large(values, first, last, large):
    """Set ``large[0]`` where products of transformed numbers might overflow, or are no numbers.

    A product is at most the root of the two sums of squares, each of which is the most that the
    dtype holds to the power of 3/4 at most. That leaves a factor of 10**9 for the coefficients.
    """
    total, most = values.dtype.type(0), np.finfo(values.dtype).max
    for k in range(np.uintp(first), np.uintp(last)):
        total += values[k] * values[k]
    if not total <= most**0.75:  # written so that NaN is noted
        large[0] = 1


@device_function
def _transform_filters(w, filter_matrix, U, first, by_entry, large):
    """Transform some filters. BLAS could, but its idle threads would slow ours."""
    count = min(by_entry.shape[1], len(w) - first)
    for j in range(count):
        for k in range(len(by_entry)):
            by_entry[k, j] = w[first + j, k]
    for entry in range(len(filter_matrix)):
        place = entry * len(w) + first
        for j in range(count):
            U[place + j] = 0
        for k in range(len(by_entry)):
            factor = filter_matrix[entry, k]
            if factor != 0:
                for j in range(count):
                    U[place + j] += factor * by_entry[k, j]
        note_large(U, place, place + count, large)


@device_function
def _correlate_block(block, x, U, start, out, large, params, geom, work):
    """Compute one block of the maps."""
    C, F, mr = x.shape[1], start.size, params.u_rows.size
    n, count, i, height = block_bounds(block, x.shape[0], geom)
    pack_frame(work.frame, x, n, count, i, geom)
    note_large(work.frame, 0, count * geom.size, large)
    for p in range(count):
        for c in range(C):
            transform_input(work.frame, work.V, (p, c, C, height), params, geom)
    tiles, panels = count * (height // 2) * (geom.cols // 2), ceil_div(F, mr)
    for first in range(0, panels, params.panels_at_once):
        last = min(first + params.panels_at_once, panels)
        _multiply(U, C, F, first, last, tiles, params, work)
        for panel in range(first, last):
            for r in range(mr):
                f, row = min(panel * mr, F - mr) + r, (panel - first) * mr + r
                for p in range(count):
                    _transform_output(out, start, f, row, (n, p, i, height), params, geom, work)


@device_function
def _multiply(U, C, F, first, last, tiles, params, work):
    """Compute M = U V for some panels of maps, entry after entry of a tile."""
    mr = params.u_rows.size
    for entry in range(params.tile_entries):
        for panel in range(first, last):
            f = min(panel * mr, F - mr)  # mr <= F: the last panel is moved back to end with F
            row = (entry * params.panels_at_once + panel - first) * mr
            for s in range(0, tiles, params.nr):
                s = max(0, min(s, tiles - params.nr))
                call_address(
                    params.micro_kernel,
                    (
                        address_of(U, entry * F * C + f * params.u_pitch),
                        address_of(params.u_rows, 0),
                        address_of(params.u_steps, 0),
                        address_of(work.V, entry * C * params.tiles + s),
                        address_of(params.vectors, 0),
                        address_of(params.v_steps, 0),
                        C,
                        address_of(work.zero, 0),
                        address_of(work.M, row * params.tiles + s),
                        params.tiles,
                        address_of(params.vectors, 0),
                    ),
                )


@device_function
def transform_input(frame, V, which, params, geom):
    """Transform all input tiles of one channel of an image of a block.

    ``which`` is the image, the channel, the number of channels that V holds, and the height of
    the block.
    """
    (p, c, C, height), cols = which, geom.cols // 2
    first = p * geom.size + c * geom.height * geom.pitch
    for row in range(height // 2):
        for col in range(0, cols, params.tiles_at_once):
            col = min(col, cols - params.tiles_at_once)
            tile = (p * (height // 2) + row) * cols + col
            pixels = address_of(frame, first + 2 * (row * geom.pitch + col))
            place = address_of(V, c * params.tiles + tile)
            call_address(params.input_transform, (place, C * params.tiles, pixels, geom.pitch))


@device_function
def _transform_output(out, start, f, row, bounds, params, geom, work):
    """Transform what M holds in one row, map f of an image of a block, into ``out``."""
    (_, F, H, W), (n, p, i, height), cols = out.shape, bounds, geom.cols // 2
    pitch = params.panels_at_once * params.u_rows.size * params.tiles
    at_once, item = params.tiles_at_once, out.itemsize
    for k in range(height // 2):
        y = i + 2 * k
        for col in range(0, cols, at_once):
            col = min(col, cols - at_once)
            tile = (p * (height // 2) + k) * cols + col
            upper = address_of(out, (((n + p) * F + f) * H + y) * W + 2 * col)
            lower = upper + W * item
            sums, begin = address_of(work.M, row * params.tiles + tile), address_of(start, f)
            if y + 1 < H and 2 * (col + at_once) <= W:
                call_address(params.output_transform, (upper, lower, sums, pitch, begin))
            else:  # where the map ends in the middle of a tile
                above, below = address_of(work.edge, 0), address_of(work.edge, 2 * at_once)
                call_address(params.output_transform, (above, below, sums, pitch, begin))
                kept = min(2 * at_once, W - 2 * col) * item
                memcpy(upper, above, kept)
                if y + 1 < H:
                    memcpy(lower, below, kept)
