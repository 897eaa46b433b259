"""Spatial batch normalization, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st

import nndl.conv_layers
import nndl.fast.spatial_batchnorm
import nndl.fast.spatial_batchnorm_relu
from nndl.layers import batchnorm_backward, batchnorm_forward, relu_backward, relu_forward
from tests.layers import Layer
from tests.layers.batchnorm import (
    arguments_of,
    check_running_averages,
    check_statistics_and_invariance,
    one_formula,
    spread_out,
    torch_batchnorm,
)
from tests.support.oracles import assert_close

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


def with_relu_in_the_same_loops_it_is_the_two_layers():
    fused = nndl.fast.spatial_batchnorm_relu
    naive = nndl.conv_layers
    for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-5)):
        # 520 numbers a plane are more than are added up in the dtype of x
        for shape in ((3, 2, 4, 5), (2, 3, 20, 26)):
            x, dout = spread_out(shape, 5).astype(dtype), spread_out(shape, 6).astype(dtype)
            gamma, beta = np.linspace(2, -1, shape[1], dtype=dtype), np.ones(shape[1], dtype)
            for mode in ("train", "test"):
                one, other = {"mode": mode}, {"mode": mode}
                normalized, _ = naive.spatial_batchnorm_forward(x, gamma, beta, one)
                expected, _ = relu_forward(normalized)
                given = x, gamma, beta, other
                out, _ = fused.spatial_batchnorm_relu_forward_fast(*given)
                assert out.dtype == dtype
                np.testing.assert_allclose(out, expected, atol=tolerance * expected.max())
                np.testing.assert_allclose(one["running_var"], other["running_var"], rtol=1e-5)
            naive_out, cache = naive.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
            given = x, gamma, beta, {"mode": "train"}
            _, fused_cache = fused.spatial_batchnorm_relu_forward_fast(*given)
            expected = naive.spatial_batchnorm_backward(relu_backward(dout, naive_out), cache)
            grads = fused.spatial_batchnorm_relu_backward_fast(dout, fused_cache)
            for ours, theirs in zip(grads, expected, strict=True):
                assert ours.dtype == dtype
                atol = 10 * tolerance * np.abs(theirs).max()
                np.testing.assert_allclose(ours, theirs, atol=atol)


def spatial_batchnorm_adds_up_large_planes_far_from_zero():
    x = (1e4 + spread_out((2, 2, 30, 30), 7)).astype(np.float32)
    wide = x.astype(np.float64)
    gamma, beta = np.ones(2, np.float32), np.zeros(2, np.float32)
    forward, backward = (getattr(TWINS[1][0], name) for name in TWINS[1][1:])
    naive_forward, naive_backward = (getattr(TWINS[0][0], name) for name in TWINS[0][1:])
    dout = spread_out(x.shape, 8)
    out, cache = forward(x, gamma, beta, {"mode": "train"})
    given = wide, gamma.astype(float), beta.astype(float), {"mode": "train"}
    expected, naive_cache = naive_forward(*given)
    np.testing.assert_allclose(out, expected, atol=1e-5)
    grads = backward(dout.astype(np.float32), cache)
    for ours, theirs in zip(grads, naive_backward(dout, naive_cache), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())


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
            with_relu_in_the_same_loops_it_is_the_two_layers,
            spatial_batchnorm_adds_up_large_planes_far_from_zero,
        ),
    )
]
