"""Arguments of batch normalization, of features and of channels."""

import numpy as np

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_kept,
    check_number,
    check_param,
    check_shape,
)

DEFAULTS = {"eps": 1e-5, "momentum": 0.9, "running_mean": None, "running_var": None}
BN_KEYS = ("mode", *DEFAULTS)
ROWS = ("centered", "sigma", "gamma")  # what the naive layer keeps
STATISTICS = ("mean", "inv_std")  # and of what the compiled ones keep, doubles, in the end


def check_batchnorm(function, x, gamma, beta, bn_param, ndim=2, fast=False):
    """Raise unless the arguments fit together as those of batch normalization.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x, gamma, beta : ndarray
        Input (N, D), or (N, C, H, W) for ``ndim`` 4; scale and shift of each feature or channel.
    bn_param : dict
        ``mode``, 'train' or 'test'; optionally ``eps``, ``momentum`` and the running arrays.
    ndim : int
        2 for features, 4 for channels.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    for name, value, rank in (("x", x, ndim), ("gamma", gamma, 1), ("beta", beta, 1)):
        check_array(function, name, value, rank, fast)
    filled = DEFAULTS | bn_param if isinstance(bn_param, dict) else bn_param
    check_param(function, "bn_param", filled, BN_KEYS)
    if not isinstance(filled["mode"], str) or filled["mode"] not in ("train", "test"):
        mode = filled["mode"]
        raise ValueError(f"{function}: bn_param['mode'] is {mode!r}, expected 'train' or 'test'")
    check_number(function, "bn_param['eps']", filled["eps"])
    check_number(function, "bn_param['momentum']", filled["momentum"], most=1.0)
    arrays = {"gamma": gamma, "beta": beta}
    for key in ("running_mean", "running_var"):
        if key in bn_param:
            check_array(function, f"bn_param[{key!r}]", bn_param[key], 1, fast)
            arrays[f"bn_param[{key!r}]"] = bn_param[key]
    kind = "features" if ndim == 2 else "channels"
    for name, value in arrays.items():
        if value.shape[0] != x.shape[1]:
            sizes = f"{name} has {value.shape[0]} entries, x has {x.shape[1]} {kind}"
            raise ValueError(f"{function}: {sizes}")
    if filled["mode"] == "train" and x.size == 0 and x.shape[1] > 0:
        came = f"x has shape {x.shape}: no numbers to take a mean of"
        raise ValueError(f"{function}: {came}, expected some in mode 'train'")


def check_batchnorm_backward(function, dout, cache, names, ndim=2, fast=False):
    """Raise unless ``cache`` is one of mode 'train' and ``dout`` has the shape of the output.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    dout : ndarray
        Upstream gradient.
    cache : tuple
        An array of the output's shape, then arrays with an entry for each feature or channel.
    names : tuple of str
        The parts of the cache. ``mean`` and ``inv_std`` are those of compiled layers.
    ndim : int
        2 for features, 4 for channels.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    if cache is None:
        came = "cache is None, what the forward pass returns in mode 'test'"
        raise ValueError(f"{function}: {came}; expected that of mode 'train'")
    check_cache(function, cache, names)
    check_array(function, f"{names[0]} in cache", cache[0], ndim, fast)
    shape = cache[0].shape
    check_kept(function, cache[1:], dict.fromkeys(names[1:], shape[1:2]), fast)
    for name in STATISTICS:
        if name in names:
            check_statistic(function, name, cache[names.index(name)])
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, shape)


def check_statistic(function, name, value):
    """Raise unless a compiled loop can read ``value`` as it lies: doubles, one after the other."""
    if value.dtype != np.float64:
        came = f"{name} in cache has dtype {value.dtype}"
        raise TypeError(f"{function}: {came}, expected float64")
    if not (value.flags.c_contiguous and value.flags.aligned):
        came = f"{name} in cache has gaps or is not aligned"
        raise ValueError(f"{function}: {came}, expected the forward pass's array")


def check_rows_backward(function, dout, cache):
    """Raise unless ``cache`` is what the naive spatial layer keeps: a shape, and that of its rows.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    if cache is None:
        check_batchnorm_backward(function, dout, cache, ROWS)
    check_cache(function, cache, ("shape", "rows"))
    shape, rows = cache
    if not (isinstance(shape, tuple) and all(type(n) is int for n in shape)):
        came = f"shape in cache is {shape!r}"
        raise TypeError(f"{function}: {came}, expected a tuple (N, C, H, W)")
    check_array(function, "dout", dout, 4)
    check_shape(function, "dout", dout, shape)
    N, C, H, W = shape
    check_cache(function, rows, ROWS)
    check_kept(function, rows, dict(zip(ROWS, ((N * H * W, C), (C,), (C,)), strict=True)))
