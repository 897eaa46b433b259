"""Convolution, compiled: ``conv_forward_naive`` and ``conv_backward_naive`` for the machine.

The output and both gradients are sums of products, and all three are taken by the same
micro-kernel, a register tile. The output and the gradient of the input are made by ``direct``, the
gradients of filters and biases by ``direct_weights``; both read images through frames
(``frame``), and ``direct_plan`` decides how they are cut. Filters of 3 by 3 and 5 by 5 take fewer
products, by ``winograd`` and, for their own gradients, ``winograd_weights``. These add and subtract
pixels that a plain sum leaves alone: where one of them is NaN, infinite, or so large that a
difference might overflow, the call is done once more without them. So a NaN in an image or in
dout reaches the results that depend on it, and no others. The chapter ``speed/implicit_gemm``
explains them.

Where numba is missing, both functions are the naive ones.
"""

from typing import Any

import numpy as np

from nndl.checks.arguments import check_flag
from nndl.checks.conv_layers import check_conv, check_conv_backward
from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.fast.kernels.window_gather import gathered, lie_far_apart, scattered
from nndl.fast.runtime.jit import as_contiguous, common_dtype, compile_kernel, numba
from nndl.internal.conversions import as_floats
from nndl.internal.geometry import conv_out_shape
from nndl.internal.types import Array, Cache

if numba is not None:
    from nndl.fast.kernels import records
    from nndl.fast.kernels.direct import correlate
    from nndl.fast.kernels.direct_plan import input_plan, output_plan, weight_plan
    from nndl.fast.kernels.direct_weights import weight_gradient
    from nndl.fast.kernels.winograd import winograd_correlate
    from nndl.fast.kernels.winograd_plan import (
        filter_matrix,
        winograd_pays,
        winograd_pays_for_dw,
        winograd_plan,
        winograd_weight_plan,
    )
    from nndl.fast.kernels.winograd_weights import winograd_weight_gradient

__all__ = ["conv_backward_fast", "conv_forward_fast"]

# Multiply-adds of a pass; ``python -m benchmarks.tune threads`` measures what threads gain.
MIN_PARALLEL_WORK = 2**19


