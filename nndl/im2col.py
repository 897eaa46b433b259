# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/speed/matrix_multiply.md
"""``nndl.im2col``, in the order in which the book derives it."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nndl.checks.conv_layers import check_conv, check_conv_backward
from nndl.checks.im2col import check_columns, check_im2col, check_images
from nndl.internal.conversions import as_floats

# Chapter: book/speed/matrix_multiply.md
__all__ = [
    "col2im_indices",
    "conv_backward_im2col",
    "conv_forward_im2col",
    "get_im2col_indices",
    "im2col_indices",
]


# Chapter: book/speed/matrix_multiply.md
def get_im2col_indices(x_shape, field_height, field_width, padding=1, stride=1):
    """Where the entries of the columns come from, equations (2) and (3).

    Parameters
    ----------
    x_shape : tuple
        Shape (N, C, H, W) of the images.
    field_height, field_width : int
        Size of the windows.
    padding, stride : int
        In pixels.

    Returns
    -------
    k : ndarray of int, shape (C * field_height * field_width, 1)
        The channel of each row.
    i, j : ndarray of int, shape (C * field_height * field_width, H' * W')
        Row and column in the padded image: ``x_pad[n, k, i, j]`` are the columns of image n.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    window = (field_height, field_width, padding, stride)
    check_im2col("get_im2col_indices", x_shape, *window)
    field_height, field_width, padding, stride = map(int, window)
    _, C, H, W = map(int, x_shape)
    H_out = 1 + (H + 2 * padding - field_height) // stride
    W_out = 1 + (W + 2 * padding - field_width) // stride
    c, p, q = np.indices((C, field_height, field_width)).reshape(3, -1, 1)  # (2)
    i, j = np.indices((H_out, W_out)).reshape(2, 1, -1)
    return c, i * stride + p, j * stride + q  # (3)


# Chapter: book/speed/matrix_multiply.md
def im2col_indices(x, field_height, field_width, padding=1, stride=1):
    """Write every window of every image as a column, equation (3).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images, float32 or float64; integers become float64.
    field_height, field_width : int
        Size of the windows; they need not tile the image.
    padding, stride : int
        In pixels.

    Returns
    -------
    ndarray, shape (C * field_height * field_width, H' * W' * N)
        A new array, in the dtype of x. Rows are ordered (c, p, q), columns (i, j, n), the last
        index fastest: equation (2).

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    window = (field_height, field_width, padding, stride)
    check_images("im2col_indices", x, *window)
    x = as_floats(x)
    field_height, field_width, padding, stride = map(int, window)
    frame = (padding, padding)
    x_pad = np.pad(x.transpose(1, 2, 3, 0), ((0, 0), frame, frame, (0, 0)))
    windows = sliding_window_view(x_pad, (field_height, field_width), axis=(1, 2))  # (10)
    windows = windows[:, ::stride, ::stride]  # (C, H', W', N, HH, WW)
    C, H_out, W_out, N = windows.shape[:4]
    cols = windows.transpose(0, 4, 5, 1, 2, 3).copy()  # (c, p, q) and (i, j, n)
    return cols.reshape(C * field_height * field_width, H_out * W_out * N)  # (3)


# Chapter: book/speed/matrix_multiply.md
def col2im_indices(cols, x_shape, field_height=3, field_width=3, padding=1, stride=1):
    """Add every entry of the columns to its pixel: the transpose of im2col, equation (7).

    Parameters
    ----------
    cols : ndarray, shape (C * field_height * field_width, H' * W' * N)
        Columns in the order of ``im2col_indices``; float32 or float64, integers become float64.
    x_shape : tuple
        Shape (N, C, H, W) of the images.
    field_height, field_width : int
        Size of the windows.
    padding, stride : int
        In pixels.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        In the dtype of cols. Pixels that are in no window get 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    window = (field_height, field_width, padding, stride)
    check_columns("col2im_indices", cols, x_shape, *window)
    cols = as_floats(cols)
    field_height, field_width, padding, stride = map(int, window)
    N, C, H, W = map(int, x_shape)
    H_out = 1 + (H + 2 * padding - field_height) // stride
    W_out = 1 + (W + 2 * padding - field_width) // stride
    cols = cols.reshape(C, field_height, field_width, H_out, W_out, N)
    dx_pad = np.zeros((C, H + 2 * padding, W + 2 * padding, N), cols.dtype)
    for p in range(field_height):
        for q in range(field_width):
            rows = slice(p, p + stride * H_out, stride)
            columns = slice(q, q + stride * W_out, stride)
            dx_pad[:, rows, columns] += cols[:, p, q]  # (9)
    dx = dx_pad[:, padding : padding + H, padding : padding + W]
    return np.ascontiguousarray(dx.transpose(3, 0, 1, 2))


# Chapter: book/speed/matrix_multiply.md
def conv_forward_im2col(x, w, b, conv_param):
    """Convolve images with filters by one matrix product, equation (4).

    Parameters and results are those of ``conv_forward_naive``; so is the cache, which holds no
    columns.

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
        (x, w, b, conv_param), for ``conv_backward_im2col``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_conv("conv_forward_im2col", x, w, b, conv_param)
    x, w, b = as_floats(x, w, b)
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    N, _, H, W = x.shape
    F, C, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    out = w.reshape(F, C * HH * WW) @ im2col_indices(x, HH, WW, pad, stride)
    out = out + b[:, None]  # (4)
    out = out.reshape(F, H_out, W_out, N).transpose(3, 0, 1, 2)  # t as (i, j, n)
    return np.ascontiguousarray(out), (x, w, b, conv_param)


# Chapter: book/speed/matrix_multiply.md
def conv_backward_im2col(dout, cache):
    """Gradients of a convolution by two matrix products and col2im, equation (5).

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, w, b, conv_param).

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_conv_backward("conv_backward_im2col", dout, cache)
    x, w, b, conv_param = cache
    x, w, b, dout = as_floats(x, w, b, dout)
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    F, C, HH, WW = w.shape
    N, _, H_out, W_out = dout.shape
    dtype = np.result_type(x, w, b, dout)
    dout = dout.transpose(1, 2, 3, 0).reshape(F, H_out * W_out * N)  # (i, j, n) as t
    dout = dout.astype(dtype, copy=False)
    db = dout.sum(axis=1)  # (5)
    dw = dout @ im2col_indices(x, HH, WW, pad, stride).T  # (5)
    dcols = w.reshape(F, C * HH * WW).T @ dout  # (5)
    dx = col2im_indices(dcols, x.shape, HH, WW, pad, stride)  # (7)
    return dx, dw.reshape(w.shape), db
