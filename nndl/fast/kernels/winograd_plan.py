"""What shapes decide about Winograd's products, as ``direct_plan`` does it for the others.

When they pay, and how much of their transforms a cache holds, is measured: ``python -m
benchmarks.tune pays`` and ``python -m benchmarks.tune winograd`` measure it anew.
"""

from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from nndl.fast.kernels.blocking import PLANS_KEPT, geometry_of, max_sums, micro_tile
from nndl.fast.kernels.direct_plan import group_count, vectors_of
from nndl.fast.kernels.intrinsics import ceil_div, vector_bytes
from nndl.fast.kernels.micro_kernel import micro_kernel
from nndl.fast.kernels.records import Geometry, WinogradParams, WinogradWeightParams, table
from nndl.fast.kernels.winograd_transforms import (
    G,
    dout_transform,
    input_transform,
    output_transform,
)

WINOGRAD_MIN_CHANNELS = (
    16  # channels, and filters: below, the transforms take longer than products save
)
WINOGRAD_MIN_PAIRS_DW = 512  # pairs of a channel and a filter, for the gradients of the filters
WINOGRAD_MAX_FILTER_BYTES = 2**23  # of U: beyond, it no longer stays in a cache
MAX_V_BYTES, MAX_M_BYTES = 2**18, 2**17  # of a block: they stay in the second cache together
MAX_V_BYTES_DW = 2**19  # of a block, for the gradients of the filters
WINOGRAD_MIN_BLOCKS = 8  # blocks of a batch of small images
MIN_BLOCK_TILES = 64  # tiles in a block, where images are small and enough of them


class WinogradPlan(NamedTuple):
    """What ``winograd_correlate`` is given, and the functions whose addresses are in it."""

    params: WinogradParams
    geom: Geometry
    keep_alive: tuple


class WinogradWeightPlan(NamedTuple):
    """What ``winograd_weight_gradient`` is given, and the functions whose addresses are in it."""

    sums_shape: tuple  # groups, panels of filters, entries of a tile, channels, nr
    params: WinogradWeightParams
    geom: Geometry
    keep_alive: tuple


def winograd_pays(w, stride):
    """Whether Winograd's products pay, for out and dx: the transforms must be small beside them."""
    F, C, HH, WW = w.shape
    if stride != 1 or HH != WW or HH not in G or min(F, C) < WINOGRAD_MIN_CHANNELS:
        return False
    return (HH + 1) * (WW + 1) * F * C * w.itemsize <= WINOGRAD_MAX_FILTER_BYTES


def winograd_pays_for_dw(w):
    """Whether they pay for the gradients of the filters too, where they do for out and dx."""
    return w.shape[0] * w.shape[1] >= WINOGRAD_MIN_PAIRS_DW


@cache
def filter_matrix(r, dtype):
    """The matrix that transforms filters of r by r, read as a column: of G g G^T."""
    return np.kron(G[r], G[r]).astype(dtype)


