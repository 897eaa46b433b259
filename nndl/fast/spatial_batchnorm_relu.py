"""Spatial batch normalization and the rectifier after it, in the loops of the one.

As two layers they read and write the maps five times more. Forward, a result below 0 is written
as 0; backward, each result's sign is computed again, which is cheaper than reading it.

Where numba is missing, the two layers are called one after the other.
"""

from typing import Any

from nndl.checks.arguments import check_cache
from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.conv_layers import spatial_batchnorm_backward, spatial_batchnorm_forward
from nndl.fast.runtime.jit import numba
from nndl.fast.spatial_batchnorm import backward, forward
from nndl.internal.conversions import as_floats
from nndl.internal.types import Array, Cache
from nndl.internal.usual import are_usual
from nndl.layers import relu_backward, relu_forward

__all__ = ["spatial_batchnorm_relu_backward_fast", "spatial_batchnorm_relu_forward_fast"]

CACHE = ("x", "gamma", "beta", "mean", "inv_std")


def spatial_batchnorm_relu_forward_fast(
    x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> tuple[Array, Cache]:
    """``relu_forward`` of ``spatial_batchnorm_forward``, compiled as one layer.

    Parameters
    ----------
    x, gamma, beta, bn_param
        As for ``spatial_batchnorm_forward``.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        In the common dtype of x, gamma and beta; 0 or above, or NaN.
    cache : tuple or None
        (x, gamma, beta, mean, inv_std), for ``spatial_batchnorm_relu_backward_fast``. None in test
        mode.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    name = "spatial_batchnorm_relu_forward_fast"
    check_batchnorm(name, x, gamma, beta, bn_param, ndim=4, fast=True)
    x, gamma, beta = as_floats(x, gamma, beta)
    out, mean, inv_std = forward(x, gamma, beta, bn_param, 0.0)
    return out, None if bn_param["mode"] == "test" else (x, gamma, beta, mean, inv_std)


def spatial_batchnorm_relu_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of the two layers: ``spatial_batchnorm_backward`` of ``relu_backward``.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W), float32 or float64
        Gradient of the loss with respect to the output, in any memory layout.
    cache : tuple
        What ``spatial_batchnorm_relu_forward_fast`` returned in mode 'train'.

    Returns
    -------
    dx, dgamma, dbeta : ndarray
        Gradients of the loss, of shapes (N, C, H, W), (C,) and (C,).

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode 'test' is refused.
    """
    name = "spatial_batchnorm_relu_backward_fast"
    if not are_usual(dout, cache, len(CACHE), 4):
        check_batchnorm_backward(name, dout, cache, CACHE, ndim=4, fast=True)
        *cache, dout = as_floats(*cache, dout)
    return backward(dout, *cache, 0.0)


def _forward_in_two(x, gamma, beta, bn_param):
    normalized, cache = spatial_batchnorm_forward(x, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normalized)
    return out, None if cache is None else (cache, relu_cache)


def _backward_in_two(dout, cache):
    if cache is None:
        return spatial_batchnorm_backward(dout, cache)  # which says what is wrong
    check_cache("spatial_batchnorm_relu_backward_fast", cache, ("cache", "relu_cache"))
    return spatial_batchnorm_backward(relu_backward(dout, cache[1]), cache[0])


if numba is None:
    spatial_batchnorm_relu_forward_fast = _forward_in_two
    spatial_batchnorm_relu_backward_fast = _backward_in_two
