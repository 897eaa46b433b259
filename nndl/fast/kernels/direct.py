"""The half of a convolution that makes pixels: its output, and the gradient of its input.

Both are sums over the entries of filters, for every pixel of a map: rows of a micro-tile are maps,
its columns are pixels. The gradient with respect to the input of a convolution of stride s is s
times s such sums, one phase for each remainder of a pixel's row and column: a pixel meets only
every s-th entry of a filter.
"""

from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.frame import block_bounds, block_count, pack_frame, segment_offsets
from nndl.fast.kernels.intrinsics import address_of, call_address, ceil_div
from nndl.fast.runtime.jit import device_function, prange


class Workspace(NamedTuple):
    """Scratch of one thread, for a block."""

    frame: np.ndarray
    src_offsets: np.ndarray  # of each segment in the frame,
    dst_offsets: np.ndarray  # and where its sums go
    phase: np.ndarray  # pixels of one phase, side by side


def correlate(x, w, start, out, params, geom):
    """Compute the maps ``out`` (N, F, ...) of the images x, each entry from ``start[f]`` on.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
    w : ndarray, one-dimensional
        Filters, read through the tables of ``params``.
    start : ndarray, shape (F,)
    out : ndarray, shape (N, F, ...)
    params : records.PixelParams
    geom : records.Geometry
    """
    F = start.size
    for block in prange(block_count(x.shape[0], geom)):
        # What is allocated in the body itself, numba allocates once a thread, and not once a block.
        # So the work on a block, which may not be in the body, is given its scratch.
        rows = geom.images * geom.row_band
        count = rows * ceil_div(geom.cols, geom.segment) + params.segments
        frame = np.empty(0 if geom.in_place else geom.images * geom.size, x.dtype)
        src_offsets, dst_offsets = np.empty(count, np.intp), np.empty(count, np.intp)
        phase = np.empty(0 if params.stride == 1 else F * rows * geom.cols, x.dtype)
        work = Workspace(frame, src_offsets, dst_offsets, phase)
        _correlate_block(block, x, w, start, out, params, geom, work)


@device_function
def _correlate_block(block, x, w, start, out, params, geom, work):
    """Compute one block of the maps."""
    N, F, mr = x.shape[0], start.size, params.w_rows.size
    n, count, i, height = block_bounds(block, N, geom)
    if geom.in_place:
        src = address_of(x, n * geom.size + i * geom.pitch)
    else:
        pack_frame(work.frame, x, n, count, i, geom)
        src = address_of(work.frame, 0)
    if params.stride == 1:  # the result is written where it belongs
        dst, pitch = address_of(out, (n * F * geom.rows + i) * geom.cols), geom.rows * geom.cols
    else:
        dst, pitch = address_of(work.phase, 0), geom.row_band * geom.cols
    segment_offsets(work.src_offsets, count, geom.size, height, geom.pitch, geom)
    segment_offsets(work.dst_offsets, count, F * pitch, height, geom.cols, geom)
    last = count * height * ceil_div(geom.cols, geom.segment)
    while last < params.segments:  # the last once more, where there are fewer than a micro-tile has
        work.src_offsets[last] = work.src_offsets[last - 1]
        work.dst_offsets[last] = work.dst_offsets[last - 1]
        last += 1
    for phase in range(params.stride * params.stride):
        k, K = params.phase_starts[phase], params.phase_starts[phase + 1]
        for s in range(0, last, params.segments):
            s = min(s, last - params.segments)
            for panel in range(ceil_div(F, mr)):
                f = min(panel * mr, F - mr)  # mr <= F: the last panel is moved back to end with F
                call_address(
                    params.micro_kernel,
                    (
                        address_of(w, f * params.w_pitch),
                        address_of(params.w_rows, 0),
                        address_of(params.w_steps, k),
                        src,
                        address_of(work.src_offsets, s),
                        address_of(params.frame_steps, k),
                        K - k,
                        address_of(start, f),
                        dst + f * pitch * x.itemsize,
                        pitch,
                        address_of(work.dst_offsets, s),
                    ),
                )
        if params.stride > 1:
            _scatter_phase(work.phase, out, phase, (n, count, i, height), params, geom)


@device_function
def _scatter_phase(pixels, out, phase, bounds, params, geom):
    """Put the pixels of one phase where they belong, every ``stride``-th in both directions."""
    _, F, H, W = out.shape
    n, count, i, height = bounds
    S, pad, cols = params.stride, params.pad, geom.cols
    y0, x0 = (pad // S + i) * S + phase // S - pad, pad // S * S + phase % S - pad
    first, after = -(x0 // S), min(cols, (W - x0 + S - 1) // S)  # where 0 <= x0 + col * S < W
    for k in range(count * F):
        image = out[n + k // F, k % F]
        for row in range(height):
            if 0 <= y0 + row * S < H:
                for col in range(first, after):
                    value = pixels[(k * geom.row_band + row) * cols + col]
                    image[y0 + row * S, x0 + col * S] = value
