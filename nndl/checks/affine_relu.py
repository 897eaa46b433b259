"""Arguments of an affine layer and of a ReLU."""

import math

import numpy as np

from nndl.checks.arguments import check_array, check_cache, check_shape

ARRAYS = np.ndarray, np.generic


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
