"""The rectifier, compiled: ``relu_forward`` and ``relu_backward`` for the machine.

Both passes are one loop: an entry of ``values`` goes through where x is above 0. Forward, these
are x itself; backward, they are the gradient from above.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.layers import check_relu, check_relu_backward
from nndl.fast.runtime.jit import common_dtype, compiled, numba, prange, prepared
from nndl.internal.conversions import as_floats
from nndl.layers import relu_backward, relu_forward

__all__ = ["relu_backward_fast", "relu_forward_fast"]


def relu_forward_fast(x):
    """The larger of x and 0: ``relu_forward``, compiled.

    Parameters
    ----------
    x : ndarray, any shape, float32 or float64
        Input, in any memory layout.

    Returns
    -------
    out : ndarray, in the shape and dtype of x
        max(0, x). NaN stays NaN.
    cache : ndarray
        x itself, for ``relu_backward_fast``.

    Raises
    ------
    TypeError
        x is not an array of float32 or float64.
    """
    check_relu("relu_forward_fast", x, fast=True)
    x = as_floats(x)
    return _gated(x, x, x.dtype), x


def relu_backward_fast(dout, cache):
    """Gradient of a rectifier: ``relu_backward``, compiled.

    Parameters
    ----------
    dout : ndarray, in the shape of x, float32 or float64
        Gradient of the loss with respect to the output, in any memory layout.
    cache : ndarray
        What ``relu_forward_fast`` returned: x.

    Returns
    -------
    dx : ndarray
        Gradient with respect to x: dout where x > 0, and 0 where x <= 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_relu_backward("relu_backward_fast", dout, cache, fast=True)
    x, dout = as_floats(cache, dout)
    return _gated(x, dout, common_dtype(x, dout))


def _gated(x, values, dtype):
    """``values`` where x is not 0 or below, else 0: a new array."""
    ready = x.dtype == dtype and (flags := x.flags).c_contiguous and flags.aligned
    out = np.empty(x.shape, dtype) if ready else np.array(x, dtype, order="C")
    gate = x if ready else out  # another layout is straightened in out itself, without a copy
    values = gate if values is x else prepared(values, dtype, "C")
    kernel = compiled(_gate, dtype, "1C 1C 1C!")
    kernel(gate.ravel(), values.ravel(), out.ravel(), work=out.size)  # views, as all lie in rows
    return out


def _gate(x, values, out):
    zero = x.dtype.type(0)
    for k in prange(np.uintp(x.size)):
        value = values[k]  # read in any case, which leaves no branch
        out[k] = zero if x[k] <= zero else value  # written so that NaN goes through


if numba is None:
    relu_forward_fast, relu_backward_fast = relu_forward, relu_backward
