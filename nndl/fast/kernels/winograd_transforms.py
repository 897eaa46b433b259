"""The changes of variables around Winograd's products: of pixels, and of their sums.

Two neighboring results of a filter with r entries take r + 1 products and not 2 r
(Lavin and Gray, 2016); in two dimensions, four results of a filter of 3 by 3 take 16 and not 36,
and of 5 by 5, 36 and not 100. For a window d of r + 1 by r + 1 pixels and filters g of r by r,
with the matrices below, the 2 by 2 results are

    A^T [sum over channels of (G g G^T) * (B^T d B)] A,   * entry by entry.

Most entries of A and B are 0, 1 and -1: what is left of these products are sums of whole vectors.
"""

from functools import cache

import numpy as np

from nndl.fast.kernels.intrinsics import vector_bytes
from nndl.fast.kernels.ir_builder import Emit, function_of_words
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
def window_transform(dtype, r, width):
    """Compile B^T d B for ``width`` windows side by side, two pixels apart; filters of r by r.

    Its arguments: address and pitch of the result, whose entries lie a pitch apart, each for
    all windows; address and pitch, from row to row, of the pixels.
    """
    size = np.dtype(dtype).itemsize

    def kernel(out, out_pitch, pixels, pitch):
        _windows(size, r, width, (out, out_pitch, pixels, pitch))

    return function_of_words(kernel, 4)


@cache
def result_transform(dtype, r, width):
    """Compile A^T m A, plus a start, for ``width`` windows side by side.

    Its arguments: addresses of the upper and the lower row of results, 2 ``width`` each; address
    and pitch of the sums; address of the number that each result starts from.
    """
    size = np.dtype(dtype).itemsize

    def kernel(upper, lower, sums, pitch, start):
        _results(size, r, width, (upper, lower, sums, pitch, start))

    return function_of_words(kernel, 5)


@cache
def gradient_transform(dtype, r):
    """Compile A m A^T for 2 by 2 vectors: the way of gradients through ``result_transform``.

    Its arguments: address and pitch of the result, a vector for each entry of a window; addresses
    of the vectors.
    """
    size = np.dtype(dtype).itemsize

    def kernel(out, out_pitch, upper, upper_right, lower, lower_right):
        _gradients(size, r, (out, out_pitch, upper, upper_right, lower, lower_right))

    return function_of_words(kernel, 6)


def _combined(e, matrix, vectors):
    """A matrix of a few numbers times a column of vectors."""
    results = []
    for row in matrix:
        terms = [(factor, vector) for factor, vector in zip(row, vectors, strict=True) if factor]
        terms.sort(key=lambda term: -term[0])  # one with a plus comes first
        total = None
        for factor, vector in terms:
            if abs(factor) != 1:
                vector = e.builder.fmul(vector, e.constant(abs(factor), vector.type))
            combine = e.builder.fadd if factor > 0 else e.builder.fsub
            total = vector if total is None else combine(total, vector)
        results.append(total)
    return results


def _both_sides(e, matrix, rows):
    """``matrix`` times rows times its transpose."""
    rows = [_combined(e, matrix, row) for row in rows]
    columns = [_combined(e, matrix, column) for column in zip(*rows, strict=True)]
    return list(zip(*columns, strict=True))


if numba is not None:

    @intrinsic(prefer_literal=True)
    def _windows(typing, size, r, width, operands):
        numbers = size.literal_value, r.literal_value, width.literal_value

        def generate(context, builder, signature, args):
            out, out_pitch, pixels, pitch = cgutils.unpack_tuple(builder, args[-1])
            e, r, n = Emit(builder, numbers[0]), *numbers[1:]
            rows = []
            for i in range(r + 1):  # columns 0 and 1 of the windows, two on, 2 and 3, ...
                row, at = e.moved(pixels, builder.mul(pitch, e.word(i))), []
                for first in range(0, r + 1, 2):
                    pair = [e.load(e.moved(row, first + half), n) for half in (0, n)]
                    at += [e.select(*pair, range(odd, 2 * n, 2)) for odd in (0, 1)]
                rows.append(at)
            for i, row in enumerate(_both_sides(e, BT[r], rows)):
                for j, value in enumerate(row):
                    place = e.moved(out, builder.mul(out_pitch, e.word((r + 1) * i + j)))
                    e.store(value, place)
            return context.get_dummy_value()

        return numba.void(size, r, width, operands), generate

    @intrinsic(prefer_literal=True)
    def _results(typing, size, r, width, operands):
        numbers = size.literal_value, r.literal_value, width.literal_value

        def generate(context, builder, signature, args):
            upper, lower, sums, pitch, start = cgutils.unpack_tuple(builder, args[-1])
            e, r, n = Emit(builder, numbers[0]), *numbers[1:]
            rows = [
                [
                    e.load(e.moved(sums, builder.mul(pitch, e.word((r + 1) * i + j))), n)
                    for j in range(r + 1)
                ]
                for i in range(r + 1)
            ]
            first = e.spread(start, n)
            for place, pair in zip((upper, lower), _both_sides(e, AT[r], rows), strict=True):
                even, odd = (builder.fadd(first, value) for value in pair)
                mixed = [k // 2 + k % 2 * n for k in range(2 * n)]
                e.store(e.select(even, odd, mixed), place)
            return context.get_dummy_value()

        return numba.void(size, r, width, operands), generate

    @intrinsic(prefer_literal=True)
    def _gradients(typing, size, r, operands):
        numbers = size.literal_value, r.literal_value

        def generate(context, builder, signature, args):
            out, pitch, *places = cgutils.unpack_tuple(builder, args[-1])
            e, r = Emit(builder, numbers[0]), numbers[1]
            rows = [
                [e.load(place, vector_bytes() // e.size) for place in pair]
                for pair in (places[:2], places[2:])
            ]
            for i, row in enumerate(_both_sides(e, list(zip(*AT[r], strict=True)), rows)):
                for j, value in enumerate(row):
                    e.store(value, e.moved(out, builder.mul(pitch, e.word((r + 1) * i + j))))
            return context.get_dummy_value()

        return numba.void(size, r, operands), generate
