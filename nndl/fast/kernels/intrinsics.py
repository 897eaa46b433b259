"""What a plain loop cannot say: whole vectors, raw addresses, and calls through an address.

Each function here is a line or two of Python that says what it means, and, for compiled loops, the
few instructions that do it. Addresses are integers; keep the array alive whose address you pass.
"""

import ctypes

import numpy as np

from nndl.fast.runtime.jit import device_function, host_device_function, numba

if numba is not None:
    from llvmlite import binding, ir
    from numba.core import cgutils
    from numba.extending import intrinsic, overload

WORD_BYTES = np.intp().itemsize


def vector_bytes():
    """Bytes in a vector register of this machine: 64 (AVX-512), 32 (AVX), or 16 (NEON, SSE)."""
    features = binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


def registers():
    """Number of vector registers of this machine."""
    x86 = "x86" in binding.get_process_triple() or "amd64" in binding.get_process_triple()
    return 16 if x86 and vector_bytes() < 64 else 32


@host_device_function
def ceil_div(a, b):
    """``a / b``, rounded up; b > 0."""
    return -(-a // b)


@device_function
def address_of(array, index):
    """Address of entry ``index``, counted along memory, of a contiguous array."""
    return np.intp(array.ctypes.data + index * array.itemsize)


def call_address(function, arguments):
    """Call the function at an address, with integers."""
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_ssize_t] * len(arguments))
    kind(int(function))(*map(int, arguments))


def memcpy(dst, src, size):
    """Copy ``size`` bytes from one address to another."""
    ctypes.memmove(int(dst), int(src), int(size))


def transpose_block(dst, dst_index, dst_pitch, src, src_index, src_pitch, lanes):
    """Transpose a block of ``lanes`` by ``lanes`` entries from one flat array to another.

    Its rows start at ``src_index`` and lie ``src_pitch`` entries apart; those of its transpose
    start at ``dst_index``, ``dst_pitch`` entries apart. ``lanes`` is what a vector holds.
    """
    for i in range(lanes):
        dst[dst_index + i : dst_index + i + lanes * dst_pitch : dst_pitch] = src[
            src_index + i * src_pitch : src_index + i * src_pitch + lanes
        ]


if numba is not None:

    def pointer(builder, address, typ):
        """``address`` as a pointer to ``typ``."""
        return builder.inttoptr(address, typ.as_pointer())

    @intrinsic
    def _call_address(typing, function, arguments):
        def generate(context, builder, signature, args):
            word = ir.IntType(8 * WORD_BYTES)
            kind = ir.FunctionType(ir.VoidType(), [word] * len(arguments))
            builder.call(pointer(builder, args[0], kind), cgutils.unpack_tuple(builder, args[1]))
            return context.get_dummy_value()

        return numba.void(function, arguments), generate

    @intrinsic
    def _memcpy(typing, dst, src, size):
        def generate(context, builder, signature, args):
            dst, src = (pointer(builder, address, ir.IntType(8)) for address in args[:2])
            cgutils.raw_memcpy(builder, dst, src, args[2], 1)
            return context.get_dummy_value()

        return numba.void(dst, src, size), generate

    @intrinsic
    def _transpose_block(typing, dst, dst_pitch, src, src_pitch, like):
        """Rows are loaded whole, then shuffled: log2(lanes) rounds of perfect shuffles."""

        def generate(context, builder, signature, args):
            dst, dst_pitch, src, src_pitch, _ = args
            size = like.dtype.bitwidth // 8
            lanes = vector_bytes() // size
            vector = ir.VectorType(context.get_value_type(like.dtype), lanes)
            word = dst.type

            def row(base, pitch, k):
                offset = builder.mul(pitch, word(k * size))
                return pointer(builder, builder.add(base, offset), vector)

            rows = [builder.load(row(src, src_pitch, k), align=size) for k in range(lanes)]
            half = lanes // 2
            mixed = [k // 2 + k % 2 * lanes for k in range(2 * lanes)]  # 0, lanes, 1, lanes + 1 ...
            masks = [
                ir.Constant(ir.VectorType(ir.IntType(32), lanes), part)
                for part in (mixed[:lanes], mixed[lanes:])
            ]
            for _ in range(lanes.bit_length() - 1):
                pairs = zip(rows[:half], rows[half:], strict=True)
                rows = [builder.shuffle_vector(x, y, mask) for x, y in pairs for mask in masks]
            for k in range(lanes):
                builder.store(rows[k], row(dst, dst_pitch, k), align=size)
            return context.get_dummy_value()

        return numba.void(dst, dst_pitch, src, src_pitch, like), generate

    @overload(call_address)
    def _overload_call_address(function, arguments):
        return lambda function, arguments: _call_address(function, arguments)

    @overload(memcpy)
    def _overload_memcpy(dst, src, size):
        return lambda dst, src, size: _memcpy(np.intp(dst), np.intp(src), np.intp(size))

    @overload(transpose_block)
    def _overload_transpose_block(dst, dst_index, dst_pitch, src, src_index, src_pitch, lanes):
        def transpose(dst, dst_index, dst_pitch, src, src_index, src_pitch, lanes):
            to, origin = address_of(dst, dst_index), address_of(src, src_index)
            _transpose_block(to, np.intp(dst_pitch), origin, np.intp(src_pitch), dst)

        return transpose
