"""The transforms around Winograd's products: of pixels, of sums, and of gradients.

Two neighboring results of a filter with r entries take r + 1 products and not 2 r
(Lavin and Gray, 2016); in two dimensions, four results of a filter of 3 by 3 take 16 and not 36,
and of 5 by 5, 36 and not 100. For an input tile d of r + 1 by r + 1 pixels and filters g of r by r,
with the matrices below, the output tile of 2 by 2 results is

    A^T M A,   M = sum over channels of U * V,   U = G g G^T,   V = B^T d B,   * entry by entry.

Most entries of A and B are 0, 1 and -1: what is left of these products are sums of whole vectors.

Filters of 5 by 5 gain less than those of 3 by 3. Against plain sums, on six shapes of 16 to 128
channels in both dtypes, on two cores with AVX-512, they are 0.77 to 1.54 times as fast forward and
0.86 to 1.40 backward; the geometric means are 1.15 and 1.10. On 128 channels of 8 x 8 they lose in
every pass. In the benchmarks' row of 5 by 5 filters they are 1.20 (float32) and 1.33 (float64)
times as fast forward, and 1.04 and 0.89 backward: without them, its forward pass would be slower by
more than the 3 % that a change may cost, so they are kept. ``python -m benchmarks.tune pays``
measures it anew.
"""

from functools import cache

import numpy as np

from nndl.fast.kernels.intrinsics import vector_bytes
from nndl.fast.kernels.ir_builder import VectorBuilder, compile_cfunc
from nndl.fast.runtime.jit import numba

if numba is not None:
    from numba.core import cgutils
    from numba.extending import intrinsic

# Products of polynomials, by their values at the points 0, 1, -1 (and 1/2, -2, which round least)
# and, the last row, at infinity.
_VALUES = np.vander([0, 1, -1, 0.5, -2], 5, increasing=True)
G = {
    3: np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]),
    5: np.vstack([_VALUES / [[1], [3], [-3], [-15 / 16], [15]], [0, 0, 0, 0, 1]]),
}
BT = {
    3: ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1)),
    5: (
        (1, -1.5, -2, 1.5, 1, 0),
        (0, -1, 0.5, 2.5, 1, 0),
        (0, 1, -2.5, 0.5, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 0.5, -1, -0.5, 1, 0),
        (0, 1, -1.5, -2, 1.5, 1),
    ),
}
AT = {
    3: ((1, 1, 1, 0), (0, 1, -1, 1)),
    5: ((1, 1, 1, 1, 1, 0), (0, 1, -1, 0.5, -2, 1)),
}


@cache
def input_transform(dtype, r, tiles):
    """Compile V = B^T d B for some input tiles side by side, two pixels apart; filters of r by r.

    Its arguments: address and pitch of V, whose entries lie a pitch apart, each for all tiles;
    address and pitch, from row to row, of the pixels.
    """
    size = np.dtype(dtype).itemsize

    def kernel(out, out_pitch, pixels, pitch):
        _input_transform(size, r, tiles, (out, out_pitch, pixels, pitch))

    return compile_cfunc(kernel, 4)


@cache
def output_transform(dtype, r, tiles):
    """Compile A^T M A, plus a start, for some output tiles side by side.

    Its arguments: addresses of the upper and the lower row of results, two a tile; address and
    pitch of M; address of the number that each result starts from.
    """
    size = np.dtype(dtype).itemsize

    def kernel(upper, lower, sums, pitch, start):
        _output_transform(size, r, tiles, (upper, lower, sums, pitch, start))

    return compile_cfunc(kernel, 5)


@cache
def dout_transform(dtype, r):
    """Compile dM = A dY A^T for 2 by 2 vectors: the way of gradients through ``output_transform``.

    Its arguments: address and pitch of dM, a vector for each entry of a tile; addresses of the
    vectors.
    """
    size = np.dtype(dtype).itemsize

    def kernel(out, out_pitch, upper, upper_right, lower, lower_right):
        _dout_transform(size, r, (out, out_pitch, upper, upper_right, lower, lower_right))

    return compile_cfunc(kernel, 6)


