"""Spatial batch normalization, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st
from oracles import assert_close

import nndl.conv_layers
import nndl.fast.spatial_batchnorm
from layers import Layer
from layers.batchnorm import (
    arguments_of,
    check_running_averages,
    check_statistics_and_invariance,
    one_formula,
    spread_out,
    torch_batchnorm,
)
from nndl.layers import batchnorm_backward, batchnorm_forward

TWINS = (
    (nndl.conv_layers, "spatial_batchnorm_forward", "spatial_batchnorm_backward"),
    (
        nndl.fast.spatial_batchnorm,
        "spatial_batchnorm_forward_fast",
        "spatial_batchnorm_backward_fast",
    ),
)


@st.composite
def maps(draw, dtypes, layouts):
    """A batch of maps; two numbers a channel at least, or PyTorch refuses."""
    sizes = st.integers(1, 4)
    N, C, H, W = draw(sizes), draw(sizes), draw(sizes), draw(sizes)
    return draw(arguments_of((N + (N * H * W < 2), C, H, W), dtypes, layouts))


def spatial_batchnorm_keeps_running_averages():
    check_running_averages(TWINS, (3, 2, 2, 3))


def spatial_batchnorm_is_invariant_to_affine_changes():
    check_statistics_and_invariance(TWINS, (4, 3, 2, 5))


def spatial_batchnorm_is_batchnorm_on_the_view():
    x, dout = spread_out((3, 2, 4, 5), 0), spread_out((3, 2, 4, 5), 1)
    gamma, beta = np.array([2.0, -1.0]), np.array([1.0, 3.0])
    view = lambda array: np.stack([array[:, c].ravel() for c in range(2)], axis=1)  # noqa: E731
    out, cache = batchnorm_forward(view(x), gamma, beta, {"mode": "train"})
    expected = batchnorm_backward(view(dout), cache)
    for module, forward, backward in TWINS:
        ours, cache = getattr(module, forward)(x, gamma, beta, {"mode": "train"})
        assert_close(view(ours), out)
        dx, *rest = getattr(module, backward)(dout, cache)
        assert_close(view(dx), expected[0])
        for one, other in zip(rest, expected[1:], strict=True):
            assert_close(one, other)


LAYERS = [
    Layer(
        name="spatial_batchnorm",
        naive=TWINS[0],
        fast=TWINS[1],
        inputs=("x", "gamma", "beta"),
        arguments=maps,
        reference=one_formula,
        torch=torch_batchnorm,
        extra=(
            spatial_batchnorm_keeps_running_averages,
            spatial_batchnorm_is_invariant_to_affine_changes,
            spatial_batchnorm_is_batchnorm_on_the_view,
        ),
    )
]
