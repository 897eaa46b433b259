# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/speed/winograd.md
"""``nndl.winograd``, in the order in which the book derives it."""

import math
from fractions import Fraction

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nndl.checks.winograd import check_points, check_winograd, check_winograd_backward
from nndl.internal.conversions import as_floats

# Chapter: book/speed/winograd.md
__all__ = ["conv_backward_winograd", "conv_forward_winograd", "winograd_matrices"]


# Chapter: book/speed/winograd.md
POINTS = tuple(Fraction(n, d) for n, d in ((0, 1), (1, 1), (-1, 1), (1, 2), (-2, 1), (-1, 2)))
POINTS += tuple(Fraction(n, d) for n, d in ((2, 1), (1, 4), (-4, 1), (-1, 4), (4, 1)))


def values_at(points, size):
    """What takes the values of a polynomial at points and at infinity: a matrix."""
    at_infinity = [Fraction(0)] * (size - 1) + [Fraction(1)]
    # (5)
    return np.array([[a**p for p in range(size)] for a in points] + [at_infinity], dtype=object)


def from_roots(roots):
    """Coefficients of the product of all s - a, the lowest power first."""
    product = [Fraction(1)]
    for a in roots:  # times s is a shift
        pairs = zip([0, *product], [*product, 0], strict=True)
        product = [low - a * high for low, high in pairs]
    return product


# Chapter: book/speed/winograd.md
def winograd_matrices(m, r, points=POINTS):
    """The matrices of F(m, r), equation (6).

    For a filter g of r weights and a tile d of t = m + r - 1 pixels,
    ``A.T @ ((G @ g) * (B.T @ d))`` are the m outputs.

    Parameters
    ----------
    m, r : int
        Outputs of a tile and weights of a filter, 1 or more.
    points : sequence of numbers
        The first t - 1 of them are taken, and infinity. They must differ.

    Returns
    -------
    A, B, G : ndarray of Fraction, shapes (t, m), (t, t) and (t, r)
        Exact; ``A.astype(float)`` rounds.

    Raises
    ------
    TypeError, ValueError
        For sizes that are no positive integers, and for points that are too few or not distinct.
    """
    check_points("winograd_matrices", m, r, points)
    m, r = int(m), int(r)
    t = m + r - 1
    points = [Fraction(a if isinstance(a, Fraction) else float(a)) for a in points[: t - 1]]
    A, B, G = values_at(points, m), np.full((t, t), Fraction(0)), values_at(points, r)
    for k in range(t):
        others = points[:k] + points[k + 1 :]  # at infinity, the last k, all of them
        column = from_roots(others)
        B[: len(column), k] = column  # (6)
        if k < t - 1:
            G[k] /= math.prod(points[k] - a for a in others)
    return A, B, G


# Chapter: book/speed/winograd.md
def input_tiles(x, r, pad, m):
    """Tiles of m + r - 1 pixels, m apart: a view (N, C, rows, cols, t, t) of the padded x."""
    H_out, W_out = x.shape[2] + 2 * pad - r + 1, x.shape[3] + 2 * pad - r + 1
    frame = (0, 0), (0, 0), (pad, pad + -H_out % m), (pad, pad + -W_out % m)
    windows = sliding_window_view(np.pad(x, frame), (m + r - 1, m + r - 1), axis=(2, 3))
    return windows[:, :, ::m, ::m]


# Chapter: book/speed/winograd.md
def conv_forward_winograd(x, w, b, conv_param, m=2):
    """Convolve with t^2 products for each tile of m by m outputs, equation (11).

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        Images, float32 or float64; integers become float64.
    w : ndarray, shape (F, C, r, r)
        Filters, which are square.
    b : ndarray, shape (F,)
        Biases.
    conv_param : dict
        ``stride``, which is 1, and ``pad``, 0 or more.
    m : int
        Rows and columns of an output tile; m + r - 2 is at most 11, the number of points.

    Returns
    -------
    out : ndarray, shape (N, F, H + 2 pad - r + 1, W + 2 pad - r + 1)
        That of ``conv_forward_naive``, up to rounding.
    cache : tuple
        (x, w, b, conv_param, m), for ``conv_backward_winograd``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_winograd("conv_forward_winograd", x, w, b, conv_param, m)
    x, w, b = as_floats(x, w, b)
    cache, m = (x, w, b, conv_param, m), int(m)
    dtype, pad, r = np.result_type(x, w, b), int(conv_param["pad"]), w.shape[2]
    A, B, G = (matrix.astype(dtype) for matrix in winograd_matrices(m, r))
    U = G @ w @ G.T  # (11), (F, C, t, t)
    V = B.T @ input_tiles(x, r, pad, m) @ B  # (11)
    M = np.einsum("fckl,ncijkl->nfijkl", U, V)  # (11)
    Y = A.T @ M @ A  # (11)
    N, F, rows, cols = Y.shape[:4]
    out = Y.transpose(0, 1, 2, 4, 3, 5).reshape(N, F, rows * m, cols * m)
    H_out, W_out = x.shape[2] + 2 * pad - r + 1, x.shape[3] + 2 * pad - r + 1
    return out[:, :, :H_out, :W_out] + b[:, None, None], cache


# Chapter: book/speed/winograd.md
def conv_backward_winograd(dout, cache):
    """Gradients of ``conv_forward_winograd``, equation (12).

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, w, b, conv_param, m).

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_winograd_backward("conv_backward_winograd", dout, cache)
    x, w, b, conv_param, m = cache
    x, w, b, dout = as_floats(x, w, b, dout)
    m, pad, r = int(m), int(conv_param["pad"]), w.shape[2]
    (N, F), dtype = dout.shape[:2], np.result_type(x, w, b, dout)
    A, B, G = (matrix.astype(dtype) for matrix in winograd_matrices(m, r))
    V, U = B.T @ input_tiles(x, r, pad, m) @ B, G @ w @ G.T
    C, rows, cols, t = V.shape[1:5]
    beyond = (0, rows * m - dout.shape[2]), (0, cols * m - dout.shape[3])
    dY = np.pad(dout, ((0, 0), (0, 0), *beyond)).reshape(N, F, rows, m, cols, m)
    dM = A @ dY.transpose(0, 1, 2, 4, 3, 5) @ A.T  # (12)
    dU = np.einsum("nfijkl,ncijkl->fckl", dM, V)  # (12)
    dV = np.einsum("nfijkl,fckl->ncijkl", dM, U)  # (12)
    dw, dd = G.T @ dU @ G, B @ dV @ B.T  # (12), (12)
    dx_pad = np.zeros((N, C, rows * m + r - 1, cols * m + r - 1), dtype)
    for i in range(rows):
        for j in range(cols):
            dx_pad[:, :, i * m : i * m + t, j * m : j * m + t] += dd[:, :, i, j]
    dx = dx_pad[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    return dx, dw, dout.sum(axis=(0, 2, 3)).astype(dtype)
