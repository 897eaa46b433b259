"""Affine layers and the rectifier, as the shared tests see them."""

import numpy as np
from hypothesis import strategies as st

import nndl.fast.relu
import nndl.layers
from tests.layers import Layer
from tests.support.strategies import LAYOUTS, arrays_of, with_layout


@st.composite
def affines(draw, dtypes, layouts):
    """Arguments of an affine layer, for examples of one to three axes."""
    size = st.integers(1, 4)
    N, M, example = (
        draw(st.integers(0, 4)),
        draw(size),
        draw(st.lists(size, min_size=1, max_size=3)),
    )
    shapes = {"x": (N, *example), "w": (int(np.prod(example)), M), "b": (M,), "dout": (N, M)}
    return draw(arrays_of(shapes, dtypes, layouts))


def one_sum(x, w, b):
    """The sum of products over all axes of an example at once."""
    w = w.reshape(*x.shape[1:], -1)
    return np.tensordot(x, w, axes=x.ndim - 1) + b


@st.composite
def rectifiers(draw, dtypes, layouts):
    """Arguments of a rectifier of any rank, none of them close to its kink."""
    shape = tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=4)))
    arrays = draw(arrays_of({"x": shape, "dout": shape}, dtypes))
    x = arrays["x"]
    x[np.abs(x) < 1e-3] = 0.5
    return {name: with_layout(a, draw(st.sampled_from(layouts))) for name, a in arrays.items()}


def the_gate_at_its_edges():
    """At 0 the gate is shut, NaN goes through it, and an infinity behind it does not."""
    x = np.array([0.0, -0.0, np.nan, 1e-300, -1e-300, np.inf, -np.inf])
    dout = np.array([5.0, np.inf, 2.0, np.inf, np.inf, 3.0, np.nan])
    fast = nndl.fast.relu
    for forward, backward in (
        (nndl.layers.relu_forward, nndl.layers.relu_backward),
        (fast.relu_forward_fast, fast.relu_backward_fast),
    ):
        out, cache = forward(x)
        np.testing.assert_array_equal(out, [0, 0, np.nan, 1e-300, 0, np.inf, 0])
        np.testing.assert_array_equal(backward(dout, cache), [0, 0, 2, np.inf, 0, 3, 0])


def the_input_is_kept():
    """The rectifier does not overwrite its input, which belongs to the layer below."""
    x = np.array([-1.0, 2.0])
    for forward in (nndl.layers.relu_forward, nndl.fast.relu.relu_forward_fast):
        out, cache = forward(x)
        assert cache is x
        assert out is not x
        np.testing.assert_array_equal(x, [-1, 2])


@st.composite
def leaky_rectifiers(draw, dtypes, layouts):
    """Arguments of a leaky rectifier, none of them close to its kink."""
    return draw(rectifiers(dtypes, layouts)) | {"slope": draw(st.sampled_from((0.01, 0.3, 1.0)))}


def torch_leaky_relu(torch, x, slope):
    return torch.nn.functional.leaky_relu(x, slope)


def the_leak_at_its_edges():
    """At 0 the slope is that on the left; NaN and the infinities keep their sign."""
    x = np.array([0.0, -0.0, np.nan, 1e-300, -2.0, np.inf, -np.inf])
    dout = np.array([4.0, np.inf, 2.0, np.inf, 8.0, 3.0, np.nan])
    fast = nndl.fast.relu
    for forward, backward in (
        (nndl.layers.leaky_relu_forward, nndl.layers.leaky_relu_backward),
        (fast.leaky_relu_forward_fast, fast.leaky_relu_backward_fast),
    ):
        out, cache = forward(x, 0.25)
        np.testing.assert_array_equal(out, [0, 0, np.nan, 1e-300, -0.5, np.inf, -np.inf])
        np.testing.assert_array_equal(backward(dout, cache), [1, np.inf, 2, np.inf, 2, 3, np.nan])
        assert cache[0] is x
        assert out is not x


def every_layout_is_straightened():
    """Both compiled passes, where x or dout or both do not lie in row-major order."""
    rng = np.random.default_rng(0)
    x, dout = rng.normal(size=(2, 3, 4, 5))
    for lay_x in LAYOUTS:
        for lay_dout in LAYOUTS:
            given = with_layout(x, lay_x), with_layout(dout, lay_dout)
            out, cache = nndl.fast.relu.relu_forward_fast(given[0])
            dx = nndl.fast.relu.relu_backward_fast(given[1], cache)
            np.testing.assert_array_equal(out, np.maximum(0, x))
            np.testing.assert_array_equal(dx, dout * (x > 0))
            np.testing.assert_array_equal(given, (x, dout))


LAYERS = [
    Layer(
        name="affine",
        naive=(nndl.layers, "affine_forward", "affine_backward"),
        fast=None,
        inputs=("x", "w", "b"),
        arguments=affines,
        reference=one_sum,
        torch=lambda torch, x, w, b: torch.nn.functional.linear(x.flatten(1), w.T, b),
    ),
    Layer(
        name="relu",
        naive=(nndl.layers, "relu_forward", "relu_backward"),
        fast=(nndl.fast.relu, "relu_forward_fast", "relu_backward_fast"),
        inputs=("x",),
        arguments=rectifiers,
        reference=lambda x: (x + np.abs(x)) / 2,
        torch=lambda torch, x: torch.nn.functional.relu(x),
        exact=True,
        extra=(the_gate_at_its_edges, the_input_is_kept, every_layout_is_straightened),
    ),
    Layer(
        name="leaky_relu",
        naive=(nndl.layers, "leaky_relu_forward", "leaky_relu_backward"),
        fast=(nndl.fast.relu, "leaky_relu_forward_fast", "leaky_relu_backward_fast"),
        inputs=("x",),
        arguments=leaky_rectifiers,
        reference=lambda x, slope: (1 + slope) / 2 * x + (1 - slope) / 2 * np.abs(x),
        torch=torch_leaky_relu,
        exact=True,
        extra=(the_leak_at_its_edges,),
    ),
]
