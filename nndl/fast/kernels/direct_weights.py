"""The half of a convolution's backward pass that makes the gradients of its filters and biases.

The gradient of a filter's entry is a sum over the pixels of all images: rows of a micro-tile are
entries (c, p, q), its columns are filters, and its steps are pixels. A frame gives the pixels as
they lie; the gradient from above is packed, transposed, so that filters are side by side.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.frame import block_bounds, block_count, pack_frame
from nndl.fast.kernels.intrinsics import address_of, call_address, ceil_div, transpose_block
from nndl.fast.runtime.jit import device_function, prange

# Entries of float32 in a line of the cache, 64 bytes: this many pixels are transposed together. It
# is the machine's number, not a measured one.
CACHE_LINE_ENTRIES = 16


class Workspace(NamedTuple):
    """Scratch of one thread, for a group of blocks."""

    frame: np.ndarray
    dout_packed: np.ndarray  # (pixels, filters of a panel)
    src_offsets: np.ndarray  # of each pixel in the frame,
    packed_offsets: np.ndarray  # and in dout_packed
    zero: np.ndarray  # what the mr sums of a row start from


def weight_gradient(x, dout, dw_sums, db_sums, dw, params, geom):
    """Compute the gradients of filters, and sums that add up to those of biases.

    A group of blocks is summed in order by one thread, and then the groups are: the result does not
    depend on the number of threads.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    dout : ndarray, shape (N, F, H', W')
    dw_sums : ndarray, shape (groups, panels, entries, nr)
        Zeros at first. A panel is nr filters; there are as many entries as ``params.entries`` has.
    db_sums : ndarray, shape (groups, panels, nr)
        Zeros at first; the sums over its first axis are the gradients of the biases.
    dw : ndarray, shape (F, C * HH * WW)
        Is filled.
    params : records.WeightParams
    geom : records.Geometry
    """
    groups, panels, _, nr = dw_sums.shape
    for unit in prange(groups * panels):
        # Allocated in the body: see ``direct.correlate``.
        pixels = geom.images * geom.row_band * geom.cols
        frame = np.empty(0 if geom.in_place else geom.images * geom.size, x.dtype)
        # Zeros stay where a panel has filters beyond F: the micro-kernel reads whole vectors.
        dout_packed = np.zeros(pixels * nr, x.dtype)
        src_offsets, packed_offsets = np.empty(pixels, np.intp), np.empty(pixels, np.intp)
        zero = np.zeros(params.mr, x.dtype)
        work = Workspace(frame, dout_packed, src_offsets, packed_offsets, zero)
        _sum_group(unit % groups, unit // groups, x, dout, dw_sums, db_sums, params, geom, work)
    parts = ceil_div(dw.shape[1], CACHE_LINE_ENTRIES)
    for unit in prange(panels * parts):
        _sum_over_groups(dw_sums, unit // parts, unit % parts * CACHE_LINE_ENTRIES, dw)


@device_function
def _sum_over_groups(dw_sums, panel, first, dw):
    """Add the groups' sums in order, for some entries of a panel of filters, and transpose them."""
    groups, _, _, nr = dw_sums.shape
    last, f = min(first + CACHE_LINE_ENTRIES, dw.shape[1]), panel * nr
    for k in range(first, last):
        for group in range(1, groups):
            for column in range(nr):
                dw_sums[0, panel, k, column] += dw_sums[group, panel, k, column]
    for column in range(min(nr, dw.shape[0] - f)):
        for k in range(first, last):
            dw[f + column, k] = dw_sums[0, panel, k, column]


@device_function
def _sum_group(group, panel, x, dout, dw_sums, db_sums, params, geom, work):
    """Sum over the blocks of a group, for one panel of filters."""
    (groups, panels, entries, nr), blocks = dw_sums.shape, block_count(x.shape[0], geom)
    N, F, mr = x.shape[0], dout.shape[1], params.mr
    f, size = panel * nr, geom.rows * geom.cols  # of a map of dout
    for block in range(group * blocks // groups, (group + 1) * blocks // groups):
        n, count, i, height = block_bounds(block, N, geom)
        if geom.in_place:
            src = address_of(x, n * geom.size + i * geom.pitch)
        else:
            pack_frame(work.frame, x, n, count, i, geom)
            src = address_of(work.frame, 0)
        pixels = 0
        for p in range(count):
            first = ((n + p) * F + f) * size + i * geom.cols
            filters, packed = min(nr, F - f), work.dout_packed[pixels * nr :]
            pack_dout(dout, first, size, packed, height * geom.cols, filters, nr, params.lanes)
            for row in range(height):
                for col in range(geom.cols):
                    work.src_offsets[pixels] = p * geom.size + row * geom.pitch + col
                    work.packed_offsets[pixels] = pixels * nr
                    pixels += 1
        for k in range(pixels):
            for column in range(nr):
                db_sums[group, panel, column] += work.dout_packed[k * nr + column]
        for k in range(0, entries, mr):
            sums = ((group * panels + panel) * entries + k) * nr
            call_address(
                params.micro_kernel,
                (
                    src,
                    address_of(params.entries, k),
                    address_of(work.src_offsets, 0),
                    address_of(work.dout_packed, 0),
                    address_of(params.vectors, 0),
                    address_of(work.packed_offsets, 0),
                    pixels,
                    address_of(work.zero, 0),
                    address_of(dw_sums, sums),
                    nr,
                    address_of(params.vectors, 0),
                ),
            )


@device_function
def pack_dout(dout, first, size, packed, pixels, filters, nr, lanes):
    """Lay pixels of some maps of dout down in the order (pixel, filter), in blocks of vectors.

    Maps lie ``size`` entries apart, from entry ``first`` on. Columns of ``packed``, of which there
    are ``nr``, beyond ``filters`` stay as they are.
    """
    maps = dout.ravel()
    if filters < lanes or pixels < lanes:
        for f in range(filters):
            for k in range(pixels):
                packed[k * nr + f] = maps[first + f * size + k]
        return
    for row in range(0, filters, lanes):
        f = min(row, filters - lanes)  # the last block is moved back to end with the rest
        for col in range(0, pixels, lanes):
            k = min(col, pixels - lanes)
            transpose_block(packed, k * nr + f, nr, maps, first + f * size + k, size, lanes)