def conv_forward_fast(
    x: Array, w: Array, b: Array, conv_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """Convolve images with filters: ``conv_forward_naive``, compiled.

    An x that is not C-contiguous is copied for the call; the cache keeps x itself.
    """
    check_conv("conv_forward_fast", x, w, b, conv_param, fast=True)
    x, w, b = as_floats(x, w, b)
    dtype, cache = common_dtype(x, w, b), (x, w, b, conv_param)
    out = np.empty(conv_out_shape(x, w, conv_param), dtype)
    if not (x.size and out.size):  # nothing to sum
        out[:] = b[:, None, None]
        return out, cache
    if lie_far_apart(w, out.shape, conv_param["stride"]):
        near, param = gathered(x, w, out.shape, conv_param)
        return conv_forward_fast(near, w, b, param)[0], cache
    x_c, w_c, b_c = (as_contiguous(array, dtype) for array in (x, w, b))
    corner, pitches = -int(conv_param["pad"]), (w.shape[1], 1)
    if winograd_pays(w, conv_param["stride"]) and _winograd(x_c, w_c, b_c, out, corner, pitches):
        return out, cache
    (images, maps), shapes = _described(x_c, out, w, conv_param)
    _correlate(output_plan(*shapes, dtype), images, w_c, b_c, maps)
    return out, cache


def conv_backward_fast(
    dout: Array, cache: Cache, need_dx: bool = True
) -> tuple[Array | None, Array, Array]:
    """Gradients of a convolution: ``conv_backward_naive``, compiled.

    The gradients are the same, bit by bit, on any number of threads.

    Parameters
    ----------
    need_dx : bool
        Whether dx is computed; otherwise it is None. For the first layer of a network it is half of
        the work, and nobody asks for it.
    """
    check_conv_backward("conv_backward_fast", dout, cache, fast=True)
    check_flag("conv_backward_fast", "need_dx", need_dx)
    x, w, b, conv_param = cache
    x, w, b, dout = as_floats(x, w, b, dout)
    dtype = common_dtype(x, w, b, dout)
    dw, db = np.empty(w.shape, dtype), np.empty(b.shape, dtype)
    dx = np.empty(x.shape, dtype) if need_dx else None
    if not (x.size and dout.size):  # no products to sum
        for gradient in (dx, dw)[not need_dx :]:
            gradient[:] = 0
        db[:] = dout.sum(axis=(0, 2, 3))  # without channels or rows, biases are all there is
        return dx, dw, db
    if lie_far_apart(w, dout.shape, conv_param["stride"]):
        near, param = gathered(x, w, dout.shape, conv_param)
        dx, dw, db = conv_backward_fast(dout, (near, w, b, param), need_dx)
        return scattered(dx, x, w, dout.shape, conv_param) if need_dx else None, dw, db
    x_c, w_c, dout_c = (as_contiguous(array, dtype) for array in (x, w, dout))
    (images, maps), shapes = _described(x_c, dout_c, w, conv_param)
    winograd = winograd_pays(w, conv_param["stride"])
    if need_dx:
        zero = np.zeros(x.shape[1], dtype)
        corner, pitches = int(conv_param["pad"]) + 1 - w.shape[2], (1, w.shape[1])
        turned = w_c[..., ::-1, ::-1]  # by half a circle, as in the chapter
        if not (winograd and _winograd(dout_c, turned, zero, dx, corner, pitches)):
            _correlate(input_plan(*shapes, dtype), maps, w_c, zero, dx.reshape(images.shape))
    winograd = winograd and winograd_pays_for_dw(w)
    if not (winograd and _winograd_weights(x_c, dout_c, conv_param, dw, db)):
        _weights(weight_plan(*shapes, dtype), images, maps, dw, db)
    return dx, dw, db


def _winograd(source, w, start, result, corner, pitches):
    """Fill ``result`` from ``source``, by Winograd's products; whether none can have overflowed."""
    dtype, r, large = source.dtype, w.shape[2], np.zeros(1, np.intp)
    plan = winograd_plan(source.shape, start.size, r, result.shape, corner, pitches, dtype)
    filters, matrix = as_contiguous(w.reshape(-1, r * r), dtype), filter_matrix(r, dtype)
    arrays, kinds = "4C 2C 2C 1C 4C! 1Ci!", (records.WinogradParams, records.Geometry)
    kernel = compile_kernel(
        winograd_correlate, dtype, arrays, records=kinds, min_parallel_work=MIN_PARALLEL_WORK
    )
    work = result.size * source.shape[1] * 4
    kernel(source, filters, matrix, start, result, large, plan.params, plan.geom, work=work)
    return not large[0]


def _winograd_weights(x, dout, conv_param, dw, db):
    """Fill dw and db by Winograd's products; whether none can have overflowed."""
    dtype, r, large = x.dtype, dw.shape[2], np.zeros(1, np.intp)
    plan = winograd_weight_plan(x.shape, dw.shape, dout.shape, int(conv_param["pad"]), dtype)
    groups, panels, *_, nr = plan.sums_shape
    sums = np.zeros(plan.sums_shape, dtype), np.zeros((groups, panels, nr), dtype)
    arrays = "4C 4C 2C 5C! 3C! 2C! 1Ci!"
    kinds = records.WinogradWeightParams, records.Geometry
    kernel = compile_kernel(
        winograd_weight_gradient, dtype, arrays, records=kinds, min_parallel_work=MIN_PARALLEL_WORK
    )
    given = x, dout, filter_matrix(r, dtype), *sums, dw.reshape(len(dw), -1), large
    kernel(*given, plan.params, plan.geom, work=dout.size // dout.shape[1] * dw.size)
    db[:] = sums[1].sum(axis=0).reshape(-1)[: db.size]
    return not large[0]


def _described(x, maps, w, conv_param):
    """x and its maps, and what plans are made from.

    Filters of 1 by 1 see no neighbors: with stride 1, an image is then one long row.
    """
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    if w.shape[2:] == (1, 1) and stride == 1 and pad == 0:
        x, maps = (array.reshape(*array.shape[:2], 1, -1) for array in (x, maps))
    if maps.shape[2:] == (1, 1):
        stride = 1  # there is no second result to step to, and a frame has stride² parts
    return (x, maps), (x.shape, w.shape, maps.shape, stride, pad)


def _correlate(plan, source, w, start, result):
    """Fill ``result`` from ``source`` by plain sums."""
    kinds, arrays = (records.PixelParams, records.Geometry), "4C 1C 1C 4C!"
    kernel = compile_kernel(
        correlate, source.dtype, arrays, records=kinds, min_parallel_work=MIN_PARALLEL_WORK
    )
    work = source.shape[0] * plan.geom.rows * plan.geom.cols * w.size
    kernel(source, w.reshape(-1), start, result, plan.params, plan.geom, work=work)


def _weights(plan, x, dout, dw, db):
    """Fill dw and db by plain sums."""
    groups, panels, _, nr = plan.sums_shape
    sums = np.zeros(plan.sums_shape, x.dtype), np.zeros((groups, panels, nr), x.dtype)
    kinds, arrays = (records.WeightParams, records.Geometry), "4C 4C 4C! 3C! 2C!"
    kernel = compile_kernel(
        weight_gradient, x.dtype, arrays, records=kinds, min_parallel_work=MIN_PARALLEL_WORK
    )
    work = dout.size // dout.shape[1] * dw.size
    kernel(x, dout, *sums, dw.reshape(len(dw), -1), plan.params, plan.geom, work=work)
    db[:] = sums[1].sum(axis=0).reshape(-1)[: db.size]


if numba is None:
    conv_forward_fast = conv_forward_naive

    def conv_backward_fast(dout, cache, need_dx=True):
        """``conv_backward_naive``; dx is None if it is not needed."""
        check_flag("conv_backward_fast", "need_dx", need_dx)
        dx, dw, db = conv_backward_naive(dout, cache)
        return dx if need_dx else None, dw, db
