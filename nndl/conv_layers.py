# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/convolution/conv_forward.md
#     book/convolution/conv_backward.md
#     book/convolution/max_pool.md
#     book/convolution/avg_pool.md
#     book/convolution/spatial_batchnorm.md
#     book/convolution/normalization_family.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.conv_layers``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_rows_backward
from nndl.checks.conv_layers import check_conv, check_conv_backward, check_pool, check_pool_backward
from nndl.checks.normalization_family import check_groupnorm, check_groupnorm_backward
from nndl.internal.conversions import as_floats
from nndl.internal.elsewhere import elsewhere
from nndl.layers import batchnorm_backward, batchnorm_forward, layernorm_backward, layernorm_forward

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
__getattr__ = elsewhere(__name__, "layers")


# Chapter: book/convolution/conv_forward.md
def conv_forward_naive(x, w, b, conv_param):
    """Convolve images with filters (cross-correlation with zero padding), equation (7).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images, float32 or float64; integers become float64.
    w : ndarray, shape (F, C, HH, WW)
        Filters.
    b : ndarray, shape (F,)
        Biases.
    conv_param : dict
        ``stride``, 1 or more, and ``pad``, 0 or more: whole numbers of pixels.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        H' = 1 + (H + 2 pad - HH) // stride, W' alike; the common dtype of x, w and b.
    cache : tuple
        (x, w, b, conv_param), for ``conv_backward_naive``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_conv("conv_forward_naive", x, w, b, conv_param)
    x, w, b = as_floats(x, w, b)
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride  # (8)
    W_out = 1 + (W + 2 * pad - WW) // stride  # (8)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))  # (6)
    out = np.zeros((N, F, H_out, W_out), np.result_type(x, w, b))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)  # (5)
                    columns = slice(j * stride, j * stride + WW)
                    window = x_pad[n, :, rows, columns]  # (7)
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]  # (7)
    return out, (x, w, b, conv_param)


# Chapter: book/convolution/conv_backward.md
def conv_backward_naive(dout, cache):
    """Gradients of ``conv_forward_naive``, equations (3) to (6).

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, w, b, conv_param).

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        Gradient with respect to x. Pixels that no window read have gradient 0.
    dw : ndarray, shape (F, C, HH, WW)
        Gradient with respect to w.
    db : ndarray, shape (F,)
        Gradient with respect to b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_conv_backward("conv_backward_naive", dout, cache)
    x, w, b, conv_param = cache
    x, w, b, dout = as_floats(x, w, b, dout)
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    N, F, H_out, W_out = dout.shape
    H, W = x.shape[2:]
    HH, WW = w.shape[2:]
    dtype = np.result_type(x, w, b, dout)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad, dw = np.zeros(x_pad.shape, dtype), np.zeros(w.shape, dtype)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dw[f] += dout[n, f, i, j] * x_pad[n, :, rows, columns]  # (4)
                    dx_pad[n, :, rows, columns] += dout[n, f, i, j] * w[f]  # (5)
    db = dout.sum(axis=(0, 2, 3)).astype(dtype)  # (3)
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]  # (6)
    return dx, dw, db


# Chapter: book/convolution/max_pool.md
def max_pool_forward_naive(x, pool_param):
    """Largest value of each window, equation (1).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images, float32 or float64; integers become float64.
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``: whole numbers of pixels, 1 or more.

    Returns
    -------
    out : ndarray, shape (N, C, H', W')
        With H' = 1 + (H - pool_height) // stride and W' alike, in the dtype of x. A window with a
        NaN gives NaN.
    cache : tuple
        (x, pool_param), for ``max_pool_backward_naive``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, such as a window that is larger than x; the message names
        the argument.
    """
    check_pool("max_pool_forward_naive", x, pool_param)
    x = as_floats(x)
    HH, WW = int(pool_param["pool_height"]), int(pool_param["pool_width"])
    stride = int(pool_param["stride"])
    N, C, H, W = x.shape
    H_out = 1 + (H - HH) // stride  # (2)
    W_out = 1 + (W - WW) // stride
    out = np.empty((N, C, H_out, W_out), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    window = x[n, c, rows, columns]
                    out[n, c, i, j] = window.flat[np.argmax(window)]  # (1), (4)
    return out, (x, pool_param)


# Chapter: book/convolution/max_pool.md
def max_pool_backward_naive(dout, cache):
    """Gradient of ``max_pool_forward_naive``, equation (6).

    Parameters
    ----------
    dout : ndarray, shape (N, C, H', W')
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, pool_param).

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient with respect to x. Of equal maxima the first in row-major order gets it, of NaNs
        the first NaN; a pixel that wins in several windows gets their sum, one in none gets 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_pool_backward("max_pool_backward_naive", dout, cache)
    x, pool_param = cache
    x, dout = as_floats(x, dout)
    HH, WW = int(pool_param["pool_height"]), int(pool_param["pool_width"])
    stride = int(pool_param["stride"])
    N, C, H_out, W_out = dout.shape
    dx = np.zeros(x.shape, np.result_type(x, dout))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    window = x[n, c, rows, columns]
                    p, q = divmod(int(np.argmax(window)), WW)  # (3)
                    dx[n, c, i * stride + p, j * stride + q] += dout[n, c, i, j]  # (6)
    return dx


# Chapter: book/convolution/avg_pool.md
def avg_pool_forward_naive(x, pool_param):
    """Mean of each window, equation (1).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images, float32 or float64; integers become float64.
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``: whole numbers of pixels, 1 or more.

    Returns
    -------
    out : ndarray, shape (N, C, H', W')
        With H' = 1 + (H - pool_height) // stride and W' alike, in the dtype of x.
    cache : tuple
        (x, pool_param), for ``avg_pool_backward_naive``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, such as a window that is larger than x; the message names
        the argument.
    """
    check_pool("avg_pool_forward_naive", x, pool_param)
    x = as_floats(x)
    HH, WW = int(pool_param["pool_height"]), int(pool_param["pool_width"])
    stride = int(pool_param["stride"])
    N, C, H, W = x.shape
    H_out, W_out = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    out = np.empty((N, C, H_out, W_out), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    out[n, c, i, j] = x[n, c, rows, columns].mean()  # (1)
    return out, (x, pool_param)


def avg_pool_backward_naive(dout, cache):
    """Gradient of ``avg_pool_forward_naive``, equation (3).

    Parameters
    ----------
    dout : ndarray, shape (N, C, H', W')
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, pool_param).

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Gradient with respect to x. A pixel in several windows gets the sum of its shares, one in
        none gets 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_pool_backward("avg_pool_backward_naive", dout, cache)
    x, pool_param = cache
    x, dout = as_floats(x, dout)
    HH, WW = int(pool_param["pool_height"]), int(pool_param["pool_width"])
    stride = int(pool_param["stride"])
    N, C, H_out, W_out = dout.shape
    dx = np.zeros(x.shape, np.result_type(x, dout))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dx[n, c, rows, columns] += dout[n, c, i, j] / (HH * WW)  # (3)
    return dx


