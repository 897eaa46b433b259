"""Convolution, compiled: ``conv_forward_naive`` and ``conv_backward_naive`` for the machine.

The output and both gradients are sums of products, and all three are taken by the same register
tile (``micro_kernel``). The output and the gradient of the input are made by ``direct``, the
gradients of filters and biases by ``direct_weights``; both read pictures through frames
(``frame``), and ``direct_plan`` decides how they are cut. Filters of 3 by 3 and 5 by 5 take fewer
products, by ``winograd`` and, for their own gradients, ``winograd_weights``. These add and subtract
pixels that a plain sum leaves alone: where one of them is NaN, infinite, or so large that a
difference might overflow, the call is done once more without them. So a NaN in a picture or in
dout reaches the results that depend on it, and no others. The chapter ``speed/register_tiles``
explains them.

Where numba is missing, both functions are the naive ones.
"""

from functools import cache

import numpy as np

from nndl.checks.arguments import check_flag
from nndl.checks.conv_layers import check_conv, check_conv_backward
from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.fast.kernels.window_gather import gathered, lie_far_apart, scattered
from nndl.fast.runtime.jit import common_dtype, compiled, numba, prepared
from nndl.internal.conversions import as_floats
from nndl.internal.geometry import conv_out_shape

if numba is not None:
    from nndl.fast.kernels.direct import Maps, correlate
    from nndl.fast.kernels.direct_plan import input_plan, output_plan, weight_plan
    from nndl.fast.kernels.direct_weights import weight_sums
    from nndl.fast.kernels.frame import Frame
    from nndl.fast.kernels.winograd import Windows, winograd
    from nndl.fast.kernels.winograd_plan import winograd_plan, winograd_weight_plan
    from nndl.fast.kernels.winograd_transforms import G
    from nndl.fast.kernels.winograd_weights import Sums, winograd_weight_sums

__all__ = ["conv_backward_fast", "conv_forward_fast"]

LEAST = 16  # channels and filters from which on Winograd's products pay,
PAIRS = 512  # pairs of them from which on they do for the filters' gradients, and
MOST = 2**23  # bytes of the filters' changed variables up to which they do
SHARED = 2**19  # multiply-adds from which on several threads are worth waking


def conv_forward_fast(x, w, b, conv_param):
    """Convolve pictures with filters: ``conv_forward_naive``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W), float32 or float64
        Pictures, in any memory layout; one that is not C-contiguous is copied.
    w : ndarray, shape (F, C, HH, WW)
        Filters.
    b : ndarray, shape (F,)
        Biases.
    conv_param : dict
        ``stride`` and ``pad``, integers, in pixels.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        With H' = 1 + (H + 2 pad - HH) // stride, W' alike, in the common dtype of x, w and b.
    cache : tuple
        (x, w, b, conv_param), for ``conv_backward_fast``. No copy of x.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
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
    x_c, w_c, b_c = (prepared(array, dtype, "C") for array in (x, w, b))
    corner, pitches = -int(conv_param["pad"]), (w.shape[1], 1)
    if _has_windows(w, conv_param) and _winograd(x_c, w_c, b_c, out, corner, pitches):
        return out, cache
    (pictures, maps), shapes = _described(x_c, out, w, conv_param)
    _correlate(output_plan(*shapes, dtype), pictures, w_c, b_c, maps)
    return out, cache


def conv_backward_fast(dout, cache, need_dx=True):
    """Gradients of a convolution: ``conv_backward_naive``, compiled.

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W'), float32 or float64
        Gradient of the loss with respect to the output, in any memory layout; one that is not
        C-contiguous is copied.
    cache : tuple
        What ``conv_forward_fast`` returned.
    need_dx : bool
        Whether dx is computed. For the first layer of a network it is half of the work, and nobody
        asks for it.

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b; dx is None if it is not needed. Bit by
        bit the same on any number of threads.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
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
    x_c, w_c, dout_c = (prepared(array, dtype, "C") for array in (x, w, dout))
    (pictures, maps), shapes = _described(x_c, dout_c, w, conv_param)
    windows = _has_windows(w, conv_param)
    if need_dx:
        zero = np.zeros(x.shape[1], dtype)
        corner, pitches = int(conv_param["pad"]) + 1 - w.shape[2], (1, w.shape[1])
        turned = w_c[..., ::-1, ::-1]  # by half a circle, as in the chapter
        if not (windows and _winograd(dout_c, turned, zero, dx, corner, pitches)):
            _correlate(input_plan(*shapes, dtype), maps, w_c, zero, dx.reshape(pictures.shape))
    many = windows and w.shape[0] * w.shape[1] >= PAIRS
    if not (many and _sum_windows(x_c, dout_c, conv_param, dw, db)):
        _sum_weights(weight_plan(*shapes, dtype), pictures, maps, dw, db)
    return dx, dw, db


