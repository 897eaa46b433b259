"""The half of a convolution that makes pixels: its output, and the gradient of its input.

Both are sums over the entries of filters, for every pixel of a map: rows of the register tile are
maps, its columns are pixels. The gradient with respect to the input of a convolution of stride s
is s times s such sums, one for each remainder of a pixel's row and column: a pixel meets only every
s-th entry of a filter.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.frame import fill, piece_bounds, pieces_of, segments
from nndl.fast.kernels.intrinsics import at, call
from nndl.fast.runtime.jit import inlined, prange


class Maps(NamedTuple):
    """What is computed: see ``correlate``."""

    stride: int  # of the pixels of one phase in the result
    pad: int  # border of the result that is not kept
    group: int  # segments that a register tile computes at once
    w_pitch: int  # entries of w from one row of the tile to the next


def correlate(x, w, start, out, rows, w_steps, b_steps, firsts, tile, t, g):
    """Compute the maps ``out`` (N, F, ...) of the pictures x, each entry from ``start[f]`` on.

    ``w_steps`` and ``b_steps`` say where the factors of each step lie in w and in a frame;
    those of phase k are entries ``firsts[k]`` to ``firsts[k + 1]``.
    """
    F = start.size
    for piece in prange(pieces_of(x.shape[0], g)):
        frame = np.empty(0 if g.direct else g.pictures * g.size, x.dtype)
        half = g.pictures * g.band * -(-g.cols // g.width) + t.group
        spots = np.empty(2 * half, np.intp)
        maps = np.empty(0 if t.stride == 1 else g.pictures * F * g.band * g.cols, x.dtype)
        _piece(
            piece, x, w, start, out, rows, w_steps, b_steps, firsts, tile, t, g, frame, spots, maps,
        )  # fmt: skip


@inlined
def _piece(piece, x, w, start, out, rows, w_steps, b_steps, firsts, tile, t, g, frame, spots, maps):
    """Compute one piece of the maps."""
    N, F, R = x.shape[0], start.size, rows.size
    n, count, i, height = piece_bounds(piece, N, g)
    if g.direct:
        source = at(x, n * g.size + i * g.pitch)
    else:
        fill(frame, x, n, count, i, g)
        source = at(frame, 0)
    if t.stride == 1:  # the result is written where it belongs
        target, pitch = at(out, (n * F * g.rows + i) * g.cols), g.rows * g.cols
    else:
        target, pitch = at(maps, 0), g.band * g.cols
    half = spots.size // 2
    last = count * height * -(-g.cols // g.width)
    segments(spots, 0, count, g.size, height, g.pitch, g)
    segments(spots, half, count, F * pitch, height, g.cols, g)
    while last < t.group:  # the same segment again, where there are fewer than a tile has
        spots[last], spots[half + last] = spots[last - 1], spots[half + last - 1]
        last += 1
    for phase in range(t.stride * t.stride):
        k, steps = firsts[phase], firsts[phase + 1] - firsts[phase]
        for s in range(0, last, t.group):
            s = min(s, last - t.group)
            for block in range(-(-F // R)):
                f = min(block * R, F - R)
                call(
                    tile,
                    (
                        at(w, f * t.w_pitch), at(rows, 0), at(w_steps, k),
                        source, at(spots, s), at(b_steps, k), steps,
                        at(start, f), target + f * pitch * x.itemsize, pitch, at(spots, half + s),
                    ),
                )  # fmt: skip
        if t.stride > 1:
            _spread(maps, out, n, count, i, height, phase // t.stride, phase % t.stride, t, g)


@inlined
def _spread(maps, out, n, count, i, height, a, b, t, g):
    """Put the pixels of one phase where they belong, every ``t.stride``-th in both directions."""
    _, F, H, W = out.shape
    s, y0 = t.stride, (t.pad // t.stride + i) * t.stride + a - t.pad
    x0 = t.pad // s * s + b - t.pad
    first, after = -(x0 // s), min(g.cols, (W - x0 + s - 1) // s)  # where 0 <= x0 + col * s < W
    for k in range(count * F):
        pixels = out[n + k // F, k % F]
        for row in range(height):
            if 0 <= y0 + row * s < H:
                for col in range(first, after):
                    pixels[y0 + row * s, x0 + col * s] = maps[(k * g.band + row) * g.cols + col]
