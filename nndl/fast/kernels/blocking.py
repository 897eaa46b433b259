"""How images are cut into blocks, and how large a micro-tile is.

What a cache holds, how many blocks keep all threads at work to the end, and what a step of the
micro-kernel costs, is measured: ``python -m benchmarks.tune`` measures it anew, with the arguments
``blocks`` and ``micro_kernel``.
"""

from functools import lru_cache

from nndl.fast.kernels.intrinsics import ceil_div, registers, vector_bytes
from nndl.fast.kernels.records import Geometry

MIN_BLOCKS = 32  # blocks of a batch, if it has as many rows, so that threads finish together
MAX_FRAME_BYTES = 2**18  # of a block with its border, where one row allows it
MIN_BLOCK_PIXELS = 256  # results in a block, where images are small and enough of them

MAX_MR, MAX_NV = 14, 8  # of a micro-tile: larger ones compile slowly and are no faster
# What a step of a micro-kernel costs, in the time between two multiply-adds of vectors.
LATENCY = 4  # a sum cannot be added to sooner
BROADCAST, VECTOR_LOAD = 0.5, 1.3  # of a number for a row, of a vector
STEP, STEP_OF_ONE = 0.3, 0.04  # of counting, and for each row and vector
JOINED = 1.25  # cost of a vector that is put together from four segments or more, in whole ones

# Plans of each kind that are kept, of the shapes used last: more than a program has layers. Not
# measured.
PLANS_KEPT = 1024


def geometry_of(shape, result, filters, stride, corner, dtype):
    """Cut images of ``shape`` into blocks for results of rows by columns ``result``.

    Filters of height and width ``filters`` are over row and column ``corner`` of the image at the
    first result; they are ``stride`` pixels apart.
    """
    N, C, H, W = shape
    rows, cols = result
    height, pitch = ceil_div(filters[0], stride) - 1, cols + ceil_div(filters[1], stride) - 1
    in_place = stride == 1 and corner == (0, 0) and (rows + height, pitch) == (H, W)
    row_band = rows if N >= MIN_BLOCKS else ceil_div(rows, ceil_div(MIN_BLOCKS, N))
    row_bytes = C * stride**2 * pitch * dtype.itemsize
    while row_band > 1 and (row_band + height) * row_bytes > MAX_FRAME_BYTES:
        row_band = ceil_div(row_band, 2)
    whole = row_band == rows and N >= MIN_BLOCKS
    images = max(1, min(N // MIN_BLOCKS, MIN_BLOCK_PIXELS // (rows * cols))) if whole else 1
    height = H if in_place else row_band + height
    segment = _segment(cols, vector_bytes() // dtype.itemsize)
    assert segment <= cols  # or segment_offsets would step back over the beginning of a row
    return Geometry(
        images=images,
        row_band=row_band,
        rows=rows,
        cols=cols,
        stride=stride,
        top=corner[0],
        left=corner[1],
        height=height,
        pitch=pitch,
        size=C * stride**2 * height * pitch,
        in_place=in_place,
        segment=segment,
    )


def _segment(cols, lanes):
    """Entries of a segment: those of a vector, or of a part of one where rows are short."""

    def cost(parts):
        width = lanes // parts
        return ceil_div(cols, width) * width * (1 if parts < 4 else JOINED)

    parts = [2**k for k in range(lanes.bit_length()) if lanes // 2**k <= cols]
    return lanes // min(parts, key=cost)


def max_sums():
    """Vectors of sums in a micro-tile at most: LLVM needs the other registers to load ahead."""
    return 2 * registers() // 3


def cycles(mr, nv):
    """What a step of a micro-kernel costs, in the time between two multiply-adds."""
    step = max(mr * nv, LATENCY, BROADCAST * mr + VECTOR_LOAD * nv)
    return step + STEP + STEP_OF_ONE * (mr + nv)


@lru_cache(PLANS_KEPT)
def micro_tile(rows, vectors):
    """(mr, nv) of the micro-tile that covers ``rows`` by ``vectors`` in the fewest cycles.

    It is no larger than what it covers: mr <= rows and nv <= vectors.
    """
    sizes = [
        (mr, nv)
        for mr in range(1, min(rows, MAX_MR) + 1)
        for nv in range(1, min(vectors, MAX_NV) + 1)
        if mr * nv <= max_sums()
    ]
    return min(
        sizes, key=lambda size: ceil_div(rows, size[0]) * ceil_div(vectors, size[1]) * cycles(*size)
    )
