"""Affine layers and the rectifier: what the shared tests of tests/layers do not say of them."""

from fractions import Fraction

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from nndl import layers
from nndl.activations import ACTIVATIONS, Activation, LeakyRelu, Relu, activation_of
from nndl.fast import relu
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.relu import relu_backward_fast, relu_forward_fast
from nndl.gradient_check import (
    eval_complex_gradient_array,
    eval_numerical_gradient_array,
    rel_error,
)
from nndl.layers import affine_backward, affine_forward, relu_backward, relu_forward
from tests.support.oracles import assert_close

RELUS = ((relu_forward, relu_backward), (relu_forward_fast, relu_backward_fast))


def test_the_published_tables():
    x = np.linspace(-0.1, 0.5, num=2 * 4 * 5 * 6).reshape(2, 4, 5, 6)
    w = np.linspace(-0.2, 0.3, num=4 * 5 * 6 * 3).reshape(4 * 5 * 6, 3)
    out, _ = affine_forward(x, w, np.linspace(-0.3, 0.1, num=3))
    published = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    assert f"{rel_error(out, np.array(published)):.2e}" == "9.77e-10"
    published = [[0, 0, 0, 0], [0, 0, 0.04545455, 0.13636364]]
    published.append([0.22727273, 0.31818182, 0.40909091, 0.5])
    for forward, _ in RELUS:
        out, _ = forward(np.linspace(-0.5, 0.5, num=12).reshape(3, 4))
        assert f"{rel_error(out, np.array(published)):.1e}" == "5.0e-08"


def test_gradients_equal_the_complex_step(rng):
    x, w, b, dout = (rng.normal(size=s) for s in ((3, 2, 4), (8, 5), (5,), (3, 5)))
    forward = lambda *arguments: affine_forward(*arguments)[0]  # noqa: E731
    dx, dw, db = affine_backward(dout, (x, w, b))
    assert_close(dx, eval_complex_gradient_array(lambda x: forward(x, w, b), x, dout))
    assert_close(dw, eval_complex_gradient_array(lambda w: forward(x, w, b), w, dout))
    assert_close(db, eval_complex_gradient_array(lambda b: forward(x, w, b), b, dout))
    x, dout = 1e-9 * rng.normal(size=(4, 5)), rng.normal(size=(4, 5))  # all within a step of 0
    through = eval_complex_gradient_array(lambda x: relu_forward(x)[0], x, dout)
    assert_close(relu_backward(dout, x), through)


def test_a_difference_across_the_kink_measures_the_ramp():
    h = 1e-5
    x = h * np.array([-2, -1, -0.5, 0, 0.5, 1, 2])
    measured = eval_numerical_gradient_array(lambda x: relu_forward(x)[0], x, np.ones(7), h)
    np.testing.assert_allclose(measured, [0, 0, 0.25, 0.5, 0.75, 1, 1], atol=1e-9)


def test_examples_do_not_see_each_other(rng):
    x, w, b = rng.normal(size=(5, 2, 3)), rng.normal(size=(6, 4)), rng.normal(size=4)
    out, _ = affine_forward(x, w, b)
    x[2] = np.nan
    with_nan, _ = affine_forward(x, w, b)
    assert np.isnan(with_nan[2]).all()
    np.testing.assert_allclose(np.delete(with_nan, 2, 0), np.delete(out, 2, 0), rtol=1e-12)


def test_a_pixel_meets_its_own_weight():
    x = np.arange(24.0).reshape(2, 3, 4)
    w = np.eye(12)
    out, _ = affine_forward(np.asfortranarray(x), w, np.zeros(12))
    np.testing.assert_array_equal(out, x.reshape(2, 12))


def test_an_empty_batch():
    x, w, b = np.zeros((0, 2, 3)), np.ones((6, 4)), np.ones(4)
    out, cache = affine_forward(x, w, b)
    assert out.shape == (0, 4)
    for grad, like in zip(affine_backward(out, cache), (x, w, b), strict=True):
        assert grad.shape == like.shape
        assert not grad.any()
    for forward, backward in RELUS:
        out, cache = forward(x)
        assert backward(out, cache).shape == x.shape


def test_dtypes_mix_as_numpys_do(rng):
    x, w, b = rng.normal(size=(2, 3)).astype(np.float32), rng.normal(size=(3, 4)), np.ones(4)
    out, cache = affine_forward(x, w, b)
    assert out.dtype == np.float64
    assert {grad.dtype for grad in affine_backward(out.astype(np.float32), cache)} == {out.dtype}
    narrow = affine_forward(x, w.astype(np.float32), b.astype(np.float32))
    assert {narrow[0].dtype, *(g.dtype for g in affine_backward(*narrow))} == {x.dtype}
    for forward, backward in RELUS:
        assert forward(x)[0].dtype == np.float32
        assert backward(x, x).dtype == np.float32
        assert backward(x.astype(np.float64), x).dtype == np.float64
        assert backward(x, x.astype(np.float64)).dtype == np.float64
    assert relu_forward(x.astype(np.longdouble))[0].dtype == np.longdouble


