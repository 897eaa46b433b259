"""Dropout in one pass over memory: ``dropout_forward`` and ``dropout_backward``, compiled.

The mask is the one of the naive layer, because the same generator draws the same numbers in the
same order, one for each entry. Each number is compared, and its entry scaled, as soon as it is
drawn; the numbers are never stored. The gradient is one product.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.layers import check_dropout, check_dropout_backward
from nndl.fast.runtime.jit import as_contiguous, common_dtype, compile_kernel, numba, prange
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array, Cache
from nndl.layers import dropout_backward, dropout_forward

__all__ = ["dropout_backward_fast", "dropout_forward_fast"]


def dropout_forward_fast(x: Array, dropout_param: dict[str, Any]) -> tuple[Array, Cache]:
    """Zero random entries and scale the rest: ``dropout_forward``, compiled.

    The same seed gives the same mask, and out is equal to the last bit.
    """
    check_dropout("dropout_forward_fast", x, dropout_param, fast=True)
    x = as_floats(x)
    if dropout_param["mode"] == "test":
        return x, (dropout_param, None)
    rng = np.random.default_rng(dropout_param.get("rng", dropout_param.get("seed")))
    p = float(dropout_param["p"])
    mask, out = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
    kernel = compile_kernel(_forward, x.dtype, "1C 1C! 1C!", floats=2, rng=True)
    kernel(as_contiguous(x, x.dtype).ravel(), mask.ravel(), out.ravel(), p, 1 / p, rng)
    return out, (dropout_param, mask)


def dropout_backward_fast(dout: Array, cache: Cache) -> Array:
    """Gradient of dropout: ``dropout_backward``, compiled."""
    check_dropout_backward("dropout_backward_fast", dout, cache, fast=True)
    _, mask = cache
    if mask is None:
        return as_floats(dout)
    mask, dout = as_floats(mask, dout)
    dtype = common_dtype(dout, mask)
    dout, mask = as_contiguous(dout, dtype), as_contiguous(mask, dtype)
    dx = np.empty(dout.shape, dtype)
    kernel = compile_kernel(_backward, dtype, "1C 1C 1C!")
    kernel(dout.ravel(), mask.ravel(), dx.ravel(), work=dx.size)
    return dx


def _forward(x, mask, out, p, scale, rng):
    for k in range(x.size):
        mask[k] = scale if rng.random() < p else 0.0
        out[k] = x[k] * mask[k]


def _backward(dout, mask, dx):
    for k in prange(np.uintp(dx.size)):
        dx[k] = dout[k] * mask[k]


if numba is None:
    dropout_forward_fast, dropout_backward_fast = dropout_forward, dropout_backward
