"""Arguments of ``nndl.layers``: affine layers, ReLUs, losses and dropout.

Those of the normalizations, which ``nndl.conv_layers`` has as well, are in ``batchnorm`` and
``normalization_family``.
"""

import math

import numpy as np
from numpy.random import Generator

from nndl.checks.arguments import (
    check_array,
    check_cache,
    check_integer,
    check_keep,
    check_number,
    check_param,
    check_plain,
    check_shape,
)

ARRAYS = np.ndarray, np.generic
LABELS = np.dtype(np.intp)  # what labels nearly always are
MODES = ("train", "test")


def check_affine(function, x, w, b, fast=False):
    """Raise unless the arguments fit together as those of an affine layer.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x, w, b : ndarray
        Input (N, d1, ..., dk), weights (D, M) with D = d1 * ... * dk, biases (M,).
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    for name, value, ndim in (("x", x, None), ("w", w, 2), ("b", b, 1)):
        check_array(function, name, value, ndim, fast)
    if x.ndim < 2:
        raise ValueError(f"{function}: x has shape {x.shape}, expected (N, d1, ...)")
    D, M = w.shape
    if math.prod(x.shape[1:]) != D:
        sizes = " * ".join(map(str, x.shape[1:]))
        count = sizes if x.ndim == 2 else f"{sizes} = {math.prod(x.shape[1:])}"
        raise ValueError(f"{function}: x has {count} numbers for each example, w expects {D}")
    if b.shape[0] != M:
        raise ValueError(f"{function}: b has {b.shape[0]} entries, w has {M} columns")


def check_affine_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is an affine layer's and ``dout`` has the shape of its output.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("x", "w", "b"))
    check_affine(function, *cache, fast=fast)
    x, w, _ = cache
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, (x.shape[0], w.shape[1]))


def check_relu(function, x, fast=False):
    """Raise unless ``x`` is an array of numbers that have gradients.

    Raises
    ------
    TypeError
        With the layer, what came and what was expected.
    """
    check_array(function, "x", x, None, fast)


def check_relu_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is the input of a ReLU and ``dout`` has its shape.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    if not isinstance(cache, ARRAYS):
        kind = type(cache).__name__
        raise TypeError(f"{function}: cache is a {kind}, expected the forward pass's x")
    check_array(function, "cache", cache, None, fast)
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, cache.shape, why=", the shape of x")


def check_slope(function, name, slope):
    """Raise unless ``slope`` is that of a leaky ReLU left of 0: above 0, at most 1.

    Parameters
    ----------
    function, name : str
        Whose argument it is, and what it is called, for the message.
    slope : float
        The argument.

    Raises
    ------
    TypeError
        Not a number.
    ValueError
        Outside the interval.
    """
    check_number(function, name, slope, most=1.0)
    if float(slope) == 0:
        raise ValueError(f"{function}: {name} is 0, expected above 0: with 0 it is the ReLU")


def check_leaky_relu(function, x, slope, fast=False):
    """Raise unless ``x`` is an array of numbers that have gradients, and ``slope`` a slope.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, None, fast)
    check_slope(function, "slope", slope)


def check_leaky_relu_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is a leaky ReLU's and ``dout`` has the shape of its input.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("x", "slope"))
    x, slope = cache
    check_array(function, "x in cache", x, None, fast)
    check_slope(function, "slope in cache", slope)
    check_array(function, "dout", dout, None, fast)
    check_shape(function, "dout", dout, x.shape, why=", the shape of x")


def check_loss(function, x, y, fast=False):
    """Raise unless the arguments are scores and the labels that belong to them.

    Parameters
    ----------
    function : str
        The loss's name, for the message.
    x : ndarray
        Scores (N, C), with N and C 1 or more: the mean over no examples is not a number.
    y : ndarray
        Labels (N,), integers from 0 to C - 1.
    fast : bool
        Whether only float32 and float64 will do for x.

    Raises
    ------
    TypeError, ValueError
        With the loss, the argument, what came and what was expected.
    """
    check_array(function, "x", x, 2, fast)
    check_plain(function, "y", y)
    if y.dtype.kind not in "iu":
        raise TypeError(f"{function}: y has dtype {y.dtype}, expected integers")
    if y.ndim != 1:
        shape = f"{y.ndim} dimensions {y.shape}"
        raise ValueError(f"{function}: y has {shape}, expected 1")
    N, C = x.shape
    if y.shape[0] != N:
        raise ValueError(f"{function}: y has {y.shape[0]} labels, x has {N} rows of scores")
    if N == 0 or C == 0:
        raise ValueError(f"{function}: x has shape {x.shape}, expected 1 row and 1 class or more")
    # As unsigned numbers those below 0 are the largest.
    if y.dtype is LABELS and np.maximum.reduce(y.view(np.uintp)) < C:
        return
    for label in (y.min(), y.max()):
        if not 0 <= label < C:
            raise ValueError(f"{function}: y has the label {label}, expected 0 to {C - 1}")


def check_dropout(function, x, dropout_param, fast=False):
    """Raise unless the arguments are those of dropout.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    x : ndarray
        Input, of any shape.
    dropout_param : dict
        ``p``, the keep probability, 0 < p <= 1; ``mode``, 'train' or 'test'; and at most one of
        ``seed`` (an integer, 0 or more) and ``rng`` (a ``numpy.random.Generator``).
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_array(function, "x", x, None, fast)
    if not _is_usual(dropout_param):
        _check_dropout_param(function, dropout_param)


def _check_dropout_param(function, dropout_param):
    """Raise unless ``dropout_param`` is what ``check_dropout`` says of it."""
    keys, optional = ("p", "mode"), ("seed", "rng")
    check_param(function, "dropout_param", dropout_param, keys, optional)
    check_keep(function, dropout_param["p"], "dropout_param['p']")
    mode = dropout_param["mode"]
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(
            f"{function}: dropout_param['mode'] is {mode!r}, expected 'train' or 'test'"
        )
    if "seed" in dropout_param and "rng" in dropout_param:
        raise ValueError(f"{function}: dropout_param has both 'seed' and 'rng', expected one")
    if "seed" in dropout_param:
        check_integer(function, "dropout_param['seed']", dropout_param["seed"], least=0)
    if "rng" in dropout_param and not isinstance(dropout_param["rng"], Generator):
        kind = type(dropout_param["rng"]).__name__
        why = f"is a {kind}, expected a numpy.random.Generator"
        raise TypeError(f"{function}: dropout_param['rng'] {why}")


def _is_usual(dropout_param):
    """Whether ``dropout_param`` is what it nearly always is: no key need be looked at alone."""
    if type(dropout_param) is not dict:
        return False
    p, mode, rng = dropout_param.get("p"), dropout_param.get("mode"), dropout_param.get("rng")
    if type(p) is not float or not 0 < p <= 1 or type(mode) is not str or mode not in MODES:
        return False
    if rng is None:
        return len(dropout_param) == 2
    return len(dropout_param) == 3 and type(rng) is Generator


def check_dropout_backward(function, dout, cache, fast=False):
    """Raise unless ``cache`` is dropout's and ``dout`` has the shape of its mask, if it has one.

    Raises
    ------
    TypeError, ValueError
        With the layer, the argument, what came and what was expected.
    """
    check_cache(function, cache, ("dropout_param", "mask"))
    dropout_param, mask = cache
    if not _is_usual(dropout_param):
        _check_dropout_param(function, dropout_param)
    check_array(function, "dout", dout, None, fast)
    if mask is not None:
        check_array(function, "mask in cache", mask, None, fast)
        if dout.shape != mask.shape:
            check_shape(function, "dout", dout, mask.shape)
