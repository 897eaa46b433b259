"""Argument checks of the layers: one place, so that every layer says the same thing the same way.

A layer calls one function of this module first. A message names the layer, the argument, what came
and what was expected: ``conv_forward_naive: x has 3 channels, w expects 4``.
"""

import numbers

import numpy as np

CONV_KEYS = ("stride", "pad")
FAST_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def check_array(function, name, value, ndim, fast=False):
    """Raise unless ``value`` is an array of ``ndim`` dimensions with a dtype that has gradients.

    Parameters
    ----------
    function, name : str
        The layer and the argument, for the message.
    value : ndarray
        The argument.
    ndim : int or None
        Its number of dimensions; None for any.
    fast : bool
        Whether only float32 and float64 will do (compiled layers), not any inexact dtype.

    Raises
    ------
    TypeError
        Not an array, or a dtype that the layer cannot compute with.
    ValueError
        A wrong number of dimensions.
    """
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{function}: {name} is a {type(value).__name__}, expected a NumPy array")
    if fast and value.dtype not in FAST_DTYPES:
        raise TypeError(f"{function}: {name} has dtype {value.dtype}, expected float32 or float64")
    if not np.issubdtype(value.dtype, np.inexact):
        raise TypeError(f"{function}: {name} has dtype {value.dtype}, expected a floating one")
    if ndim is not None and value.ndim != ndim:
        shape = f"{value.ndim} dimensions {value.shape}"
        raise ValueError(f"{function}: {name} has {shape}, expected {ndim}")


def check_param(function, name, param, keys):
    """Raise unless the dictionary ``param`` has exactly the ``keys``.

    Raises
    ------
    TypeError
        ``param`` is not a dictionary.
    ValueError
        A key is missing, or one is not known.
    """
    if not isinstance(param, dict):
        kind = type(param).__name__
        raise TypeError(f"{function}: {name} is a {kind}, expected a dict with keys {list(keys)}")
    for key in keys:
        if key not in param:
            raise ValueError(f"{function}: {name} has no key {key!r}, expected {list(keys)}")
    for key in param:
        if key not in keys:
            raise ValueError(f"{function}: {name} has an unknown key {key!r}, not in {list(keys)}")


def check_integer(function, name, value, least):
    """Raise unless ``value`` is an integer, ``least`` or larger.

    Raises
    ------
    TypeError
        Not an integer: 1.0 and True are not.
    ValueError
        Smaller than ``least``.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool | np.bool_):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected an integer")
    if value < least:
        raise ValueError(f"{function}: {name} is {value}, expected {least} or more")


def check_conv(function, x, w, b, conv_param, fast=False):
    """Raise unless the arguments fit together as those of a convolution.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x, w, b : ndarray
        Input (N, C, H, W), filters (F, C, HH, WW), biases (F,).
    conv_param : dict
        ``stride`` (an integer, 1 or more) and ``pad`` (an integer, 0 or more), in pixels.
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
    check_integer(function, "conv_param['stride']", conv_param["stride"], least=1)
    check_integer(function, "conv_param['pad']", conv_param["pad"], least=0)
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"{function}: x has {x.shape[1]} channels, w expects {w.shape[1]}")
    if b.shape[0] != w.shape[0]:
        raise ValueError(f"{function}: b has {b.shape[0]} entries, w has {w.shape[0]} filters")
    pad = conv_param["pad"]
    for axis, side in ((2, "height"), (3, "width")):
        padded = x.shape[axis] + 2 * pad
        if w.shape[axis] < 1:
            raise ValueError(f"{function}: w has {side} 0, expected 1 or more")
        if w.shape[axis] > padded:
            raise ValueError(
                f"{function}: w has {side} {w.shape[axis]}, which is larger than the padded "
                f"{side} of x, {x.shape[axis]} + 2*{pad} = {padded}"
            )


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
    shape = conv_out_shape(cache[0], cache[1], cache[3])
    if dout.shape != shape:
        raise ValueError(f"{function}: dout has shape {dout.shape}, expected {shape}")


def check_cache(function, cache, names):
    """Raise unless ``cache`` is a tuple with one entry for each of ``names``.

    Raises
    ------
    TypeError
        Not what the forward pass returned.
    """
    if not isinstance(cache, tuple) or len(cache) != len(names):
        came = f"tuple of {len(cache)}" if isinstance(cache, tuple) else type(cache).__name__
        expected = f"the forward pass's ({', '.join(names)})"
        raise TypeError(f"{function}: cache is a {came}, expected {expected}")
