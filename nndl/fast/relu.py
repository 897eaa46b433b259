"""The rectifier and the leaky one, compiled, with the names of ``nndl.layers``.

Both passes are one loop: an entry of ``values`` goes through where x is above 0, and becomes 0, or
a part of it, where not. Forward, these are x itself; backward, they are the gradient from above.

Where numba is missing, the functions are the naive ones.
"""

import numpy as np

from nndl.checks.layers import (
    check_leaky_relu,
    check_leaky_relu_backward,
    check_relu,
    check_relu_backward,
)
from nndl.fast.runtime.jit import as_contiguous, common_dtype, compile_kernel, numba, prange
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array, Cache
from nndl.layers import leaky_relu_backward, leaky_relu_forward, relu_backward, relu_forward

__all__ = [
    "leaky_relu_backward_fast",
    "leaky_relu_forward_fast",
    "relu_backward_fast",
    "relu_forward_fast",
]


def relu_forward_fast(x: Array) -> tuple[Array, Cache]:
    """The larger of x and 0: ``relu_forward``, compiled."""
    check_relu("relu_forward_fast", x, fast=True)
    x = as_floats(x)
    return _gated(x, x, x.dtype), x


def relu_backward_fast(dout: Array, cache: Cache) -> Array:
    """Gradient of a rectifier: ``relu_backward``, compiled."""
    check_relu_backward("relu_backward_fast", dout, cache, fast=True)
    x, dout = as_floats(cache, dout)
    return _gated(x, dout, common_dtype(x, dout))


def leaky_relu_forward_fast(x: Array, slope: float) -> tuple[Array, Cache]:
    """x where it is above 0, and a part of it elsewhere: ``leaky_relu_forward``, compiled."""
    check_leaky_relu("leaky_relu_forward_fast", x, slope, fast=True)
    x, slope = as_floats(x), float(slope)
    return _gated(x, x, x.dtype, slope), (x, slope)


def leaky_relu_backward_fast(dout: Array, cache: Cache) -> Array:
    """Gradient of a leaky rectifier: ``leaky_relu_backward``, compiled."""
    check_leaky_relu_backward("leaky_relu_backward_fast", dout, cache, fast=True)
    x, slope = cache
    x, dout = as_floats(x, dout)
    return _gated(x, dout, common_dtype(x, dout), float(slope))


def _gated(x, values, dtype, slope=None):
    """``values`` where x is not 0 or below, else 0, or ``slope`` times them: a new array."""
    ready = x.dtype == dtype and (flags := x.flags).c_contiguous and flags.aligned
    out = np.empty(x.shape, dtype) if ready else np.array(x, dtype, order="C")
    gate = x if ready else out  # another layout is straightened in out itself, without a copy
    values = gate if values is x else as_contiguous(values, dtype)
    flat = gate.ravel(), values.ravel(), out.ravel()  # views, as all lie in rows
    if slope is None:
        compile_kernel(_gate, dtype, "1C 1C 1C!")(*flat, work=out.size)
    else:
        compile_kernel(_leak, dtype, "1C 1C 1C!", floats=1)(*flat, slope, work=out.size)
    return out


def _gate(x, values, out):
    zero = x.dtype.type(0)
    for k in prange(np.uintp(x.size)):
        value = values[k]  # read in any case, which leaves no branch
        out[k] = zero if x[k] <= zero else value  # written so that NaN goes through


def _leak(x, values, out, slope):
    zero, slope = x.dtype.type(0), x.dtype.type(slope)
    for k in prange(np.uintp(x.size)):
        value = values[k]
        out[k] = slope * value if x[k] <= zero else value


if numba is None:
    relu_forward_fast, relu_backward_fast = relu_forward, relu_backward
    leaky_relu_forward_fast, leaky_relu_backward_fast = leaky_relu_forward, leaky_relu_backward
