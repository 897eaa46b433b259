# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/fully_connected.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.layer_utils``, in the order in which the book derives it."""

from nndl.activations import RELU, activation_of
from nndl.checks.arguments import check_cache
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.batchnorm import batchnorm_backward_fast, batchnorm_forward_fast
from nndl.fast.normalization_family import layernorm_backward_fast, layernorm_forward_fast
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
    __name__, "layers", "conv_layers", "conv_layer_utils", "fast.conv", "fast.max_pool", "im2col"
)


# Chapter: book/foundations/fully_connected.md
def affine_relu_forward(x, w, b, activation=RELU):
    """An affine layer and a ReLU, equation (4), or another activation.

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk), float32 or float64
        Inputs, which are flattened to (N, D).
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,)
        Biases.
    activation : Activation, str or tuple, optional
        Which activation, in the form of ``FullyConnectedNet``; the ReLU unless given.

    Returns
    -------
    out : ndarray, shape (N, M)
        Nowhere negative, if the activation is the ReLU.
    cache : tuple
        (fc_cache, relu_cache), for ``affine_relu_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the layer inside and its argument.
    """
    activation = activation_of("affine_relu_forward: activation", activation)
    z, fc_cache = affine_forward_fast(x, w, b)  # (4)
    out, relu_cache = activation.forward(z)  # (4)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache, activation=RELU):
    """Gradients of ``affine_relu_forward``, equation (5).

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to the output.
    cache : tuple
        What ``affine_relu_forward`` returned.
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
    activation = activation_of("affine_relu_backward: activation", activation)
    check_cache("affine_relu_backward", cache, ("fc_cache", "relu_cache"))
    fc_cache, relu_cache = cache
    dz = activation.backward(dout, relu_cache)  # (5)
    return affine_backward_fast(dz, fc_cache)


# Chapter: book/foundations/fully_connected.md
def affine_batchnorm_relu_forward(x, w, b, gamma, beta, bn_param, activation=RELU):
    """An affine layer, batch normalization and a ReLU, or another activation.

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk), float32 or float64
        Inputs, which are flattened to (N, D).
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,)
        Biases. In training they have no effect, since batch norm subtracts the mean.
    gamma, beta : ndarray, shape (M,)
        Scale and shift of batch norm.
    bn_param : dict
        ``mode``, "train" or "test", and what else ``batchnorm_forward`` takes. The running
        averages are written into it.
    activation : Activation, str or tuple, optional
        Which activation, in the form of ``FullyConnectedNet``; the ReLU unless given.

    Returns
    -------
    out : ndarray, shape (N, M)
        Nowhere negative, if the activation is the ReLU.
    cache : tuple
        (fc_cache, bn_cache, relu_cache), for ``affine_batchnorm_relu_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the layer inside and its argument.
    """
    activation = activation_of("affine_batchnorm_relu_forward: activation", activation)
    z, fc_cache = affine_forward_fast(x, w, b)
    normal, bn_cache = batchnorm_forward_fast(z, gamma, beta, bn_param)
    out, relu_cache = activation.forward(normal)
    return out, (fc_cache, bn_cache, relu_cache)


def affine_batchnorm_relu_backward(dout, cache, activation=RELU):
    """Gradients of ``affine_batchnorm_relu_forward`` in training.

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to the output.
    cache : tuple
        What ``affine_batchnorm_relu_forward`` returned in the mode "train".
    activation : Activation, str or tuple, optional
        That of the forward pass.

    Returns
    -------
    dx, dw, db, dgamma, dbeta : ndarray
        Gradients of the loss, in the shapes of the arguments. db is 0, up to rounding.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    activation = activation_of("affine_batchnorm_relu_backward: activation", activation)
    names = ("fc_cache", "bn_cache", "relu_cache")
    check_cache("affine_batchnorm_relu_backward", cache, names)
    fc_cache, bn_cache, relu_cache = cache
    dnormal = activation.backward(dout, relu_cache)
    dz, dgamma, dbeta = batchnorm_backward_fast(dnormal, bn_cache)
    dx, dw, db = affine_backward_fast(dz, fc_cache)
    return dx, dw, db, dgamma, dbeta


# Chapter: book/foundations/fully_connected.md
def affine_layernorm_relu_forward(x, w, b, gamma, beta, ln_param, activation=RELU):
    """An affine layer, layer normalization and a ReLU, or another activation.

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk), float32 or float64
        Inputs, which are flattened to (N, D).
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,)
        Biases.
    gamma, beta : ndarray, shape (M,)
        Scale and shift of layer norm.
    ln_param : dict
        What ``layernorm_forward`` takes; it may be empty.
    activation : Activation, str or tuple, optional
        Which activation, in the form of ``FullyConnectedNet``; the ReLU unless given.

    Returns
    -------
    out : ndarray, shape (N, M)
        Nowhere negative, if the activation is the ReLU.
    cache : tuple
        (fc_cache, ln_cache, relu_cache), for ``affine_layernorm_relu_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the layer inside and its argument.
    """
    activation = activation_of("affine_layernorm_relu_forward: activation", activation)
    z, fc_cache = affine_forward_fast(x, w, b)
    normal, ln_cache = layernorm_forward_fast(z, gamma, beta, ln_param)
    out, relu_cache = activation.forward(normal)
    return out, (fc_cache, ln_cache, relu_cache)


def affine_layernorm_relu_backward(dout, cache, activation=RELU):
    """Gradients of ``affine_layernorm_relu_forward``.

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to the output.
    cache : tuple
        What ``affine_layernorm_relu_forward`` returned.
    activation : Activation, str or tuple, optional
        That of the forward pass.

    Returns
    -------
    dx, dw, db, dgamma, dbeta : ndarray
        Gradients of the loss, in the shapes of the arguments.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    activation = activation_of("affine_layernorm_relu_backward: activation", activation)
    names = ("fc_cache", "ln_cache", "relu_cache")
    check_cache("affine_layernorm_relu_backward", cache, names)
    fc_cache, ln_cache, relu_cache = cache
    dnormal = activation.backward(dout, relu_cache)
    dz, dgamma, dbeta = layernorm_backward_fast(dnormal, ln_cache)
    dx, dw, db = affine_backward_fast(dz, fc_cache)
    return dx, dw, db, dgamma, dbeta
