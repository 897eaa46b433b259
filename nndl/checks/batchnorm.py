"""Arguments of batch normalization, of features and of channels."""

import numbers

from nndl.checks.arguments import check_array, check_cache, check_param, check_shape

DEFAULTS = {"eps": 1e-5, "momentum": 0.9, "running_mean": None, "running_var": None}
BN_KEYS = ("mode", *DEFAULTS)


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
    if filled["mode"] not in ("train", "test"):
        mode = filled["mode"]
        raise ValueError(f"{function}: bn_param['mode'] is {mode!r}, expected 'train' or 'test'")
    _check_number(function, "bn_param['eps']", filled["eps"], float("inf"))
    _check_number(function, "bn_param['momentum']", filled["momentum"], 1)
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


def _check_number(function, name, value, most):
    """Raise unless ``value`` is a real number from 0 to ``most``; NaN and True are not."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected a number")
    if not 0 <= value <= most or value == float("inf"):
        expected = "a finite number, 0 or more" if most > 1 else f"a number from 0 to {most}"
        raise ValueError(f"{function}: {name} is {value}, expected {expected}")


def check_batchnorm_backward(function, dout, cache, names, fast=False):
    """Raise unless ``cache`` is one of mode 'train' and ``dout`` has the shape of the output.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    dout : ndarray
        Upstream gradient.
    cache : tuple
        Its first entry is an array of the output's shape, or that shape.
    names : tuple of str
        What the cache is made of.
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
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, getattr(cache[0], "shape", cache[0]))
