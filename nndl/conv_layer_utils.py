# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/convolution/cascades.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.conv_layer_utils``, in the order in which the book derives it."""

from nndl.activations import RELU, activation_of
from nndl.checks.arguments import check_cache
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.spatial_batchnorm import (
    spatial_batchnorm_backward_fast,
    spatial_batchnorm_forward_fast,
)
from nndl.internal.elsewhere import elsewhere

__all__ = [
    "affine_backward",
    "affine_batchnorm_relu_backward",
    "affine_batchnorm_relu_forward",
    "affine_forward",
    "affine_layernorm_relu_backward",
    "affine_layernorm_relu_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "avg_pool_backward_naive",
    "avg_pool_forward_naive",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_naive",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_forward_fast",
    "conv_forward_im2col",
    "conv_forward_naive",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
    "dropout_backward",
    "dropout_forward",
    "layernorm_backward",
    "layernorm_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "max_pool_backward_fast",
    "max_pool_backward_naive",
    "max_pool_forward_fast",
    "max_pool_forward_naive",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
    "svm_loss",
]
__getattr__ = elsewhere(
    __name__, "layers", "conv_layers", "layer_utils", "fast.conv", "fast.max_pool", "im2col"
)


# Chapter: book/convolution/cascades.md
def conv_relu_forward(x, w, b, conv_param, activation=RELU):
    """A convolution and an activation, the first two lines of equation (1).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W), float32 or float64
        Images.
    w : ndarray, shape (F, C, HH, WW)
        Filters.
    b : ndarray, shape (F,)
        Biases.
    conv_param : dict
        ``stride`` and ``pad``, integers, in pixels.
    activation : Activation, str or tuple, optional
        Which activation, in the form of ``FullyConnectedNet``; the ReLU unless given.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        Nowhere negative, if the activation is the ReLU.
    cache : tuple
        (conv_cache, relu_cache), for ``conv_relu_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the layer inside and its argument.
    """
    activation = activation_of("conv_relu_forward: activation", activation)
    z, conv_cache = conv_forward_fast(x, w, b, conv_param)  # (1)
    out, relu_cache = activation.forward(z)  # (1)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache, activation=RELU):
    """Gradients of ``conv_relu_forward``, equation (3) without the pool.

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
        Gradient of the loss with respect to the output.
    cache : tuple
        What ``conv_relu_forward`` returned.
    activation : Activation, str or tuple, optional
        That of the forward pass.

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    activation = activation_of("conv_relu_backward: activation", activation)
    check_cache("conv_relu_backward", cache, ("conv_cache", "relu_cache"))
    conv_cache, relu_cache = cache
    dz = activation.backward(dout, relu_cache)  # (3)
    return conv_backward_fast(dz, conv_cache)  # (3)


# Chapter: book/convolution/cascades.md
def conv_relu_pool_forward(x, w, b, conv_param, pool_param, activation=RELU):
    """A convolution, an activation and max pooling, equation (1).

    Parameters
    ----------
    x, w, b, conv_param, activation
        As for ``conv_relu_forward``.
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``, integers, in pixels.

    Returns
    -------
    out : ndarray, shape (N, F, H'', W'')
        The pooled maps.
    cache : tuple
        (conv_cache, relu_cache, pool_cache), for ``conv_relu_pool_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the layer inside and its argument.
    """
    activation = activation_of("conv_relu_pool_forward: activation", activation)
    z, conv_cache = conv_forward_fast(x, w, b, conv_param)  # (1)
    a, relu_cache = activation.forward(z)  # (1)
    out, pool_cache = max_pool_forward_fast(a, pool_param)  # (1)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache, activation=RELU):
    """Gradients of ``conv_relu_pool_forward``, equation (3).

    Parameters
    ----------
    dout : ndarray, shape (N, F, H'', W'')
        Gradient of the loss with respect to the output.
    cache, activation
        What ``conv_relu_pool_forward`` returned, and its activation.

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    activation = activation_of("conv_relu_pool_backward: activation", activation)
    names = ("conv_cache", "relu_cache", "pool_cache")
    check_cache("conv_relu_pool_backward", cache, names)
    conv_cache, relu_cache, pool_cache = cache
    da = max_pool_backward_fast(dout, pool_cache)  # (3)
    dz = activation.backward(da, relu_cache)  # (3)
    return conv_backward_fast(dz, conv_cache)  # (3)


# Chapter: book/convolution/cascades.md
def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param, activation=RELU):
    """A convolution, spatial batch normalization and an activation.

    Parameters
    ----------
    x, w, b, conv_param, activation
        As for ``conv_relu_forward``. In training b has no effect, equation (6).
    gamma, beta : ndarray, shape (F,)
        Scale and shift of batch norm.
    bn_param : dict
        ``mode``, "train" or "test", and what else ``spatial_batchnorm_forward`` takes. The running
        averages are written into it.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        Nowhere negative, if the activation is the ReLU.
    cache : tuple
        (conv_cache, bn_cache, relu_cache), for ``conv_bn_relu_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the layer inside and its argument.
    """
    activation = activation_of("conv_bn_relu_forward: activation", activation)
    z, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normal, bn_cache = spatial_batchnorm_forward_fast(z, gamma, beta, bn_param)
    out, relu_cache = activation.forward(normal)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache, activation=RELU):
    """Gradients of ``conv_bn_relu_forward`` in training.

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
        Gradient of the loss with respect to the output.
    cache, activation
        What ``conv_bn_relu_forward`` returned in the mode "train", and its activation.

    Returns
    -------
    dx, dw, db, dgamma, dbeta : ndarray
        Gradients of the loss, in the shapes of the arguments. db is 0, up to rounding.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    activation = activation_of("conv_bn_relu_backward: activation", activation)
    check_cache("conv_bn_relu_backward", cache, ("conv_cache", "bn_cache", "relu_cache"))
    conv_cache, bn_cache, relu_cache = cache
    dnormal = activation.backward(dout, relu_cache)
    dz, dgamma, dbeta = spatial_batchnorm_backward_fast(dnormal, bn_cache)
    dx, dw, db = conv_backward_fast(dz, conv_cache)
    return dx, dw, db, dgamma, dbeta
