# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/affine_relu.md
#     book/foundations/losses.md
#     book/foundations/batchnorm.md
#     book/foundations/dropout.md
#     book/convolution/normalization_family.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.layers``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.checks.layers import (
    check_affine,
    check_affine_backward,
    check_dropout,
    check_dropout_backward,
    check_leaky_relu,
    check_leaky_relu_backward,
    check_loss,
    check_relu,
    check_relu_backward,
)
from nndl.checks.normalization_family import check_layernorm, check_layernorm_backward
from nndl.internal.conversions import as_floats
from nndl.internal.elsewhere import elsewhere

__all__ = [
    "affine_backward",
    "affine_forward",
    "avg_pool_backward_naive",
    "avg_pool_forward_naive",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "conv_backward_naive",
    "conv_forward_naive",
    "dropout_backward",
    "dropout_forward",
    "layernorm_backward",
    "layernorm_forward",
    "leaky_relu_backward",
    "leaky_relu_forward",
    "max_pool_backward_naive",
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
__getattr__ = elsewhere(__name__, "conv_layers")


# Chapter: book/foundations/affine_relu.md
def affine_forward(x, w, b):
    """Multiply the examples by a matrix and add a bias, equation (3).

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk)
        Examples of any shape; D = d1 * ... * dk numbers each. float32 or float64; integers
        become float64.
    w : ndarray, shape (D, M)
        Weights, a column for each output.
    b : ndarray, shape (M,)
        Biases.

    Returns
    -------
    out : ndarray, shape (N, M)
        In the common dtype of x, w and b.
    cache : tuple
        (x, w, b), for ``affine_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_affine("affine_forward", x, w, b)
    x, w, b = as_floats(x, w, b)
    rows = x.reshape(x.shape[0], w.shape[0])  # (2)
    out = rows @ w + b  # (3)
    return out, (x, w, b)


def affine_backward(dout, cache):
    """Gradients of ``affine_forward``, equations (5) to (7).

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, w, b).

    Returns
    -------
    dx : ndarray, shape (N, d1, ..., dk)
        Gradient with respect to x.
    dw : ndarray, shape (D, M)
        Gradient with respect to w.
    db : ndarray, shape (M,)
        Gradient with respect to b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_affine_backward("affine_backward", dout, cache)
    x, w, b, dout = as_floats(*cache, dout)
    dout = dout.astype(np.result_type(x, w, b, dout), copy=False)
    rows = x.reshape(x.shape[0], w.shape[0])
    dx = (dout @ w.T).reshape(x.shape)  # (5)
    dw = rows.T @ dout  # (6)
    db = dout.sum(axis=0)  # (7)
    return dx, dw, db


# Chapter: book/foundations/affine_relu.md
def relu_forward(x):
    """Replace what is below 0 by 0, equation (9).

    Parameters
    ----------
    x : ndarray, any shape
        Input, float32 or float64; integers become float64.

    Returns
    -------
    out : ndarray, in the shape and dtype of x
        max(0, x). NaN stays NaN.
    cache : ndarray
        x itself, for ``relu_backward``.

    Raises
    ------
    TypeError
        x is not an array of float32, float64 or integers.
    """
    check_relu("relu_forward", x)
    x = as_floats(x)
    out = np.maximum(0, x)  # (9)
    return out, x


def relu_backward(dout, cache):
    """Gradient of ``relu_forward``, equation (10).

    Parameters
    ----------
    dout : ndarray, in the shape of x
        Gradient of the loss with respect to the output.
    cache : ndarray
        What the forward pass returned: x.

    Returns
    -------
    dx : ndarray, in the shape of x
        Gradient with respect to x: dout where x > 0, and 0 where x <= 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_relu_backward("relu_backward", dout, cache)
    x, dout = as_floats(cache, dout)
    dx = np.where(x <= 0, 0, dout)  # (10)
    return dx.astype(np.result_type(x, dout), copy=False)


# Chapter: book/foundations/affine_relu.md
def leaky_relu_forward(x, slope):
    """Multiply what is below 0 by a slope, equation (11).

    Parameters
    ----------
    x : ndarray, any shape
        Input, float32 or float64; integers become float64.
    slope : float
        The slope left of 0: above 0, at most 1.

    Returns
    -------
    out : ndarray, in the shape and dtype of x
        x where x > 0, and slope * x where x <= 0. NaN stays NaN.
    cache : tuple
        (x, slope), for ``leaky_relu_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_leaky_relu("leaky_relu_forward", x, slope)
    x, slope = as_floats(x), float(slope)
    out = np.where(x <= 0, slope * x, x)  # (11)
    return out, (x, slope)