def test_many_entries_are_shared_among_the_threads(rng):
    x = rng.normal(size=2**18 + 3).astype(np.float32)
    np.testing.assert_array_equal(relu_forward_fast(x)[0], relu_forward(x)[0])
    np.testing.assert_array_equal(relu_backward_fast(x[::-1], x), relu_backward(x[::-1], x))


GOOD = {"x": np.ones((2, 3, 4)), "w": np.ones((12, 5)), "b": np.ones(5)}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.ones(12)}, ValueError, r"x has shape \(12,\), expected \(N, d1, ...\)"),
        ({"x": np.ones((2, 3, 5))}, ValueError, r"x has 3 \* 5 = 15 numbers .* w expects 12"),
        ({"x": np.ones((2, 5))}, ValueError, "x has 5 numbers for each example, w expects 12"),
        ({"w": np.ones((5, 12))}, ValueError, r"x has 3 \* 4 = 12 numbers .* w expects 5"),
        ({"w": np.ones(12)}, ValueError, r"w has 1 dimensions \(12,\), expected 2"),
        ({"b": np.ones((1, 5))}, ValueError, r"b has 2 dimensions \(1, 5\), expected 1"),
        ({"b": np.ones(4)}, ValueError, "b has 4 entries, w has 5 columns"),
        ({"x": np.ones((2, 12), bool)}, TypeError, "x has dtype bool, expected float32 or float64"),
        ({"w": np.ones((12, 5), bool)}, TypeError, "w has dtype bool, expected float32"),
        ({"b": [1.0] * 5}, TypeError, "b is a list, expected a NumPy array"),
    ],
)
def test_bad_arguments_of_an_affine_layer_are_named(change, error, message):
    with pytest.raises(error, match=f"^affine_forward: {message}"):
        affine_forward(**GOOD | change)


@pytest.mark.parametrize(
    ("dout", "cache", "error", "message"),
    [
        (np.ones((2, 4)), None, ValueError, r"dout has shape \(2, 4\), expected \(2, 5\)"),
        (np.ones(10), None, ValueError, r"dout has shape \(10,\), expected \(2, 5\)"),
        (np.ones((2, 5), bool), None, TypeError, "dout has dtype bool"),
        (np.ones((2, 5)), (1, 2), TypeError, "cache is a tuple of 2, expected the forward pass's"),
        (np.ones((2, 5)), {}, TypeError, "cache is a dict, expected the forward"),
    ],
)
def test_bad_gradients_of_an_affine_layer_are_named(dout, cache, error, message):
    with pytest.raises(error, match=f"^affine_backward: {message}"):
        affine_backward(dout, tuple(GOOD.values()) if cache is None else cache)


@pytest.mark.parametrize(("forward", "backward"), RELUS)
def test_bad_arguments_of_a_rectifier_are_named(forward, backward):
    x = np.ones((2, 3))
    with pytest.raises(TypeError, match=f"^{forward.__name__}: x is a float, expected a NumPy"):
        forward(1.0)
    with pytest.raises(TypeError, match=f"^{forward.__name__}: x has dtype bool, expected"):
        forward(np.ones(3, bool))
    for dout, cache, error, message in (
        (np.ones((3, 2)), x, ValueError, r"dout has shape \(3, 2\), expected \(2, 3\), the shape"),
        (np.ones(()), x, ValueError, r"dout has shape \(\), expected \(2, 3\)"),
        (np.ones((2, 3), bool), x, TypeError, "dout has dtype bool"),
        (x.tolist(), x, TypeError, "dout is a list"),
        (x, (x,), TypeError, "cache is a tuple, expected the forward pass's x"),
        (x, np.ones((2, 3), bool), TypeError, "cache has dtype bool"),
    ):
        with pytest.raises(error, match=f"^{backward.__name__}: {message}"):
            backward(dout, cache)


def test_the_compiled_rectifier_takes_float32_and_float64_only():
    for dtype in (np.float16, np.complex128):
        with pytest.raises(TypeError, match="expected float32 or float64"):
            relu_forward_fast(np.ones(3, dtype))


def test_between_compiled_layers_products_take_one_thread_of_blas(rng):
    from nndl.fast.runtime.threads import one_blas_thread

    def counts():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    x, w, b = rng.normal(size=(3, 2, 2)), rng.normal(size=(4, 5)), rng.normal(size=5)
    with threadpool_limits(2, user_api="blas"):
        before = counts()
        with one_blas_thread(), one_blas_thread():
            assert counts() == {1}
            out, cache = affine_forward_fast(x, w, b)
            assert counts() == {1}  # the inner ones give nothing back
        assert counts() == before
        with pytest.raises(ValueError, match=r"^affine_forward_fast: "):
            affine_forward_fast(x, w, b[:1])
        assert counts() == before
        np.testing.assert_array_equal(out, affine_forward(x, w, b)[0])
        for one, other in zip(
            affine_backward_fast(out, cache), affine_backward(out, cache), strict=True
        ):
            np.testing.assert_array_equal(one, other)
        assert counts() == before


