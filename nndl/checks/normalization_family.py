"""Arguments of layer normalization and of group normalization, and the caches of both."""

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_kept,
    check_number,
    check_param,
    check_shape,
    check_whole,
)
from nndl.checks.batchnorm import STATISTICS, check_statistic

# The course's notebooks pass a mode; these layers do the same in both.
PARAM_DEFAULTS = {"eps": 1e-5, "mode": "train"}
NAIVE, FAST = ("x_hat", "sigma", "gamma"), ("x", "gamma", "mean", "inv_std")


def check_layernorm(function, x, gamma, beta, ln_param, fast=False):
    """Raise unless the arguments fit together as those of layer normalization.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x, gamma, beta : ndarray
        Input (N, D), scale and shift of each feature (D,).
    ln_param : dict
        Optionally ``eps`` and ``mode``.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, 2, fast)
    for name, value in (("gamma", gamma), ("beta", beta)):
        check_array(function, name, value, 1, fast)
        if value.shape[0] != x.shape[1]:
            sizes = f"{name} has {value.shape[0]} entries, x has {x.shape[1]} features"
            raise ValueError(f"{function}: {sizes}")
    _check_rest(function, x, "ln_param", ln_param)


def check_groupnorm(function, x, gamma, beta, G, gn_param, fast=False):
    """Raise unless the arguments fit together as those of group normalization.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x : ndarray, shape (N, C, H, W)
        Maps.
    gamma, beta : ndarray, shape (1, C, 1, 1) or (C,)
        Scale and shift of each channel, both of one shape.
    G : int
        Groups, a divisor of C.
    gn_param : dict
        Optionally ``eps`` and ``mode``.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, 4, fast)
    for name, value in (("gamma", gamma), ("beta", beta)):
        check_array(function, name, value, None, fast)
    _check_channels(function, "gamma", gamma, x.shape[1])
    check_shape(function, "beta", beta, gamma.shape, ", that of gamma")
    _check_groups(function, G, x.shape[1])
    _check_rest(function, x, "gn_param", gn_param)


def check_layernorm_backward(function, dout, cache, fast=False):
    """Raise unless every entry of ``cache`` is what the forward pass keeps, and ``dout`` fits.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, FAST if fast else NAIVE)
    check_array(function, f"{FAST[0] if fast else NAIVE[0]} in cache", cache[0], 2, fast)
    N, D = cache[0].shape
    shapes = [(N, D), (D,), (N,), (N,)] if fast else [(N, D), (N, 1), (D,)]
    _check_entries(function, cache, FAST if fast else NAIVE, shapes, fast)
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, (N, D))


def check_groupnorm_backward(function, dout, cache, fast=False):
    """Raise unless every entry of ``cache`` is what the forward pass keeps, and ``dout`` fits.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    if fast:
        check_cache(function, cache, FAST)
        x, gamma, mean, _ = cache
        for name, value, ndim in (("x", x, 4), ("gamma", gamma, None), ("mean", mean, 2)):
            check_array(function, f"{name} in cache", value, ndim, fast)
        shape, G = x.shape, mean.shape[1]
    else:
        check_cache(function, cache, ("shape", "G", "gamma", "rows"))
        shape, G, gamma, rows = cache
        if not (isinstance(shape, tuple) and all(type(n) is int for n in shape)):
            came = f"shape in cache is {shape!r}"
            raise TypeError(f"{function}: {came}, expected a tuple (N, C, H, W)")
        check_array(function, "dout", dout, 4)
        check_shape(function, "dout", dout, shape)
        check_array(function, "gamma in cache", gamma, None)
    N, C, H, W = shape
    _check_groups(function, G, C, "G in cache")
    _check_channels(function, "gamma in cache", gamma, C)
    if fast:
        shapes = [shape, gamma.shape, (N, G), (N, G)]
        _check_entries(function, cache, FAST, shapes, fast)
    else:
        check_cache(function, rows, NAIVE)
        K = C // int(G) * H * W
        _check_entries(function, rows, NAIVE, [(N * int(G), K), (N * int(G), 1), (K,)])
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, shape)


def _check_channels(function, name, value, C):
    if value.shape not in ((C,), (1, C, 1, 1)):
        expected = f"({C},) or (1, {C}, 1, 1) for x's {C} channels"
        raise ValueError(f"{function}: {name} has shape {value.shape}, expected {expected}")


def _check_groups(function, G, C, name="G"):
    check_whole(function, name, G, 1)
    if C % int(G):
        raise ValueError(f"{function}: {name} is {G}, expected a divisor of x's {C} channels")


def _check_rest(function, x, name, param):
    """Raise unless x has numbers to take a mean of and ``param`` has known keys and values."""
    filled = PARAM_DEFAULTS | param if isinstance(param, dict) else param
    check_param(function, name, filled, tuple(PARAM_DEFAULTS))
    if not isinstance(filled["mode"], str) or filled["mode"] not in ("train", "test"):
        mode = filled["mode"]
        raise ValueError(f"{function}: {name}['mode'] is {mode!r}, expected 'train' or 'test'")
    check_number(function, f"{name}['eps']", filled["eps"])
    if 0 in x.shape[1:]:
        came = f"x has shape {x.shape}: no numbers to take a mean of"
        raise ValueError(f"{function}: {came}, expected some in each example")


def _check_entries(function, entries, names, shapes, fast=False):
    """Raise unless each array has its shape, and the statistics lie as compiled loops read them."""
    check_kept(function, entries, dict(zip(names, shapes, strict=True)), fast)
    for name, value in zip(names, entries, strict=True):
        if name in STATISTICS:
            check_statistic(function, name, value)
