"""Arguments of ``nndl.conv_layers``: convolution and pooling."""

import sys

import numpy as np

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_param,
    check_shape,
    check_whole,
)
from nndl.internal.geometry import conv_out_shape, pool_out_shape

CONV_KEYS = ("stride", "pad")
POOL_KEYS = ("pool_height", "pool_width", "stride")


def check_conv(function, x, w, b, conv_param, fast=False):
    """Raise unless the arguments fit together as those of a convolution.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x, w, b : ndarray
        Input (N, C, H, W), filters (F, C, HH, WW), biases (F,).
    conv_param : dict
        ``stride`` (1 or more) and ``pad`` (0 or more), whole numbers of pixels.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    for name, value, ndim in (("x", x, 4), ("w", w, 4), ("b", b, 1)):
        check_array(function, name, value, ndim, fast)
    check_param(function, "conv_param", conv_param, CONV_KEYS)
    check_whole(function, "conv_param['stride']", conv_param["stride"], least=1)
    check_whole(function, "conv_param['pad']", conv_param["pad"], least=0)
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"{function}: x has {x.shape[1]} channels, w expects {w.shape[1]}")
    if b.shape[0] != w.shape[0]:
        raise ValueError(f"{function}: b has {b.shape[0]} entries, w has {w.shape[0]} filters")
    pad = int(conv_param["pad"])
    for axis, side in ((2, "height"), (3, "width")):
        padded = x.shape[axis] + 2 * pad
        if w.shape[axis] < 1:
            raise ValueError(f"{function}: w has {side} 0, expected 1 or more")
        if w.shape[axis] > padded:
            raise ValueError(
                f"{function}: w has {side} {w.shape[axis]}, which is larger than the padded "
                f"{side} of x, {x.shape[axis]} + 2*{pad} = {padded}"
            )
    rows, cols = x.shape[2] + 2 * pad, x.shape[3] + 2 * pad
    most = max(1, x.shape[0]) * max(1, x.shape[1]) * rows * cols * x.dtype.itemsize
    if most > sys.maxsize:
        came = f"conv_param['pad'] is {pad}, which makes images of {rows} by {cols}"
        raise ValueError(f"{function}: {came}, expected an array that NumPy can have")


def check_conv_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is a convolution's and ``dout`` has the shape of its output.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("x", "w", "b", "conv_param"))
    check_conv(function, *cache, fast=fast)
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, conv_out_shape(cache[0], cache[1], cache[3]))


def check_pool(function, x, pool_param, fast=False):
    """Raise unless the arguments fit together as those of a pooling.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x : ndarray
        Input (N, C, H, W).
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``: whole numbers of pixels, 1 or more. The
        window must not be larger than the input.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, 4, fast)
    check_param(function, "pool_param", pool_param, POOL_KEYS)
    for key in POOL_KEYS:
        check_whole(function, f"pool_param[{key!r}]", pool_param[key], least=1)
    for axis, side in ((2, "height"), (3, "width")):
        size = int(pool_param[f"pool_{side}"])
        if size > x.shape[axis]:
            raise ValueError(
                f"{function}: pool_param['pool_{side}'] is {size}, which is larger than the {side} "
                f"of x, {x.shape[axis]}"
            )


def check_pool_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is a pooling's and ``dout`` has the shape of its output.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("x", "pool_param"))
    check_pool(function, *cache, fast=fast)
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, pool_out_shape(*cache))


def check_places(function, where, shape):
    """Raise unless ``where`` is the array in which the compiled layer noted where its maxima lie.

    Raises
    ------
    TypeError, ValueError
        With the layer, what came and what was expected.
    """
    if type(where) is not np.ndarray or where.dtype != np.uint32:
        came = f"{where.dtype} array" if isinstance(where, np.ndarray) else type(where).__name__
        raise TypeError(f"{function}: cache.where is a {came}, expected a uint32 array")
    check_shape(function, "cache.where", where, shape)
    if not (where.flags.c_contiguous and where.flags.aligned):
        came = "cache.where has gaps or is not aligned"
        raise ValueError(f"{function}: {came}, expected the forward pass's array")


def check_last_place(function, place, size):
    """Raise unless ``place``, the last of all, lies in a plane, which has ``size`` pixels.

    Raises
    ------
    ValueError
        With the layer, what came and what was expected.
    """
    if place >= size:
        came = f"cache.where has the place {place}"
        raise ValueError(f"{function}: {came}, expected 0 to {size - 1}, those of an image")
