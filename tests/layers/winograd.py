"""Convolution with fewer products, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st

from nndl import winograd
from tests.layers import Layer
from tests.layers.conv import one_sum, torch_conv
from tests.support.strategies import arrays_of


@st.composite
def square_filters(draw, dtypes, layouts):
    """Arguments with stride 1; maps are often no multiple of a tile."""
    small = st.integers(1, 3)
    N, C, F, r, m = draw(small), draw(small), draw(small), draw(st.integers(1, 4)), draw(small)
    pad = draw(st.integers(0, 3))
    H = draw(st.integers(max(1, r - 2 * pad), r + 5))
    W = draw(st.integers(max(1, r - 2 * pad), r + 5))
    out = H + 2 * pad - r + 1, W + 2 * pad - r + 1
    shapes = {"x": (N, C, H, W), "w": (F, C, r, r), "b": (F,), "dout": (N, F, *out)}
    arrays = draw(arrays_of(shapes, dtypes, layouts))
    return arrays | {"conv_param": {"stride": 1, "pad": pad}, "m": m}


def reference(x, w, b, conv_param, m):
    return one_sum(x, w, b, conv_param)


def by_torch(torch, x, w, b, conv_param, m):
    return torch_conv(torch, x, w, b, conv_param)


def the_form_is_exact():
    """For unit vectors the sum over k is 1 where output, weight and pixel meet, and 0 elsewhere."""
    for m, r in np.ndindex(5, 5):
        A, B, G = winograd.winograd_matrices(m + 1, r + 1)
        for j, i, p in np.ndindex(m + r + 1, m + 1, r + 1):
            assert np.sum(B[j] * A[:, i] * G[:, p]) == (i + p == j)


LAYERS = [
    Layer(
        name="winograd",
        naive=(winograd, "conv_forward_winograd", "conv_backward_winograd"),
        fast=None,
        inputs=("x", "w", "b"),
        arguments=square_filters,
        reference=reference,
        torch=by_torch,
    )
]
CHECKS = {
    "winograd.values_at": the_form_is_exact,
    "winograd.from_roots": the_form_is_exact,
    "winograd.winograd_matrices": the_form_is_exact,
}
