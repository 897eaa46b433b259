"""A frame: the block of some images that one thread works on, packed for the micro-kernel.

A frame holds the pixels with their border of zeros. For a stride above 1 it holds them sorted by
the remainders of their rows and columns, so that pixels a stride apart are neighbors: every
convolution becomes one of stride 1. How images are cut, and what a frame looks like, is a
``records.Geometry``.
"""

import numpy as np

from nndl.fast.kernels.intrinsics import address_of, ceil_div, memcpy
from nndl.fast.runtime.jit import device_function, host_device_function


@host_device_function
def block_count(N, geom):
    """Number of blocks that N images are cut into."""
    return ceil_div(N, geom.images) * ceil_div(geom.rows, geom.row_band)


@host_device_function
def block_bounds(block, N, geom):
    """First image, number of images, first row and number of rows of a block."""
    bands = ceil_div(geom.rows, geom.row_band)
    n, i = block // bands * geom.images, block % bands * geom.row_band
    return n, min(geom.images, N - n), i, min(geom.row_band, geom.rows - i)


@device_function
def pack_frame(frame, x, n, count, i, geom):
    """Copy images n, n + 1, ... into their frames, for results from row i on."""
    _, C, H, W = x.shape
    S, pixels = geom.stride, x.ravel()
    for k in range(count * geom.size):
        frame[k] = 0
    for a in range(S):
        for b in range(S):
            left = geom.left + b
            first = max(0, -(left // S))  # columns of the frame that lie in the image,
            after = min(geom.pitch, (W - left + S - 1) // S)  # 0 <= left + column * S < W
            for plane in range(count * C):
                src_plane = (n * C + plane) * H * W + left
                dst_plane = ((plane * S + a) * S + b) * geom.height * geom.pitch
                for row in range(geom.height):
                    y = (i + row) * S + a + geom.top
                    dst, src = dst_plane + row * geom.pitch, src_plane + y * W
                    if y < 0 or y >= H or first >= after:
                        continue
                    if S == 1:
                        size = (after - first) * x.itemsize
                        memcpy(address_of(frame, dst + first), address_of(x, src + first), size)
                    else:
                        # Unsigned: an index that may be negative keeps a loop from being fast.
                        dst, src = np.uintp(dst + first), np.uintp(src + first * S)
                        for column in range(np.uintp(after - first)):
                            frame[dst + column] = pixels[src + column * np.uintp(S)]


@device_function
def segment_offsets(offsets, count, image, rows, pitch, geom):
    """Write where each segment of a block begins.

    Images lie ``image`` entries apart and rows ``pitch``. The last segment of a row is moved
    back to end with it, for which ``segment <= cols``: entries that two segments share are computed
    twice, to the same bits.
    """
    k = 0
    for p in range(count):
        for row in range(rows):
            for col in range(0, geom.cols, geom.segment):
                offsets[k] = p * image + row * pitch + min(col, geom.cols - geom.segment)
                k += 1


def filter_offsets(channels, height, width, geom, last=None):
    """Offsets in a frame of the pixels under each entry (c, p, q) of a filter, in this order.

    With ``last``, the largest p and q, the filter looks back: its entry ``last`` comes first. So
    the gradient with respect to the pixels is a convolution, too.
    """
    c, p, q = np.ogrid[:channels, :height, :width]
    if last:
        p, q = last[0] - p, last[1] - q
    S = geom.stride
    plane = (c * S + p % S) * S + q % S
    return ((plane * geom.height + p // S) * geom.pitch + q // S).ravel().astype(np.intp)