def leaky_relu_backward(dout, cache):
    """Gradient of ``leaky_relu_forward``, equation (12).

    Parameters
    ----------
    dout : ndarray, in the shape of x
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, slope).

    Returns
    -------
    dx : ndarray, in the shape of x
        Gradient with respect to x: dout where x > 0, and slope * dout where x <= 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_leaky_relu_backward("leaky_relu_backward", dout, cache)
    x, slope = cache
    x, dout = as_floats(x, dout)
    dout = dout.astype(np.result_type(x, dout), copy=False)
    return np.where(x <= 0, float(slope) * dout, dout)  # (12)


# Chapter: book/foundations/losses.md
def svm_loss(x, y):
    """Multiclass hinge loss with margin 1, and its gradient, equations (1) to (3).

    Parameters
    ----------
    x : ndarray, shape (N, C)
        Scores, float32 or float64; integers become float64.
    y : ndarray of integers, shape (N,)
        The right classes, from 0 to C - 1.

    Returns
    -------
    loss : number of the dtype of x
        The mean over the examples.
    dx : ndarray, shape (N, C)
        Gradient of the loss with respect to the scores.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_loss("svm_loss", x, y)
    x = as_floats(x)
    N = x.shape[0]
    n = np.arange(N)
    margins = np.maximum(0, x - x[n, y][:, None] + 1)  # (1)
    margins[n, y] = 0
    loss = np.sum(margins) / N  # (2)
    dx = (margins > 0).astype(x.dtype)  # (3)
    dx[n, y] -= np.sum(dx, axis=1)  # (3)
    return loss, dx / N  # (3)