def _has_windows(w, conv_param):
    """Whether Winograd's products pay: the changes of variables must be few beside them."""
    F, C, HH, WW = w.shape
    few = (HH + 1) * (WW + 1) * F * C * w.itemsize <= MOST
    return HH == WW and HH in G and conv_param["stride"] == 1 and min(F, C) >= LEAST and few


def _winograd(source, w, start, result, corner, pitches):
    """Fill ``result`` from ``source``, by Winograd's products; whether none can have overflowed."""
    dtype = source.dtype
    r = w.shape[2]
    plan = winograd_plan(source.shape, start.size, r, result.shape, corner, pitches, dtype)
    filters, matrix = prepared(w.reshape(-1, r * r), dtype, "C"), _filter_transform(r, dtype)
    changed = np.empty((r + 1) ** 2 * len(filters), dtype)
    arrays, large = "4C 2C 2C 1C! 1C 4C! 1Ci! 1Ci 1Ci 1Ci 1Ci", np.zeros(1, np.intp)
    kernel = compiled(winograd, dtype, arrays, records=(Windows, Frame), least=SHARED)
    work = result.size * source.shape[1] * 4
    kernel(source, filters, matrix, changed, start, result, large, *plan, work=work)
    return not large[0]


@cache
def _filter_transform(r, dtype):
    """The matrix that changes the variables of a filter: of G g G^T."""
    return np.kron(G[r], G[r]).astype(dtype)


def _sum_windows(x, dout, conv_param, dw, db):
    """Fill dw and db by Winograd's products; whether none can have overflowed."""
    dtype, r = x.dtype, dw.shape[2]
    plan = winograd_weight_plan(x.shape, dw.shape, dout.shape, int(conv_param["pad"]), dtype)
    groups, blocks, _, _, columns = plan.shape
    sums = np.zeros(plan.shape, dtype), np.zeros((groups, blocks, columns), dtype)
    zero, rows = np.zeros(plan.rows.size, dtype), dw.reshape(len(dw), -1)
    arrays, large = "4C 4C 2C 5C! 3C! 1C 2C! 1Ci! 1Ci 2Ci 1Ci", np.zeros(1, np.intp)
    kernel = compiled(winograd_weight_sums, dtype, arrays, records=(Sums, Frame), least=SHARED)
    given = x, dout, _filter_transform(r, dtype), *sums, zero, rows, large, *plan[1:]
    kernel(*given, work=dout.size // dout.shape[1] * dw.size)
    db[:] = sums[1].sum(axis=0).reshape(-1)[: db.size]
    return not large[0]


def _described(x, maps, w, conv_param):
    """x and its maps, and what plans are made from.

    Filters of 1 by 1 see no neighbors: with stride 1, a picture is then one long row.
    """
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    if w.shape[2:] == (1, 1) and stride == 1 and pad == 0:
        x, maps = (array.reshape(*array.shape[:2], 1, -1) for array in (x, maps))
    if maps.shape[2:] == (1, 1):
        stride = 1  # there is no second result to step to, and a frame has stride² parts
    return (x, maps), (x.shape, w.shape, maps.shape, stride, pad)


def _correlate(plan, source, w, start, result):
    tables, frame = plan[:4], plan.frame
    arrays = "4C 1C 1C 4C! 1Ci 1Ci 1Ci 1Ci"
    kernel = compiled(
        correlate, source.dtype, arrays, integers=1, records=(Maps, Frame), least=SHARED
    )
    work = source.shape[0] * frame.rows * frame.cols * w.size
    kernel(
        source,
        w.reshape(-1),
        start,
        result,
        *tables,
        plan.tile.address,
        plan.maps,
        frame,
        work=work,
    )


def _sum_weights(plan, x, dout, dw, db):
    groups, blocks, _, columns = plan.shape
    sums = np.zeros(plan.shape, x.dtype), np.zeros((groups, blocks, columns), x.dtype)
    zero, rows = np.zeros(plan.rows, x.dtype), dw.reshape(len(dw), -1)
    arrays = "4C 4C 1Ci 4C! 3C! 1C 2C!"
    kernel = compiled(weight_sums, x.dtype, arrays, integers=2, records=(Frame,), least=SHARED)
    address, work = plan.tile.address, dout.size // dout.shape[1] * dw.size
    kernel(x, dout, plan.entries, *sums, zero, rows, address, plan.lanes, plan.frame, work=work)
    db[:] = sums[1].sum(axis=0).reshape(-1)[: db.size]


if numba is None:
    conv_forward_fast = conv_forward_naive

    def conv_backward_fast(dout, cache, need_dx=True):
        """``conv_backward_naive``; dx is None if it is not needed."""
        check_flag("conv_backward_fast", "need_dx", need_dx)
        dx, dw, db = conv_backward_naive(dout, cache)
        return dx if need_dx else None, dw, db