LEAKY = (
    (layers.leaky_relu_forward, layers.leaky_relu_backward),
    (relu.leaky_relu_forward_fast, relu.leaky_relu_backward_fast),
)


@pytest.mark.parametrize(("forward", "backward"), LEAKY)
def test_bad_arguments_of_a_leaky_rectifier_are_named(forward, backward):
    x = np.ones((2, 3))
    for slope, error, message in (
        (0, ValueError, "slope is 0, expected above 0: with 0 it is the ReLU"),
        (-0.1, ValueError, "slope is -0.1, expected between 0 and 1"),
        (1.5, ValueError, "slope is 1.5, expected between 0 and 1"),
        (np.nan, ValueError, "slope is nan"),
        ("0.1", TypeError, "slope is '0.1'"),
    ):
        with pytest.raises(error, match=f"^{forward.__name__}: {message}"):
            forward(x, slope)
    with pytest.raises(TypeError, match=f"^{forward.__name__}: x is a float"):
        forward(1.0, 0.1)
    for dout, cache, error, message in (
        (np.ones((3, 2)), (x, 0.1), ValueError, r"dout has shape \(3, 2\), expected \(2, 3\), the"),
        (x, x, TypeError, r"cache is a ndarray, expected the forward pass's \(x, slope\)"),
        (x, (x, 0), ValueError, "slope in cache is 0"),
        (x, (None, 0.1), TypeError, "x in cache is a NoneType"),
    ):
        with pytest.raises(error, match=f"^{backward.__name__}: {message}"):
            backward(dout, cache)


@pytest.mark.parametrize(("forward", "backward"), LEAKY)
def test_a_leaky_rectifier_of_many_entries_and_of_every_kind_of_slope(forward, backward, rng):
    x = rng.normal(size=2**18 + 3).astype(np.float32)
    expected = np.where(x <= 0, np.float32(0.3) * x, x)
    for slope in (0.3, np.float64(0.3), Fraction(3, 10)):
        out, cache = forward(x, slope)
        np.testing.assert_array_equal(out, expected)
        assert out.dtype == backward(x, cache).dtype == np.float32
        np.testing.assert_array_equal(backward(x, (x, slope)), expected)
    assert backward(x.astype(np.float64), cache).dtype == np.float64


# -------------------------------------------------------------------------- activations as values


def test_an_activation_is_meant_by_a_value_a_name_or_a_tuple():
    assert activation_of("f", "relu") == activation_of("f", ["relu"]) == Relu()
    assert activation_of("f", ("leaky_relu", 0.2)) == LeakyRelu(0.2)
    assert activation_of("f", "leaky_relu") == LeakyRelu() != LeakyRelu(0.2)
    assert activation_of("f", own := Activation()) is own
    assert [str(kind()) for kind in ACTIVATIONS.values()] == ["relu", "leaky_relu, slope 0.01"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("rely", ValueError, r"'rely', expected one of \['leaky_relu', 'relu'\]"),
        (("relu", 1), ValueError, r"\('relu', 1\), expected 'relu' alone"),
        (("leaky_relu", 1, 2), ValueError, r"expected \('leaky_relu', slope\)"),
        (None, TypeError, "None, expected a name, or a tuple"),
        (Relu, TypeError, "expected a name, or a tuple"),
        (("leaky_relu", 2), ValueError, None),
    ],
)
def test_what_is_no_activation_is_named(given, error, message):
    expected = f"f: activation is .*{message}" if message else "f: activation: slope is 2, expected"
    with pytest.raises(error, match=f"^{expected}"):
        activation_of("f: activation", given)


def test_a_slope_is_checked_where_the_value_is_made():
    with pytest.raises(ValueError, match=r"^LeakyRelu: slope is 0, expected above 0"):
        LeakyRelu(0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_value_is_the_function_and_says_rightly_whether_it_falls(name, torch, rng):
    activation = ACTIVATIONS[name]()
    x, dout = np.linspace(-3, 3, 601), rng.normal(size=601)
    out, cache = activation.forward(x)
    slope = activation.backward(np.ones(601), cache)
    assert not activation.increasing or (slope >= 0).all()
    tensor = torch.tensor(x, requires_grad=True)
    theirs = getattr(torch.nn, activation.torch)()(tensor)
    theirs.backward(torch.tensor(dout))
    np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-15)
    np.testing.assert_allclose(activation.backward(dout, cache), tensor.grad.numpy(), rtol=1e-15)
