"""The micro-kernel: the one loop of this package that runs at the speed of the machine.

It is a register tile, in BLIS's words a micro-kernel (Van Zee and van de Geijn, 2015), and these
modules use its names. A micro-tile is a small matrix of sums, ``mr`` rows by ``nr`` columns or
``nv`` whole vector registers, that stays in registers while K outer products are added to it. A
step loads ``mr`` numbers and ``nv`` vectors and does ``mr`` times ``nv`` multiply-adds with them,
so that arithmetic, not memory, sets the pace. The chapter ``speed/micro_kernel`` derives it.

BLIS packs both operands into panels. Here both are read through tables of offsets, so that the same
micro-kernel serves the forward pass and both gradients of a convolution, with any stride, and
nothing but a frame is laid out anew in memory for it.
"""

from functools import cache

import numpy as np

from nndl.fast.kernels.intrinsics import pointer, vector_bytes
from nndl.fast.kernels.ir_builder import VectorBuilder, compile_cfunc
from nndl.fast.runtime.jit import numba

if numba is not None:
    from llvmlite import ir
    from numba.core import cgutils
    from numba.extending import intrinsic

__all__ = ["micro_kernel"]


@cache  # without a bound: the address of one may be called for as long as the process runs
def micro_kernel(dtype, mr, nv, segments=1, add=False):
    """Compile a micro-kernel.

    Its arguments are addresses and numbers, all integers: ``a, a_rows, a_steps, b, b_segments,
    b_steps, K, start, out, out_pitch, out_segments``. Offsets and pitches count entries. It
    computes, for each row r < ``mr``, each of the ``nv * segments`` segments s, and each entry j of
    a segment, of which there are ``vector_bytes() // itemsize // segments``,

        out[r*out_pitch + out_segments[s] + j] = start[r]
            + sum over k < K of a[a_rows[r] + a_steps[k]] * b[b_segments[s] + b_steps[k] + j]

    Parameters
    ----------
    dtype : numpy.dtype
        float32 or float64.
    mr, nv : int
        Rows and vectors of the micro-tile. Its sums, a row of vectors and one more must fit the
        registers.
    segments : int
        Equal parts of a vector, each with an offset of its own; a power of 2.
    add : bool
        Whether the sums are added to what ``out`` holds.

    Returns
    -------
    numba.core.ccallback.CFunc
        Its ``address`` is for ``nndl.fast.kernels.intrinsics.call_address``. Keep it alive.
    """
    size, add = np.dtype(dtype).itemsize, int(add)

    def kernel(a, a_rows, a_steps, b, b_segs, b_steps, K, start, out, pitch, out_segs):
        operands = (a, a_rows, a_steps, b, b_segs, b_steps, K, start, out, pitch, out_segs)
        _micro_kernel(size, mr, nv, segments, add, operands)

    return compile_cfunc(kernel, 11)


if numba is not None:

    @intrinsic(prefer_literal=True)
    def _micro_kernel(typing, size, mr, nv, segments, add, operands):
        numbers = [n.literal_value for n in (size, mr, nv, segments, add)]

        def generate(context, builder, signature, args):
            _generate(builder, *numbers, *cgutils.unpack_tuple(builder, args[-1]))
            return context.get_dummy_value()

        return numba.void(size, mr, nv, segments, add, operands), generate


def _generate(
    builder, size, mr, nv, segments, add,
    a, a_rows, a_steps, b, b_segs, b_steps, K, start, out, pitch, out_segs,
):  # fmt: skip
    """Write the instructions of a micro-kernel."""
    emit, lanes = VectorBuilder(builder, size), vector_bytes() // size
    width, word, hint = lanes // segments, emit.word, ir.IntType(32)
    grid = [(r, v) for r in range(mr) for v in range(nv)]
    parts = [range(v * segments, (v + 1) * segments) for v in range(nv)]

    def joined(addresses):
        pieces = [emit.load(address, width) for address in addresses]
        while len(pieces) > 1:
            both = range(2 * pieces[0].type.count)
            pairs = zip(pieces[::2], pieces[1::2], strict=True)
            pieces = [emit.shuffle(x, y, both) for x, y in pairs]
        return pieces[0]

    a_places = [emit.offset_address(a, emit.load_index(a_rows, r)) for r in range(mr)]
    b_places = [emit.offset_address(b, emit.load_index(b_segs, s)) for s in range(nv * segments)]
    starts = [emit.broadcast(emit.offset_address(start, r), lanes) for r in range(mr)]
    out_places = [
        [
            emit.offset_address(out, builder.mul(pitch, word(r)), emit.load_index(out_segs, s))
            for s in range(nv * segments)
        ]
        for r in range(mr)
    ]
    for place in (place for row in out_places for place in row):  # fetched during the sums
        place = pointer(builder, place, ir.IntType(8))
        emit.intrinsic("llvm.prefetch", ir.VoidType(), place, hint(1), hint(3), hint(1))
    before = builder.block
    loop, after = builder.append_basic_block("steps"), builder.append_basic_block("done")
    builder.cbranch(builder.icmp_signed(">", K, word(0)), loop, after)

    builder.position_at_end(loop)
    k = builder.phi(word)
    sums, news = [builder.phi(emit.vector(lanes)) for _ in grid], []
    a_step, b_step = emit.load_index(a_steps, k), emit.load_index(b_steps, k)
    columns = [joined([emit.offset_address(b_places[s], b_step) for s in part]) for part in parts]
    for r in range(mr):
        number = emit.broadcast(emit.offset_address(a_places[r], a_step), lanes)
        for v in range(nv):  # one instruction, where the machine has it
            name, total = f"llvm.fmuladd.v{lanes}f{8 * size}", sums[r * nv + v]
            news.append(emit.intrinsic(name, total.type, number, columns[v], total))
    # LLVM must not see that k counts: it would unroll, and the registers do not hold two steps.
    following = builder.add(k, word(1))
    following = builder.asm(ir.FunctionType(word, [word]), "", "=r,0", [following], False)
    builder.cbranch(builder.icmp_signed("<", following, K), loop, after)

    builder.position_at_end(after)
    totals = [builder.phi(emit.vector(lanes)) for _ in grid]
    k.add_incoming(word(0), before)
    k.add_incoming(following, loop)
    for (r, _), new, *phis in zip(grid, news, sums, totals, strict=True):
        for phi in phis:
            phi.add_incoming(starts[r], before)
            phi.add_incoming(new, loop)
    for (r, v), total in zip(grid, totals, strict=True):
        for k, s in enumerate(parts[v]):
            piece = emit.shuffle(total, total, range(k * width, (k + 1) * width))
            if add:
                piece = builder.fadd(emit.load(out_places[r][s], width), piece)
            emit.store(piece, out_places[r][s])
