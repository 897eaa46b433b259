# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/convolution/conv_forward.md
#     book/convolution/conv_backward.md
#     book/convolution/max_pool.md
#     book/convolution/spatial_batchnorm.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.conv_layers``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward
from nndl.checks.conv import check_conv, check_conv_backward
from nndl.checks.max_pool import check_max_pool, check_max_pool_backward
from nndl.elsewhere import elsewhere
from nndl.layers import batchnorm_backward, batchnorm_forward

__all__ = [
    "affine_backward",
    "affine_forward",
    "batchnorm_backward",
    "batchnorm_forward",
    "conv_backward_naive",
    "conv_forward_naive",
    "dropout_backward",
    "dropout_forward",
    "max_pool_backward_naive",
    "max_pool_forward_naive",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "svm_loss",
]
__getattr__ = elsewhere(__name__, "layers")


# Chapter: book/convolution/conv_forward.md
def conv_forward_naive(x, w, b, conv_param):
    """Convolve pictures with filters (cross-correlation with zero padding), equation (5).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Pictures, of a floating dtype.
    w : ndarray, shape (F, C, HH, WW)
        Filters.
    b : ndarray, shape (F,)
        Biases.
    conv_param : dict
        ``stride``, 1 or more, and ``pad``, 0 or more: integers, in pixels.

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
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, _, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride  # (6)
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))  # (4)
    out = np.zeros((N, F, H_out, W_out), np.result_type(x, w, b))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    rows = slice(i * stride, i * stride + HH)  # (3)
                    columns = slice(j * stride, j * stride + WW)
                    window = x_pad[n, :, rows, columns]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]  # (5)
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
    stride, pad = conv_param["stride"], conv_param["pad"]
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
        Pictures, of a floating dtype.
    pool_param : dict
        ``pool_height``, ``pool_width`` and ``stride``: integers, 1 or more, in pixels.

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
    check_max_pool("max_pool_forward_naive", x, pool_param)
    HH, WW = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
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
    check_max_pool_backward("max_pool_backward_naive", dout, cache)
    x, pool_param = cache
    HH, WW = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
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


# Chapter: book/convolution/spatial_batchnorm.md
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """Normalize each channel over pictures and places, equations (1) to (3).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Maps, of a floating dtype.
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
    check_batchnorm_backward("spatial_batchnorm_backward", dout, cache, ("shape", "rows"))
    (N, C, H, W), row_cache = cache
    dout_rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)  # (4)
    dx_rows, dgamma, dbeta = batchnorm_backward(dout_rows, row_cache)
    dx = dx_rows.reshape(N, H, W, C).transpose(0, 3, 1, 2)  # (4)
    return dx, dgamma, dbeta
