"""The half of a convolution's backward pass that makes the gradients of its filters and biases.

The gradient of a filter's entry is a sum over the pixels of all pictures: rows of the register tile
are entries (c, p, q), its columns are filters, and its steps are pixels. A frame gives the pixels
as they lie; the gradient from above is transposed, so that filters are side by side.
"""

import numpy as np

from nndl.fast.kernels.frame import fill, piece_bounds, pieces_of
from nndl.fast.kernels.intrinsics import at, call, turn
from nndl.fast.runtime.jit import inlined, prange

CHUNK = 16  # entries that are transposed together: what one line of the cache holds


def weight_sums(x, dout, entries, dw_sums, db_sums, zero, dw, tile, lanes, g):
    """Compute dw (F, entries) of the pictures x and the gradient dout, and the sums for db.

    ``dw_sums`` (groups, blocks of filters, entries, filters) and ``db_sums`` hold zeros; ``zero``
    has as many entries as the tile has rows. A group of pieces is summed in order by one thread,
    and then the groups are: the result does not depend on the number of threads.
    """
    groups, blocks, _, columns = dw_sums.shape
    for unit in prange(groups * blocks):
        pixels = g.pictures * g.band * g.cols
        frame = np.empty(0 if g.direct else g.pictures * g.size, x.dtype)
        turned, spots = np.zeros(pixels * columns, x.dtype), np.empty((2, pixels), np.intp)
        vectors = np.arange(0, columns, lanes)
        _sum_group(
            unit % groups, unit // groups, x, dout, entries, dw_sums, db_sums, zero, tile, lanes, g,
            frame, turned, spots, vectors,
        )  # fmt: skip
    chunks = -(-dw.shape[1] // CHUNK)
    for unit in prange(blocks * chunks):
        _sum_of_groups(dw_sums, unit // chunks, unit % chunks * CHUNK, dw)


@inlined
def _sum_of_groups(dw_sums, block, first, dw):
    """Add the groups' sums in order, for some entries of a block of filters, and transpose them."""
    groups, _, _, columns = dw_sums.shape
    last, f = min(first + CHUNK, dw.shape[1]), block * columns
    for k in range(first, last):
        for group in range(1, groups):
            for column in range(columns):
                dw_sums[0, block, k, column] += dw_sums[group, block, k, column]
    for column in range(min(columns, dw.shape[0] - f)):
        for k in range(first, last):
            dw[f + column, k] = dw_sums[0, block, k, column]


@inlined
def _sum_group(
    group, block, x, dout, entries, dw, db, zero, tile, lanes, g, frame, turned, spots, vectors
):
    """Sum over the pieces of a group, for one block of filters."""
    groups, blocks, K, columns = dw.shape
    N, F = x.shape[0], dout.shape[1]
    f, R, unit = block * columns, zero.size, group * blocks + block
    size = g.rows * g.cols  # of a map of dout
    for piece in range(group * pieces_of(N, g) // groups, (group + 1) * pieces_of(N, g) // groups):
        n, count, i, height = piece_bounds(piece, N, g)
        if g.direct:
            source = at(x, n * g.size + i * g.pitch)
        else:
            fill(frame, x, n, count, i, g)
            source = at(frame, 0)
        pixels = 0
        for p in range(count):
            start = ((n + p) * F + f) * size + i * g.cols
            filters = min(columns, F - f)
            _turn_maps(dout, start, size, turned, pixels, height * g.cols, filters, columns, lanes)
            for row in range(height):
                for col in range(g.cols):
                    spots[0, pixels] = p * g.size + row * g.pitch + col
                    spots[1, pixels] = pixels * columns
                    pixels += 1
        for k in range(pixels):
            for column in range(columns):
                db[group, block, column] += turned[k * columns + column]
        for k in range(0, K, R):
            call(
                tile,
                (
                    source, at(entries, k), at(spots, 0),
                    at(turned, 0), at(vectors, 0), at(spots, spots.shape[1]), pixels,
                    at(zero, 0), at(dw, (unit * K + k) * columns), columns, at(vectors, 0),
                ),
            )  # fmt: skip


@inlined
def _turn_maps(dout, start, size, turned, pixel, pixels, filters, columns, lanes):
    """Lay pixels of some maps of dout down in the order (pixel, filter), in whole squares."""
    maps = dout.ravel()
    if filters < lanes or pixels < lanes:
        for f in range(filters):
            for k in range(pixels):
                turned[(pixel + k) * columns + f] = maps[start + f * size + k]
        return
    for row in range(0, filters, lanes):
        f = min(row, filters - lanes)  # the last square is moved back to end with the rest
        for col in range(0, pixels, lanes):
            k = min(col, pixels - lanes)
            to = (pixel + k) * columns + f
            turn(turned, to, columns, maps, start + f * size + k, size, lanes)
