"""``nndl.fast`` without numba, of NumPy's whole arrays: its own stand-in for these is loops.

A loop over windows takes Python a second where there are many images, and a browser three. Here one
step takes the same place of every window at once; convolutions are those of ``nndl.im2col``.
"""

from importlib.util import find_spec

import numpy as np

from nndl import im2col
from nndl.checks.arguments import check_flag
from nndl.checks.conv_layers import check_pool, check_pool_backward
from nndl.fast import avg_pool, conv, max_pool
from nndl.internal.conversions import as_floats


def conv_backward_fast(dout, cache, need_dx=True):
    """``conv_backward_im2col``; dx is None if it is not needed."""
    check_flag("conv_backward_fast", "need_dx", need_dx)
    dx, dw, db = im2col.conv_backward_im2col(dout, cache)
    return dx if need_dx else None, dw, db


def offsets(x, pool_param):
    """For each place in a window, in row-major order, that pixel of every window: views of x."""
    HH, WW, stride = (int(pool_param[k]) for k in ("pool_height", "pool_width", "stride"))
    H, W = x.shape[2:]
    rows, columns = stride * ((H - HH) // stride) + 1, stride * ((W - WW) // stride) + 1
    return [
        x[:, :, p : p + rows : stride, q : q + columns : stride]
        for p in range(HH)
        for q in range(WW)
    ]


def largest(x, pool_param):
    """The first maximum of every window, or its first NaN, and which place it is in."""
    first, *rest = offsets(x, pool_param)
    out, place = first.copy(), np.zeros(first.shape, np.intp)
    for k, value in enumerate(rest, start=1):
        better = (value > out) | ((value != value) & (out == out))
        np.copyto(out, value, where=better)
        place[better] = k
    return out, place


def max_pool_forward_fast(x, pool_param):
    """``max_pool_forward_naive``, equal to the last bit."""
    check_pool("max_pool_forward_fast", x, pool_param, fast=True)
    x = as_floats(x)
    return largest(x, pool_param)[0], (x, pool_param)


def max_pool_backward_fast(dout, cache):
    """``max_pool_backward_naive``, equal to the last bit."""
    check_pool_backward("max_pool_backward_fast", dout, cache, fast=True)
    x, pool_param = cache
    x, dout = as_floats(x, dout)
    dx, (_, place) = np.zeros(x.shape, np.result_type(x, dout)), largest(x, pool_param)
    # From the last place to the first: a pixel's windows add to it in the order of the loops.
    for k, part in reversed(list(enumerate(offsets(dx, pool_param)))):
        part += np.where(place == k, dout, 0)
    return dx


def avg_pool_forward_fast(x, pool_param):
    """``avg_pool_forward_naive``, but for round-off."""
    check_pool("avg_pool_forward_fast", x, pool_param, fast=True)
    x = as_floats(x)
    parts = offsets(x, pool_param)
    out = sum(part.astype(np.float64) for part in parts) / len(parts)
    return out.astype(x.dtype), (x, pool_param)


def avg_pool_backward_fast(dout, cache):
    """``avg_pool_backward_naive``, equal to the last bit."""
    check_pool_backward("avg_pool_backward_fast", dout, cache, fast=True)
    x, pool_param = cache
    x, dout = as_floats(x, dout)
    dx = np.zeros(x.shape, np.result_type(x, dout))
    parts = offsets(dx, pool_param)
    for part in reversed(parts):
        part += dout / len(parts)
    return dx


def replace() -> None:
    """Have ``nndl.fast`` offer these, for all that is imported from now on."""
    conv.conv_forward_fast, conv.conv_backward_fast = im2col.conv_forward_im2col, conv_backward_fast
    max_pool.max_pool_forward_fast = max_pool_forward_fast
    max_pool.max_pool_backward_fast = max_pool_backward_fast
    avg_pool.avg_pool_forward_fast = avg_pool_forward_fast
    avg_pool.avg_pool_backward_fast = avg_pool_backward_fast


def replace_without_numba() -> None:
    """Do so where there is no numba, as in a browser."""
    if find_spec("numba") is None:
        replace()
