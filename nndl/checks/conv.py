"""Arguments of a convolution."""

import sys

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_param,
    check_shape,
    check_whole,
)

CONV_KEYS = ("stride", "pad")


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
        came = f"conv_param['pad'] is {pad}, which makes pictures of {rows} by {cols}"
        raise ValueError(f"{function}: {came}, expected an array that NumPy can have")


def conv_out_shape(x, w, conv_param):
    """Shape (N, F, H', W') of a convolution's output, for arguments that were checked."""
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    sizes = ((x.shape[k] + 2 * pad - w.shape[k]) // stride + 1 for k in (2, 3))
    return (x.shape[0], w.shape[0], *sizes)


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
