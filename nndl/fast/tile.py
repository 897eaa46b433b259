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

from nndl.fast.compiled import numba, stored
from nndl.fast.vectors import ARGUMENTS, WORD, pointer, vector_bytes

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils
    from numba.core.ccallback import CFunc
    from numba.extending import intrinsic


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
        Its ``address`` is what ``nndl.fast.vectors.call`` wants. Keep it alive.
    """
    size, add = np.dtype(dtype).itemsize, int(add)

    def kernel(a, a_rows, a_steps, b, b_segs, b_steps, steps, start, out, pitch, out_segs):
        operands = (a, a_rows, a_steps, b, b_segs, b_steps, steps, start, out, pitch, out_segs)
        _tile(size, rows, vectors, segments, add, operands)

    function = CFunc(kernel, ((numba.intp,) * ARGUMENTS, numba.void), locals={}, options={})
    stored(function).compile()
    return function


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
    word, i32 = ir.IntType(8 * WORD), ir.IntType(32)
    element = ir.FloatType() if size == 4 else ir.DoubleType()
    lanes = vector_bytes() // size
    width = lanes // segments
    vector, segment = ir.VectorType(element, lanes), ir.VectorType(element, width)
    grid = [(r, v) for r in range(rows) for v in range(vectors)]
    fma = cgutils.get_or_insert_function(  # one instruction where the machine has it
        builder.module,
        ir.FunctionType(vector, [vector] * 3),
        f"llvm.fmuladd.v{lanes}f{8 * size}",
    )

    prefetch = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), i32, i32, i32]),
        "llvm.prefetch",
    )

    def moved(base, offset):
        return builder.add(base, builder.mul(offset, word(size)))

    def entry(table, k):
        k = word(k) if isinstance(k, int) else k
        return builder.load(pointer(builder, builder.add(table, builder.mul(k, word(WORD))), word))

    def select(x, y, entries):
        return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(i32, len(entries)), entries))

    def spread(address):
        number = builder.load(pointer(builder, address, element), align=size)
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), number, i32(0))
        return select(first, first, [0] * lanes)

    def joined(addresses):
        parts = [builder.load(pointer(builder, p, segment), align=size) for p in addresses]
        while len(parts) > 1:
            both = list(range(2 * parts[0].type.count))
            parts = [select(x, y, both) for x, y in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    a_at = [moved(a, entry(a_rows, r)) for r in range(rows)]
    b_at = [moved(b, entry(b_segs, s)) for s in range(vectors * segments)]
    starts = [spread(moved(start, word(r))) for r in range(rows)]
    for r in range(rows):  # the caches fetch the lines of the result while the sums are taken
        row = moved(out, builder.mul(pitch, word(r)))
        for s in range(vectors * segments):
            place = pointer(builder, moved(row, entry(out_segs, s)), ir.IntType(8))
            builder.call(prefetch, (place, i32(1), i32(3), i32(1)))
    before = builder.block
    loop, after = builder.append_basic_block("steps"), builder.append_basic_block("done")
    builder.cbranch(builder.icmp_signed(">", steps, word(0)), loop, after)

    builder.position_at_end(loop)
    k = builder.phi(word)
    k.add_incoming(word(0), before)
    sums = [builder.phi(vector) for _ in grid]
    a_step, b_step = entry(a_steps, k), entry(b_steps, k)
    columns = [
        joined([moved(p, b_step) for p in b_at[v * segments : (v + 1) * segments]])
        for v in range(vectors)
    ]
    news = []
    for r in range(rows):
        number = spread(moved(a_at[r], a_step))
        for v in range(vectors):
            news.append(builder.call(fma, (number, columns[v], sums[r * vectors + v])))
    # LLVM must not see that k counts: it would unroll, and the registers do not hold two steps.
    following = builder.add(k, word(1))
    following = builder.asm(ir.FunctionType(word, [word]), "", "=r,0", [following], False)
    k.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed("<", following, steps), loop, after)

    builder.position_at_end(after)
    totals = [builder.phi(vector) for _ in grid]
    for (r, _), total, new, final in zip(grid, sums, news, totals, strict=True):
        for phi, source, value in ((total, before, starts[r]), (total, loop, new)):
            phi.add_incoming(value, source)
        for source, value in ((before, starts[r]), (loop, new)):
            final.add_incoming(value, source)
    for (r, v), total in zip(grid, totals, strict=True):
        row = moved(out, builder.mul(pitch, word(r)))
        for s in range(segments):
            part = select(total, total, list(range(s * width, (s + 1) * width)))
            place = pointer(builder, moved(row, entry(out_segs, v * segments + s)), segment)
            if add:
                part = builder.fadd(builder.load(place, align=size), part)
            builder.store(part, place, align=size)
