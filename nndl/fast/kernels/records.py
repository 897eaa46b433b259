"""What a plan tells a kernel: records of numbers, and of tables of offsets.

Plans fill them in and kernels read them, and neither imports the other. They are flat, since
numba's parallel loops take no record within a record. Offsets, pitches and sizes count entries, not
bytes. An ``np.ndarray`` is a table: of one dimension, of dtype intp, and read-only, since a plan is
shared by all calls that have its shapes.

A record holds addresses of compiled functions. They are good as long as the plan that the record
comes from: it holds the functions themselves.
"""

from typing import NamedTuple

import numpy as np


class Geometry(NamedTuple):
    """How images are cut into blocks, and how the frame of a block is laid out.

    A block is what one thread works on at a time: ``images`` whole images, or a band of
    ``row_band`` rows of one.
    """

    images: int  # in a block; 1 unless row_band == rows
    row_band: int  # rows of the result in a block; even for input tiles of Winograd's
    rows: int  # rows of the result, an image
    cols: int  # columns of the result
    stride: int  # of the pixels
    top: int  # row of the image where the frame of the first block begins, 0 or below if padded
    left: int  # its column
    height: int  # rows of the frame for each remainder
    pitch: int  # columns of the frame for each remainder
    size: int  # entries of the frame of an image
    in_place: bool  # the image itself will do as a frame: nothing is packed
    segment: int  # neighbors in a row that are computed together; segment <= cols


class PixelParams(NamedTuple):
    """How ``direct.correlate`` computes pixels: a row of a micro-tile is a map."""

    w_rows: np.ndarray  # offsets in w of the mr rows of a micro-tile; mr <= number of maps
    w_steps: np.ndarray  # offsets in w of each step,
    frame_steps: np.ndarray  # and in a frame
    phase_starts: np.ndarray  # steps of phase k are those from phase_starts[k] to [k + 1]
    micro_kernel: int  # address
    segments: int  # of a micro-tile
    w_pitch: int  # offset in w from one map to the next
    stride: int  # of the pixels of one phase in the result
    pad: int  # border of the result that is not kept


class WeightParams(NamedTuple):
    """How ``direct_weights.weight_gradient`` computes dw: a row is an entry of a filter.

    There are as many ``entries`` as whole micro-tiles have rows: the last is repeated.
    """

    entries: np.ndarray  # offsets in a frame of each entry of a filter; a multiple of mr
    vectors: np.ndarray  # offsets of the nv vectors of a micro-tile: lanes apart
    micro_kernel: int  # address
    mr: int
    lanes: int  # entries of a vector


class WinogradParams(NamedTuple):
    """How ``winograd.winograd_correlate`` computes pixels: a row of a micro-tile is a map."""

    u_rows: np.ndarray  # offsets in U of the mr rows of a micro-tile; mr <= number of maps
    u_steps: np.ndarray  # offsets in U of each channel,
    v_steps: np.ndarray  # and in V
    vectors: np.ndarray  # offsets of the nv vectors of a micro-tile
    micro_kernel: int  # address
    input_transform: int  # address
    output_transform: int  # address
    u_pitch: int  # offset in U from one map to the next
    tile_entries: int  # of an input tile: 16 or 36
    tiles: int  # input tiles in V: those of a block, and no fewer than nr
    tiles_at_once: int  # side by side, for one call of a transform; <= cols // 2
    panels_at_once: int  # panels of mr maps whose M stays in the cache for the output transform
    nr: int  # tiles that a micro-tile computes: nv vectors


class WinogradWeightParams(NamedTuple):
    """How ``winograd_weights.winograd_weight_gradient`` computes dU: a row is a channel."""

    v_rows: np.ndarray  # offsets in V of the mr rows of a micro-tile
    v_steps: np.ndarray  # offsets in V of each input tile,
    m_steps: np.ndarray  # and in dM
    vectors: np.ndarray  # offsets of the nv vectors of a micro-tile
    micro_kernel: int  # address
    input_transform: int  # address
    dout_transform: int  # address
    tiles: int  # input tiles in V: those of a block
    tiles_at_once: int  # side by side, for one call of the input transform; <= cols // 2
    lanes: int  # entries of a vector


def table(offsets):
    """``offsets`` as an array that a record can hold: one dimension of intp, read-only."""
    offsets = np.ascontiguousarray(offsets, np.intp).ravel()
    offsets.setflags(write=False)
    return offsets