def _linear(emit, matrix, vectors):
    """A matrix of a few numbers times a column of vectors."""
    results = []
    for row in matrix:
        terms = [(factor, vector) for factor, vector in zip(row, vectors, strict=True) if factor]
        terms.sort(key=lambda term: -term[0])  # one with a plus comes first
        total = None
        for factor, vector in terms:
            if abs(factor) != 1:
                vector = emit.builder.fmul(vector, emit.constant(abs(factor), vector.type))
            combine = emit.builder.fadd if factor > 0 else emit.builder.fsub
            total = vector if total is None else combine(total, vector)
        results.append(total)
    return results


def _both_sides(emit, matrix, rows):
    """``matrix`` times rows times its transpose."""
    rows = [_linear(emit, matrix, row) for row in rows]
    columns = [_linear(emit, matrix, column) for column in zip(*rows, strict=True)]
    return list(zip(*columns, strict=True))


if numba is not None:

    @intrinsic(prefer_literal=True)
    def _input_transform(typing, size, r, tiles, operands):
        numbers = size.literal_value, r.literal_value, tiles.literal_value

        def generate(context, builder, signature, args):
            out, out_pitch, pixels, pitch = cgutils.unpack_tuple(builder, args[-1])
            emit, r, n = VectorBuilder(builder, numbers[0]), *numbers[1:]
            rows = []
            for i in range(r + 1):  # columns 0 and 1 of the tiles, two on, 2 and 3, ...
                row, columns = emit.row_address(pixels, pitch, i), []
                for first in range(0, r + 1, 2):
                    pair = [emit.load(emit.offset_address(row, first + half), n) for half in (0, n)]
                    columns += [emit.shuffle(*pair, range(odd, 2 * n, 2)) for odd in (0, 1)]
                rows.append(columns)
            for i, row in enumerate(_both_sides(emit, BT[r], rows)):
                for j, value in enumerate(row):
                    place = emit.row_address(out, out_pitch, (r + 1) * i + j)
                    emit.store(value, place)
            return context.get_dummy_value()

        return numba.void(size, r, tiles, operands), generate

    @intrinsic(prefer_literal=True)
    def _output_transform(typing, size, r, tiles, operands):
        numbers = size.literal_value, r.literal_value, tiles.literal_value

        def generate(context, builder, signature, args):
            upper, lower, sums, pitch, start = cgutils.unpack_tuple(builder, args[-1])
            emit, r, n = VectorBuilder(builder, numbers[0]), *numbers[1:]
            rows = [
                [emit.load(emit.row_address(sums, pitch, (r + 1) * i + j), n) for j in range(r + 1)]
                for i in range(r + 1)
            ]
            first = emit.broadcast(start, n)
            for place, pair in zip((upper, lower), _both_sides(emit, AT[r], rows), strict=True):
                even, odd = (builder.fadd(first, value) for value in pair)
                mixed = [k // 2 + k % 2 * n for k in range(2 * n)]
                emit.store(emit.shuffle(even, odd, mixed), place)
            return context.get_dummy_value()

        return numba.void(size, r, tiles, operands), generate

    @intrinsic(prefer_literal=True)
    def _dout_transform(typing, size, r, operands):
        numbers = size.literal_value, r.literal_value

        def generate(context, builder, signature, args):
            out, pitch, *places = cgutils.unpack_tuple(builder, args[-1])
            emit, r = VectorBuilder(builder, numbers[0]), numbers[1]
            rows = [
                [emit.load(place, vector_bytes() // emit.size) for place in pair]
                for pair in (places[:2], places[2:])
            ]
            for i, row in enumerate(_both_sides(emit, list(zip(*AT[r], strict=True)), rows)):
                for j, value in enumerate(row):
                    emit.store(value, emit.row_address(out, pitch, (r + 1) * i + j))
            return context.get_dummy_value()

        return numba.void(size, r, operands), generate
