"""Convolution by one matrix product, as the shared tests see it: a second opinion on every twin."""

import numpy as np

import nndl.fast.conv
from nndl import im2col
from tests.layers import Layer
from tests.layers.conv import convolutions, one_sum, torch_conv

WINDOWS = [(3, 3, 1, 1), (2, 3, 0, 1), (3, 2, 0, 2), (2, 3, 1, 3), (1, 1, 0, 1), (1, 4, 2, 2)]


def columns_by_hand(x, HH, WW, P, S):
    """The columns, from the index formula of the contract, entry by entry."""
    N, C, H, W = x.shape
    H_out, W_out = 1 + (H + 2 * P - HH) // S, 1 + (W + 2 * P - WW) // S
    cols = np.zeros((C * HH * WW, H_out * W_out * N), x.dtype)
    for c, p, q in np.ndindex(C, HH, WW):
        for i, j, n in np.ndindex(H_out, W_out, N):
            u, v = i * S + p - P, j * S + q - P
            if 0 <= u < H and 0 <= v < W:
                cols[(c * HH + p) * WW + q, (i * W_out + j) * N + n] = x[n, c, u, v]
    return cols


def images():
    return np.random.default_rng(0).normal(size=(3, 2, 6, 7))


def columns_are_in_the_order_of_the_contract():
    x = images()
    for window in WINDOWS:
        cols = im2col.im2col_indices(x, *window)
        np.testing.assert_array_equal(cols, columns_by_hand(x, *window), strict=True)


def indices_point_at_the_pixels_of_the_columns():
    x = images()
    for HH, WW, P, S in WINDOWS:
        k, i, j = im2col.get_im2col_indices(x.shape, HH, WW, P, S)
        x_pad = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
        cols = x_pad[:, k, i, j].transpose(1, 2, 0).reshape(len(k), -1)
        np.testing.assert_array_equal(cols, columns_by_hand(x, HH, WW, P, S))


def col2im_is_the_adjoint():
    x = images()
    for window in WINDOWS:
        cols = columns_by_hand(x, *window)
        Y = np.random.default_rng(1).normal(size=cols.shape)
        dx = im2col.col2im_indices(Y, x.shape, *window)
        assert dx.shape == x.shape
        np.testing.assert_allclose(np.sum(cols * Y), np.sum(x * dx), rtol=1e-12)


LAYERS = [
    Layer(
        name="conv_im2col",
        naive=(im2col, "conv_forward_im2col", "conv_backward_im2col"),
        fast=(nndl.fast.conv, "conv_forward_fast", "conv_backward_fast"),
        inputs=("x", "w", "b"),
        arguments=convolutions,
        reference=one_sum,
        torch=torch_conv,
    )
]
CHECKS = {
    "im2col.im2col_indices": columns_are_in_the_order_of_the_contract,
    "im2col.get_im2col_indices": indices_point_at_the_pixels_of_the_columns,
    "im2col.col2im_indices": col2im_is_the_adjoint,
}