# Chapter: book/convolution/spatial_batchnorm.md
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Normalize each channel over images and places, equations (1) to (3).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Maps, float32 or float64; integers become float64.
    gamma, beta : ndarray, shape (C,)
        Scale and shift of each channel.
    bn_param : dict
        ``mode``, ``"train"`` or ``"test"``. Optional: ``eps`` (1e-5), added to the
        variance; ``momentum`` (0.9), the share of the old value in the running averages;
        and these averages, ``running_mean`` and ``running_var``, shape (C,), zeros at
        first. In either mode they are written back to the dict, as new arrays in training.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        In the common dtype of x, gamma and beta.
    cache : tuple or None
        For ``spatial_batchnorm_backward``; None in mode ``"test"``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_batchnorm("spatial_batchnorm_forward", x, gamma, beta, bn_param, ndim=4)
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)  # (2)
    out_rows, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    out = out_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)  # (3)
    return out, None if cache is None else (x.shape, cache)


def spatial_batchnorm_backward(dout, cache):
    """Gradients of ``spatial_batchnorm_forward`` in mode ``"train"``, equation (4).

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        Gradient with respect to x.
    dgamma, dbeta : ndarray, shape (C,)
        Gradients with respect to gamma and beta.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode ``"test"`` is refused.
    """
    check_rows_backward("spatial_batchnorm_backward", dout, cache)
    (N, C, H, W), row_cache = cache
    dout_rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)  # (4)
    dx_rows, dgamma, dbeta = batchnorm_backward(dout_rows, row_cache)
    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)  # (4)
    return dx, dgamma, dbeta


# Chapter: book/convolution/normalization_family.md
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """Normalize groups of channels of each image, equations (14), (15) and (5).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Maps, float32 or float64; integers become float64.
    gamma, beta : ndarray, shape (1, C, 1, 1) or (C,)
        Scale and shift of each channel, both of one shape.
    G : int
        Groups, a divisor of C: C for instance normalization, 1 for layer normalization.
    gn_param : dict
        Optional: ``eps`` (1e-5), added to the variance. A ``mode``, ``"train"`` or ``"test"``,
        is accepted and makes no difference.

    Returns
    -------
    out : ndarray, shape (N, C, H, W)
        In the common dtype of x, gamma and beta. Each image depends on itself alone.
    cache : tuple
        For ``spatial_groupnorm_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_groupnorm("spatial_groupnorm_forward", x, gamma, beta, G, gn_param)
    x, gamma, beta = as_floats(x, gamma, beta)
    N, C, H, W = x.shape
    rows = x.reshape(N * int(G), C // int(G) * H * W)  # (15), (14)
    one = np.ones(rows.shape[1], np.result_type(x, gamma, beta.real))
    x_hat, row_cache = layernorm_forward(rows, one, 0 * one, gn_param)
    own = np.result_type(x, gamma)  # beta is in no gradient
    row_cache = tuple(array.astype(own, copy=False) for array in row_cache)
    x_hat = x_hat.reshape(x.shape)  # (15)
    out = gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)  # (5)
    return out, (x.shape, G, gamma, row_cache)


def spatial_groupnorm_backward(dout, cache):
    """Gradients of ``spatial_groupnorm_forward``, equations (6) to (8) and (16).

    Parameters
    ----------
    dout : ndarray, shape (N, C, H, W)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        Gradient with respect to x.
    dgamma, dbeta : ndarray, shape (1, C, 1, 1) or (C,)
        Gradients with respect to gamma and beta, in their shape.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; every entry of the cache is checked.
    """
    check_groupnorm_backward("spatial_groupnorm_backward", dout, cache)
    _, _, gamma, row_cache = cache
    x_hat, gamma, dout = as_floats(row_cache[0], gamma, dout)
    x_hat, wide = x_hat.reshape(dout.shape), np.result_type(dout, np.float64)
    dbeta = dout.sum(axis=(0, 2, 3), dtype=wide)  # (6)
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3), dtype=wide)  # (7)
    dx_hat = gamma.reshape(1, -1, 1, 1) * dout  # (8)
    rows = dx_hat.reshape(row_cache[0].shape)  # (16)
    dx, _, _ = layernorm_backward(rows, row_cache)
    dtype = np.result_type(x_hat, gamma, dout)
    dgamma, dbeta = (grad.reshape(gamma.shape).astype(dtype) for grad in (dgamma, dbeta))
    return dx.reshape(dout.shape), dgamma, dbeta  # (16)
