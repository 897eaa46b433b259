"""The register tile: the one loop of this package that runs at the speed of the machine.

A tile is a small matrix of sums, ``rows`` by ``vectors`` whole vector registers, that stays in
registers while ``steps`` outer products are added to it. A step loads ``rows`` numbers and
``vectors`` vectors and does ``rows`` times ``vectors`` multiply-adds with them, so that arithmetic,
not memory, sets the pace. The chapter ``speed/register_tiles`` derives it.

Both operands are read through tables of offsets, so that the same tile serves the forward pass and
both gradients of a convolution, with any stride, and nothing is laid out anew in memory for it.
"""

from functools import cache

import numpy as np

from nndl.fast.kernels.intrinsics import pointer, vector_bytes
from nndl.fast.kernels.ir_builder import Emit, function_of_words
from nndl.fast.runtime.jit import numba

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils
    from numba.extending import intrinsic

__all__ = ["tile"]


@cache
def tile(dtype, rows, vectors, segments=1, add=False):
    """Compile a register tile.

    Its arguments are addresses and numbers, all integers: ``a, a_rows, a_steps, b, b_segments,
    b_steps, steps, start, out, out_pitch, out_segments``. Offsets and pitches count entries. It
    computes, for each row r, each segment s of ``vector_bytes() // itemsize // segments`` entries,
    and each entry j of a segment,

        out[r*out_pitch + out_segments[s] + j] = start[r]
            + sum over k < steps of a[a_rows[r] + a_steps[k]] * b[b_segments[s] + b_steps[k] + j]

    Parameters
    ----------
    dtype : numpy.dtype
        float32 or float64.
    rows, vectors : int
        Size of the tile. Its sums, a row of vectors and one more must fit the registers.
    segments : int
        Of how many equal parts, each with its own offset, a vector is put together; a power of 2.
    add : bool
        Whether the sums are added to what ``out`` holds.

    Returns
    -------
    numba.core.ccallback.CFunc
        Its ``address`` is what ``nndl.fast.kernels.intrinsics.call`` wants. Keep it alive.
    """
    size, add = np.dtype(dtype).itemsize, int(add)

    def kernel(a, a_rows, a_steps, b, b_segs, b_steps, steps, start, out, pitch, out_segs):
        operands = (a, a_rows, a_steps, b, b_segs, b_steps, steps, start, out, pitch, out_segs)
        _tile(size, rows, vectors, segments, add, operands)

    return function_of_words(kernel, 11)


if numba is not None:

    @intrinsic(prefer_literal=True)
    def _tile(typing, size, rows, vectors, segments, add, operands):
        numbers = [n.literal_value for n in (size, rows, vectors, segments, add)]

        def generate(context, builder, signature, args):
            _generate(builder, *numbers, *cgutils.unpack_tuple(builder, args[-1]))
            return context.get_dummy_value()

        return numba.void(size, rows, vectors, segments, add, operands), generate


def _generate(
    builder, size, rows, vectors, segments, add,
    a, a_rows, a_steps, b, b_segs, b_steps, steps, start, out, pitch, out_segs,
):  # fmt: skip
    """Write the instructions of a tile."""
    e, lanes = Emit(builder, size), vector_bytes() // size
    width, word, hint = lanes // segments, e.word, ir.IntType(32)
    grid = [(r, v) for r in range(rows) for v in range(vectors)]
    parts = [range(v * segments, (v + 1) * segments) for v in range(vectors)]

    def joined(addresses):
        pieces = [e.load(address, width) for address in addresses]
        while len(pieces) > 1:
            both = range(2 * pieces[0].type.count)
            pieces = [e.select(x, y, both) for x, y in zip(pieces[::2], pieces[1::2], strict=True)]
        return pieces[0]

    a_at = [e.moved(a, e.entry(a_rows, r)) for r in range(rows)]
    b_at = [e.moved(b, e.entry(b_segs, s)) for s in range(vectors * segments)]
    starts = [e.spread(e.moved(start, r), lanes) for r in range(rows)]
    places = [
        [
            e.moved(out, builder.mul(pitch, word(r)), e.entry(out_segs, s))
            for s in range(vectors * segments)
        ]
        for r in range(rows)
    ]
    for place in (place for row in places for place in row):  # fetched while the sums are taken
        place = pointer(builder, place, ir.IntType(8))
        e.intrinsic("llvm.prefetch", ir.VoidType(), place, hint(1), hint(3), hint(1))
    before = builder.block
    loop, after = builder.append_basic_block("steps"), builder.append_basic_block("done")
    builder.cbranch(builder.icmp_signed(">", steps, word(0)), loop, after)

    builder.position_at_end(loop)
    k = builder.phi(word)
    sums, news = [builder.phi(e.vector(lanes)) for _ in grid], []
    a_step, b_step = e.entry(a_steps, k), e.entry(b_steps, k)
    columns = [joined([e.moved(b_at[s], b_step) for s in part]) for part in parts]
    for r in range(rows):
        number = e.spread(e.moved(a_at[r], a_step), lanes)
        for v in range(vectors):  # one instruction, where the machine has it
            name, total = f"llvm.fmuladd.v{lanes}f{8 * size}", sums[r * vectors + v]
            news.append(e.intrinsic(name, total.type, number, columns[v], total))
    # LLVM must not see that k counts: it would unroll, and the registers do not hold two steps.
    following = builder.add(k, word(1))
    following = builder.asm(ir.FunctionType(word, [word]), "", "=r,0", [following], False)
    builder.cbranch(builder.icmp_signed("<", following, steps), loop, after)

    builder.position_at_end(after)
    totals = [builder.phi(e.vector(lanes)) for _ in grid]
    k.add_incoming(word(0), before)
    k.add_incoming(following, loop)
    for (r, _), new, *phis in zip(grid, news, sums, totals, strict=True):
        for phi in phis:
            phi.add_incoming(starts[r], before)
            phi.add_incoming(new, loop)
    for (r, v), total in zip(grid, totals, strict=True):
        for k, s in enumerate(parts[v]):
            piece = e.select(total, total, range(k * width, (k + 1) * width))
            if add:
                piece = builder.fadd(e.load(places[r][s], width), piece)
            e.store(piece, places[r][s])