@lru_cache(PLANS_KEPT)
def winograd_plan(x_shape, F, r, out_shape, corner, u_pitches, dtype):
    """How to compute F maps with filters of r by r.

    ``u_pitches`` are the entries of U from one map to the next, and from one channel to the next.
    """
    C, tile_entries = x_shape[1], (r + 1) ** 2
    lanes = vector_bytes() // dtype.itemsize
    geom = _geometry_of_tiles(x_shape, out_shape, r, corner, MAX_V_BYTES, dtype)
    tiles = geom.images * (geom.row_band // 2) * (geom.cols // 2)
    mr, nv = micro_tile(F, max(1, tiles // lanes))
    assert mr <= F  # or the last panel of maps, which is moved back, would begin before the first
    tiles = max(
        tiles, nv * lanes
    )  # a micro-tile may read beyond the last input tile of a small block
    at_once = _tiles_at_once(geom, dtype)
    kernels = (
        micro_kernel(dtype, mr, nv),
        input_transform(dtype, r, at_once),
        output_transform(dtype, r, at_once),
    )
    params = WinogradParams(
        u_rows=table(np.arange(mr) * u_pitches[0]),
        u_steps=table(np.arange(C) * u_pitches[1]),
        v_steps=table(np.arange(C) * tiles),
        vectors=table(np.arange(nv) * lanes),
        micro_kernel=kernels[0].address,
        input_transform=kernels[1].address,
        output_transform=kernels[2].address,
        u_pitch=u_pitches[0],
        tile_entries=tile_entries,
        tiles=tiles,
        tiles_at_once=at_once,
        panels_at_once=max(1, MAX_M_BYTES // (tile_entries * mr * tiles * dtype.itemsize)),
        nr=nv * lanes,
    )
    return WinogradPlan(params, geom, kernels)


@lru_cache(PLANS_KEPT)
def winograd_weight_plan(x_shape, w_shape, out_shape, pad, dtype):
    """How to compute the gradients with respect to filters of r by r, and biases."""
    (F, C, r, _), tile_entries = w_shape, (w_shape[2] + 1) ** 2
    geom = _geometry_of_tiles(x_shape, out_shape, r, -pad, MAX_V_BYTES_DW, dtype)
    tiles = geom.images * (geom.row_band // 2) * (geom.cols // 2)
    at_once, (lanes, nv) = _tiles_at_once(geom, dtype), vectors_of(F, dtype)
    most = min(max_sums() // nv, C)
    # 2: what loading a row's and a vector's operand costs, in multiply-adds
    mr = min(range(most, 0, -1), key=lambda mr: ceil_div(C, mr) * (mr * nv + 2))
    channels, nr = ceil_div(C, mr) * mr, nv * lanes
    groups, panels = group_count(x_shape, F, nr, tile_entries * channels, geom, dtype)
    kernels = (
        micro_kernel(dtype, mr, nv, add=True),
        input_transform(dtype, r, at_once),
        dout_transform(dtype, r),
    )
    params = WinogradWeightParams(
        v_rows=table(np.arange(mr) * tiles),
        v_steps=table(np.arange(tiles)),
        m_steps=table(np.arange(tiles) * nr),
        vectors=table(np.arange(nv) * lanes),
        micro_kernel=kernels[0].address,
        input_transform=kernels[1].address,
        dout_transform=kernels[2].address,
        tiles=tiles,
        tiles_at_once=at_once,
        lanes=lanes,
    )
    return WinogradWeightPlan((groups, panels, tile_entries, channels, nr), params, geom, kernels)


def _tiles_at_once(geom, dtype):
    """Tiles side by side that one call transforms: those of a vector at most; a power of 2."""
    return 2 ** int(np.log2(min(vector_bytes() // dtype.itemsize, geom.cols // 2)))


def _geometry_of_tiles(x_shape, out_shape, r, corner, max_v_bytes, dtype):
    """Cut images into blocks of whole tiles whose V takes ``max_v_bytes``, if a row allows it."""
    N, C, tile_entries = *x_shape[:2], (r + 1) ** 2
    rows, cols = (2 * ceil_div(n, 2) for n in out_shape[2:])
    geom = geometry_of(x_shape, (rows, cols), (r, r), 1, (corner, corner), dtype)
    tile_rows = max(1, max_v_bytes // (tile_entries * C * dtype.itemsize * (cols // 2)))
    row_band = min(2 * ceil_div(geom.row_band, 2), 2 * tile_rows)
    small = min(N // WINOGRAD_MIN_BLOCKS, MIN_BLOCK_TILES // (rows * cols // 4))
    images = max(1, small) if row_band >= rows else 1
    row_band = min(row_band, rows)
    assert row_band % 2 == 0  # or tiles of two blocks would overlap
    height, pitch = row_band + r - 1, cols + r - 1
    return geom._replace(
        images=images,
        row_band=row_band,
        height=height,
        pitch=pitch,
        size=C * height * pitch,
        in_place=False,
    )