def softmax_loss(x, y):
    """Cross-entropy of the softmax of scores, and its gradient, equations (7) and (16).

    Parameters
    ----------
    x : ndarray, shape (N, C)
        Scores, float32 or float64; integers become float64.
    y : ndarray of integers, shape (N,)
        The right classes, from 0 to C - 1.

    Returns
    -------
    loss : number of the dtype of x
        The mean over the examples.
    dx : ndarray, shape (N, C)
        Gradient of the loss with respect to the scores.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_loss("softmax_loss", x, y)
    x = as_floats(x)
    N = x.shape[0]
    n = np.arange(N)
    shifted = x - np.max(x, axis=1, keepdims=True)  # (16)
    log_sum = np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))  # (16)
    loss = np.sum(log_sum[:, 0] - shifted[n, y]) / N  # (16)
    dx = np.exp(shifted - log_sum)  # p, in (7)
    dx[n, y] -= 1  # (7)
    return loss, dx / N  # (7)


# Chapter: book/foundations/batchnorm.md
def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalize each feature over the batch, then scale and shift it, equations (1) to (6).

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A row for each example, float32 or float64; integers become float64.
    gamma, beta : ndarray, shape (D,)
        Scale and shift of each feature.
    bn_param : dict
        ``mode``, ``"train"`` or ``"test"``. Optional: ``eps`` (1e-5), added to the
        variance; ``momentum`` (0.9), the share of the old value in the running averages,
        equation (19); and these averages, ``running_mean`` and ``running_var``, shape
        (D,), zeros at first. In either mode they are written back to the dict, as new
        arrays in training.

    Returns
    -------
    out : ndarray, shape (N, D)
        In the common dtype of x, gamma and beta. In mode ``"test"`` each row depends on
        itself and on the running averages alone.
    cache : tuple or None
        For ``batchnorm_backward``; None in mode ``"test"``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_batchnorm("batchnorm_forward", x, gamma, beta, bn_param)
    x, gamma, beta = as_floats(x, gamma, beta)
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    _, running_mean, running_var = as_floats(x, running_mean, running_var)
    dtype, own = np.result_type(x, gamma, beta), x.dtype
    x = x.astype(np.result_type(x, np.float64), copy=False)  # long sums lose digits in float32
    if bn_param["mode"] == "train":
        mean = x.mean(axis=0)  # (1)
        centered = x - mean  # (2)
        var = np.mean(centered**2, axis=0)  # (3)
        sigma = np.sqrt(var + eps)  # (4)
        mean, var = mean.astype(own), var.astype(own)
        running_mean = momentum * running_mean + (1 - momentum) * mean  # (19)
        running_var = momentum * running_var + (1 - momentum) * var  # (19)
        cache = (centered.astype(own), sigma.astype(own), gamma)
    else:
        centered = x - running_mean
        sigma = np.sqrt(running_var + eps)
        cache = None
    x_hat = centered / sigma  # (5)
    out = (gamma * x_hat + beta).astype(dtype, copy=False)  # (6)
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, cache


# Chapter: book/foundations/batchnorm.md
def batchnorm_backward(dout, cache):
    """Gradients of ``batchnorm_forward`` in mode ``"train"``, equations (7) to (13).

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to x. Each column sums to zero.
    dgamma, dbeta : ndarray, shape (D,)
        Gradients with respect to gamma and beta.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode ``"test"`` is refused.
    """
    names = ("centered", "sigma", "gamma")
    check_batchnorm_backward("batchnorm_backward", dout, cache, names)
    centered, sigma, gamma, dout = as_floats(*cache, dout)
    dtype = np.result_type(centered, gamma, dout)
    centered, sigma, dout = (
        array.astype(np.result_type(array, np.float64), copy=False)
        for array in (centered, sigma, dout)
    )
    N = dout.shape[0]
    x_hat = centered / sigma  # (5)
    dbeta = dout.sum(axis=0)  # (7)
    dgamma = np.sum(dout * x_hat, axis=0)  # (8)
    dx_hat = gamma * dout  # (8)
    dsigma = -np.sum(dx_hat * centered, axis=0) / sigma**2  # (9)
    dvar = dsigma / (2 * sigma)  # (10)
    dcentered = dx_hat / sigma + 2 * centered / N * dvar  # (11)
    dmean = -dcentered.sum(axis=0)  # (12)
    dx = dcentered + dmean / N  # (13)
    return tuple(grad.astype(dtype, copy=False) for grad in (dx, dgamma, dbeta))


# Chapter: book/foundations/dropout.md
def dropout_forward(x, dropout_param):
    """Zero random entries and scale the rest, so that the mean stays: equation (3).

    Parameters
    ----------
    x : ndarray, any shape
        Input, float32 or float64; integers become float64.
    dropout_param : dict
        ``p``, the probability of keeping an entry, 0 < p <= 1; ``mode``, 'train' or 'test'.
        Optionally ``seed``, an integer, which draws the same mask at every call, or ``rng``, a
        ``numpy.random.Generator``, which draws a new one. The global random state is not touched.

    Returns
    -------
    out : ndarray, shape and dtype of x
        In mode 'train', x times the mask. In mode 'test', x itself.
    cache : tuple
        (dropout_param, mask), for ``dropout_backward``. The mask, of the shape and dtype of x, is
        0 or 1/p; in mode 'test' it is None.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_dropout("dropout_forward", x, dropout_param)
    x = as_floats(x)
    if dropout_param["mode"] == "test":
        return x, (dropout_param, None)
    p = float(dropout_param["p"])
    rng = np.random.default_rng(dropout_param.get("rng", dropout_param.get("seed")))
    kept = rng.random(x.shape) < p  # (1)
    mask = (kept / p).astype(x.dtype)  # (3)
    return x * mask, (dropout_param, mask)  # (3)


