"""Words for writing machine instructions: what the generators of compiled functions are made of."""

from nndl.fast.kernels.intrinsics import WORD_BYTES, pointer
from nndl.fast.runtime.disk_cache import compile_stored
from nndl.fast.runtime.jit import numba

if numba is not None:
    from llvmlite import ir
    from numba.core.ccallback import CFunc


class VectorBuilder:
    """Writes instructions on numbers of ``size`` bytes at addresses; offsets count numbers."""

    def __init__(self, builder, size):
        self.builder, self.size = builder, size
        self.word = ir.IntType(8 * WORD_BYTES)
        self.element = ir.FloatType() if size == 4 else ir.DoubleType()

    def vector(self, lanes):
        """The type of ``lanes`` numbers side by side."""
        return ir.VectorType(self.element, lanes)

    def offset_address(self, base, *offsets):
        """The address some numbers after ``base``."""
        for offset in offsets:
            offset = self.word(offset) if isinstance(offset, int) else offset
            base = self.builder.add(base, self.builder.mul(offset, self.word(self.size)))
        return base

    def row_address(self, base, pitch, k):
        """The address of row k, where rows lie ``pitch`` numbers apart."""
        return self.offset_address(base, self.builder.mul(pitch, self.word(k)))

    def load_index(self, table, k):
        """Number k of a table of integers."""
        k = self.word(k) if isinstance(k, int) else k
        address = self.builder.add(table, self.builder.mul(k, self.word(WORD_BYTES)))
        return self.builder.load(pointer(self.builder, address, self.word))

    def load(self, address, lanes):
        """``lanes`` numbers from an address."""
        place = pointer(self.builder, address, self.vector(lanes))
        return self.builder.load(place, align=self.size)

    def store(self, value, address):
        """Write a vector to an address."""
        self.builder.store(value, pointer(self.builder, address, value.type), align=self.size)

    def shuffle(self, x, y, entries):
        """The vector of these entries of x and y, counted through both."""
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(entries)), list(entries))
        return self.builder.shuffle_vector(x, y, mask)

    def broadcast(self, address, lanes):
        """A vector whose entries are all the number at an address."""
        one = self.load(address, 1)
        return self.shuffle(one, one, [0] * lanes)

    def constant(self, value, kind):
        """A vector whose entries are all ``value``."""
        return ir.Constant(kind, [ir.Constant(self.element, float(value))] * kind.count)

    def intrinsic(self, name, result, *arguments):
        """Call a function that LLVM itself provides."""
        kinds = [argument.type for argument in arguments]
        module = self.builder.module
        function = module.globals.get(name) or ir.Function(
            module, ir.FunctionType(result, kinds), name
        )
        return self.builder.call(function, arguments)


def compile_cfunc(body, arguments):
    """Compile ``body``, a function of that many integers, to code that has an ``address``."""
    function = CFunc(body, ((numba.intp,) * arguments, numba.void), locals={}, options={})
    return compile_stored(function)
