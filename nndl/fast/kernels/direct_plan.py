"""What can be said about a convolution before a pixel is seen: blocks, offsets, the micro-kernel.

Plans depend on shapes alone, so they are kept: the next batch finds its plan ready.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.blocking import PLANS_KEPT, geometry_of, max_sums, micro_tile
from nndl.fast.kernels.frame import block_count, filter_offsets
from nndl.fast.kernels.intrinsics import ceil_div, vector_bytes
from nndl.fast.kernels.micro_kernel import micro_kernel
from nndl.fast.kernels.records import Geometry, PixelParams, WeightParams, table

# A gradient of filters is summed in groups of blocks, each with sums of its own. More groups keep
# more threads at work; the bits depend on their number, so it may not depend on the machine.
REDUCTION_GROUPS = 16
MAX_PARTIAL_SUM_BYTES = 2**22  # of the sums of all groups: then there are fewer groups
MAX_MR_DW = 12  # rows of the micro-tile for dw: ``python -m benchmarks.tune micro_kernel``


class PixelPlan(NamedTuple):
    """What ``direct.correlate`` is given, and the function whose address is in it."""

    params: PixelParams
    geom: Geometry
    keep_alive: tuple


class WeightPlan(NamedTuple):
    """What ``direct_weights.weight_gradient`` is given, and the function whose address is in it."""

    sums_shape: tuple  # groups, panels of filters, entries, nr
    params: WeightParams
    geom: Geometry
    keep_alive: tuple


@lru_cache(PLANS_KEPT)
def output_plan(x_shape, w_shape, out_shape, stride, pad, dtype):
    """How to compute the output."""
    F, C, HH, WW = w_shape
    geom = geometry_of(x_shape, out_shape[2:], (HH, WW), stride, (-pad, -pad), dtype)
    w_steps, frame_steps = np.arange(C * HH * WW), filter_offsets(C, HH, WW, geom)
    return _pixel_plan(F, w_steps, [frame_steps], C * HH * WW, 1, 0, geom, dtype)


@lru_cache(PLANS_KEPT)
def input_plan(x_shape, w_shape, out_shape, stride, pad, dtype):
    """How to compute the gradient with respect to x: a convolution of dout."""
    F, C, HH, WW = w_shape
    # Of the part of a filter that a pixel meets.
    height, width = ceil_div(HH, stride), ceil_div(WW, stride)
    result = [(pad + n - 1) // stride - pad // stride + 1 for n in x_shape[2:]]
    corner = pad // stride - height + 1, pad // stride - width + 1
    geom = geometry_of(out_shape, result, (height, width), 1, corner, dtype)
    f, p, q = np.ogrid[:F, :HH, :WW]
    entries = f * C * HH * WW + p * WW + q
    w_steps, frame_steps = [], []
    for a in range(stride):
        for b in range(stride):
            part = entries[:, a::stride, b::stride]
            last = height - 1, width - 1
            w_steps.append(part.ravel())
            frame_steps.append(filter_offsets(F, *part.shape[1:], geom, last=last))
    return _pixel_plan(C, np.concatenate(w_steps), frame_steps, HH * WW, stride, pad, geom, dtype)


def _pixel_plan(F, w_steps, frame_steps, w_pitch, stride, pad, geom, dtype):
    parts = vector_bytes() // dtype.itemsize // geom.segment
    segments = geom.images * geom.row_band * ceil_div(geom.cols, geom.segment)
    mr, nv = micro_tile(F, max(1, segments // parts))
    assert mr <= F  # or the last panel of maps, which is moved back, would begin before the first
    kernel = micro_kernel(dtype, mr, nv, parts)
    params = PixelParams(
        w_rows=table(np.arange(mr) * w_pitch),
        w_steps=table(w_steps),
        frame_steps=table(np.concatenate(frame_steps)),
        phase_starts=table(np.cumsum([0] + [steps.size for steps in frame_steps])),
        micro_kernel=kernel.address,
        segments=nv * parts,
        w_pitch=w_pitch,
        stride=stride,
        pad=pad,
    )
    return PixelPlan(params, geom, (kernel,))


@lru_cache(PLANS_KEPT)
def weight_plan(x_shape, w_shape, out_shape, stride, pad, dtype):
    """How to compute the gradients with respect to w and b."""
    F, C, HH, WW = w_shape
    geom = geometry_of(x_shape, out_shape[2:], (HH, WW), stride, (-pad, -pad), dtype)
    entries = filter_offsets(C, HH, WW, geom)
    lanes, nv = vectors_of(F, dtype)
    mr = min(max_sums() // nv, MAX_MR_DW, entries.size)
    # The last micro-tile repeats an entry, for which there is room in the sums.
    entries = np.pad(entries, (0, -entries.size % mr), "edge")
    groups, panels = group_count(x_shape, F, nv * lanes, entries.size, geom, dtype)
    kernel = micro_kernel(dtype, mr, nv, add=True)
    params = WeightParams(
        entries=table(entries),
        vectors=table(np.arange(nv) * lanes),
        micro_kernel=kernel.address,
        mr=mr,
        lanes=lanes,
    )
    return WeightPlan((groups, panels, entries.size, nv * lanes), params, geom, (kernel,))


def vectors_of(filters, dtype):
    """Entries of a vector, and vectors of a micro-tile whose columns are filters: 1 to 4.

    As few as possible hold no filter.
    """
    lanes = vector_bytes() // dtype.itemsize
    return lanes, min(range(4, 0, -1), key=lambda nv: ceil_div(filters, nv * lanes) * nv)


def group_count(x_shape, F, nr, rows, geom, dtype):
    """Groups of blocks, and panels of nr filters, for sums of ``rows`` rows."""
    panels = ceil_div(F, nr)
    bytes_each = rows * panels * nr * dtype.itemsize
    most = min(REDUCTION_GROUPS, block_count(x_shape[0], geom), MAX_PARTIAL_SUM_BYTES // bytes_each)
    return max(1, most), panels