def dropout_backward(dout, cache):
    """Gradient of ``dropout_forward``, equation (7).

    Parameters
    ----------
    dout : ndarray, shape of x
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (dropout_param, mask).

    Returns
    -------
    ndarray, shape of x
        Gradient with respect to x: dout times the mask. In mode 'test', dout itself.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_dropout_backward("dropout_backward", dout, cache)
    _, mask = cache
    if mask is None:
        return as_floats(dout)
    mask, dout = as_floats(mask, dout)
    return dout * mask  # (7)


# Chapter: book/convolution/normalization_family.md
def batchnorm_backward_alt(dout, cache):
    """Gradients of ``batchnorm_forward`` in mode ``"train"``, in one line: equation (12).

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned, as for ``batchnorm_backward``.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to x. Each column sums to zero.
    dgamma, dbeta : ndarray, shape (D,)
        Gradients with respect to gamma and beta.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode ``"test"`` is refused.
    """
    names = ("centered", "sigma", "gamma")
    check_batchnorm_backward("batchnorm_backward_alt", dout, cache, names)
    centered, sigma, gamma, dout = as_floats(*cache, dout)
    N, wide = dout.shape[0], np.result_type(dout, np.float64)
    x_hat = centered / sigma  # (4)
    dbeta = dout.sum(axis=0, dtype=wide)  # (6)
    dgamma = np.sum(dout * x_hat, axis=0, dtype=wide)  # (7)
    dx = gamma / (N * sigma) * (N * dout - dbeta - x_hat * dgamma)  # (12)
    dtype = np.result_type(centered, gamma, dout)
    return tuple(grad.astype(dtype, copy=False) for grad in (dx, dgamma, dbeta))


# Chapter: book/convolution/normalization_family.md
def layernorm_forward(x, gamma, beta, ln_param):
    """Normalize each example over its features, then scale and shift, equations (1) to (5).

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A row for each example, float32 or float64; integers become float64.
    gamma, beta : ndarray, shape (D,)
        Scale and shift of each feature.
    ln_param : dict
        Optional: ``eps`` (1e-5), added to the variance. A ``mode``, ``"train"`` or ``"test"``,
        is accepted and makes no difference.

    Returns
    -------
    out : ndarray, shape (N, D)
        In the common dtype of x, gamma and beta. Each row depends on its own row of x alone.
    cache : tuple
        (x_hat, sigma, gamma), for ``layernorm_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_layernorm("layernorm_forward", x, gamma, beta, ln_param)
    x, gamma, beta = as_floats(x, gamma, beta)
    dtype, wide = np.result_type(x, gamma, beta), np.result_type(x, np.float64)
    mean = x.mean(axis=1, keepdims=True, dtype=wide)  # (1)
    centered = x - mean  # (2)
    var = np.mean(centered**2, axis=1, keepdims=True)
    sigma = np.sqrt(var + float(ln_param.get("eps", 1e-5)))  # (3)
    x_hat = centered / sigma  # (4)
    out = (gamma * x_hat + beta).astype(dtype, copy=False)  # (5)
    own = np.result_type(x, gamma)  # beta is in no gradient
    return out, (x_hat.astype(own, copy=False), sigma.astype(own, copy=False), gamma)


def layernorm_backward(dout, cache):
    """Gradients of ``layernorm_forward``, equation (13).

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to x. Each row sums to zero.
    dgamma, dbeta : ndarray, shape (D,)
        Gradients with respect to gamma and beta.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; every entry of the cache is checked.
    """
    check_layernorm_backward("layernorm_backward", dout, cache)
    x_hat, sigma, gamma, dout = as_floats(*cache, dout)
    wide = np.result_type(dout, np.float64)
    dbeta = dout.sum(axis=0, dtype=wide)  # (6)
    dgamma = np.sum(dout * x_hat, axis=0, dtype=wide)  # (7)
    dx_hat = gamma * dout  # (8), (13)

    def mean(array):
        return array.mean(axis=1, keepdims=True, dtype=wide)

    dx = (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)) / sigma  # (13)
    dtype = np.result_type(x_hat, gamma, dout)
    return tuple(grad.astype(dtype, copy=False) for grad in (dx, dgamma, dbeta))
