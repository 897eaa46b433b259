"""A frame: the piece of some pictures that one thread works on, laid out for the register tile.

A frame holds the pixels with their border of zeros. For a stride above 1 it holds them sorted by
the remainders of their rows and columns, so that pixels a stride apart are neighbors: every
convolution becomes one of stride 1.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.intrinsics import at, copy
from nndl.fast.runtime.jit import inlined


class Frame(NamedTuple):
    """Numbers that describe how pictures are cut into pieces, and how a piece is laid out.

    A piece is ``pictures`` whole pictures, or ``band`` rows of one.
    """

    pictures: int  # pictures in a piece
    band: int  # rows of the result in a piece
    rows: int  # rows of the result, a picture
    cols: int  # columns of the result
    stride: int  # of the pixels
    top: int  # row of the picture where the frame of the first piece begins, 0 or below if padded
    left: int  # its column
    height: int  # rows of the frame for each remainder
    pitch: int  # columns of the frame for each remainder
    size: int  # entries of a frame, a picture
    direct: bool  # the picture itself will do as a frame: nothing is copied
    width: int  # entries of a segment: neighbors in a row that are computed together


@inlined
def pieces_of(N, g):
    """Number of pieces that N pictures are cut into."""
    return -(-N // g.pictures) * -(-g.rows // g.band)


@inlined
def piece_bounds(piece, N, g):
    """First picture, number of pictures, first row and number of rows of a piece."""
    bands = -(-g.rows // g.band)
    n, i = piece // bands * g.pictures, piece % bands * g.band
    return n, min(g.pictures, N - n), i, min(g.band, g.rows - i)


@inlined
def fill(frame, x, n, count, i, g):
    """Copy pictures n, n + 1, ... into their frames, for results from row i on."""
    _, C, H, W = x.shape
    s, pixels = g.stride, x.ravel()
    for k in range(count * g.size):
        frame[k] = 0
    for a in range(s):
        for b in range(s):
            left = g.left + b
            first = max(0, -(left // s))  # columns of the frame that lie in the picture,
            after = min(g.pitch, (W - left + s - 1) // s)  # 0 <= left + column * s < W
            for plane in range(count * C):
                source = (n * C + plane) * H * W + left
                target = ((plane * s + a) * s + b) * g.height * g.pitch
                for t in range(g.height):
                    y = (i + t) * s + a + g.top
                    to, origin = target + t * g.pitch, source + y * W
                    if y < 0 or y >= H or first >= after:
                        continue
                    if s == 1:
                        size = (after - first) * x.itemsize
                        copy(at(frame, to + first), at(x, origin + first), size)
                    else:
                        # Unsigned: an index that may be negative keeps a loop from being fast.
                        to, origin = np.uintp(to + first), np.uintp(origin + first * s)
                        for column in range(np.uintp(after - first)):
                            frame[to + column] = pixels[origin + column * np.uintp(s)]


@inlined
def segments(offsets, k, count, picture, rows, pitch, g):
    """Write from ``offsets[k]`` on where each segment of a piece begins.

    Pictures lie ``picture`` entries apart and rows ``pitch``. The last segment of a row is moved
    back to end with it: entries that two segments share are computed twice, to the same bits.
    """
    for p in range(count):
        for t in range(rows):
            for j in range(0, g.cols, g.width):
                offsets[k] = p * picture + t * pitch + min(j, g.cols - g.width)
                k += 1


def offsets_of(channels, height, width, g, last=None):
    """Offsets in a frame of the pixels under each entry (c, p, q) of a filter, in this order.

    With ``last``, the largest p and q, the filter looks back: its entry ``last`` comes first. So
    the gradient with respect to the pixels is a convolution, too.
    """
    c, p, q = np.ogrid[:channels, :height, :width]
    if last:
        p, q = last[0] - p, last[1] - q
    s = g.stride
    plane = (c * s + p % s) * s + q % s
    return ((plane * g.height + p // s) * g.pitch + q // s).ravel().astype(np.intp)
