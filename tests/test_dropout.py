"""Dropout: what the shared tests of tests/layers do not say of it."""

import numpy as np
import pytest

from nndl.fast.dropout import dropout_backward_fast, dropout_forward_fast
from nndl.gradient_check import eval_numerical_gradient_array, rel_error
from nndl.layers import dropout_backward, dropout_forward
from tests.support.oracles import assert_close

FORWARD = (dropout_forward, dropout_forward_fast)
BACKWARD = (dropout_backward, dropout_backward_fast)
TWINS = tuple(zip(FORWARD, BACKWARD, strict=True))


@pytest.mark.parametrize("forward", FORWARD)
@pytest.mark.parametrize(("p", "zeros"), [(0.3, "0.70"), (0.6, "0.40"), (0.75, "0.25")])
def test_the_published_rows(forward, p, zeros):
    x = np.random.default_rng(231).normal(size=(500, 500)) + 10
    out, _ = forward(x, {"mode": "train", "p": p, "seed": 0})
    assert f"{np.mean(out == 0):.2f}" == zeros
    assert abs(out.mean() - x.mean()) < 0.1
    assert forward(x, {"mode": "test", "p": p})[0].mean() == x.mean()


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_the_published_gradient(forward, backward, rng):
    x, dout = rng.normal(size=(10, 10)) + 10, rng.normal(size=(10, 10))
    param = {"mode": "train", "p": 0.8, "seed": 123}
    _, cache = forward(x, param)
    dx_num = eval_numerical_gradient_array(lambda x: forward(x, param)[0], x, dout)
    assert rel_error(backward(dout, cache), dx_num) < 1e-8


@pytest.mark.parametrize("forward", FORWARD)
def test_the_global_random_state_is_not_touched(forward):
    for chosen in ({"seed": 1}, {"rng": np.random.default_rng(1)}, {}):
        np.random.seed(5)  # noqa: NPY002
        forward(np.ones((3, 4)), {"mode": "train", "p": 0.5} | chosen)
        after = np.random.random()  # noqa: NPY002
        np.random.seed(5)  # noqa: NPY002
        assert after == np.random.random()  # noqa: NPY002


@pytest.mark.parametrize("forward", FORWARD)
def test_a_seed_repeats_the_mask_and_a_generator_goes_on(forward):
    x = np.ones((20, 30))
    seeded = {"mode": "train", "p": 0.5, "seed": 3}
    np.testing.assert_array_equal(forward(x, seeded)[0], forward(x, seeded)[0])
    going_on = {"mode": "train", "p": 0.5, "rng": np.random.default_rng(3)}
    first, second = forward(x, going_on)[0], forward(x, going_on)[0]
    np.testing.assert_array_equal(first, forward(x, seeded)[0])
    assert (first != second).any()
    free = {"mode": "train", "p": 0.5}
    assert (forward(x, free)[0] != forward(x, free)[0]).any()


def test_both_twins_leave_a_generator_in_the_same_state(rng):
    states = []
    for forward in FORWARD:
        generator = np.random.default_rng(9)
        forward(np.ones((7, 3)), {"mode": "train", "p": 0.4, "rng": generator})
        states.append(generator.bit_generator.state)
    assert states[0] == states[1]


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_what_is_dropped_gets_no_gradient_and_the_rest_is_scaled(forward, backward, rng):
    x = rng.normal(size=(30, 40)) + 9
    out, (param, mask) = forward(x, {"mode": "train", "p": 0.25, "seed": 0})
    assert set(np.unique(mask)) == {0, 4}
    np.testing.assert_array_equal(backward(np.ones_like(x), (param, mask)), mask)
    np.testing.assert_array_equal(out, x * mask)


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_the_test_is_the_identity_whatever_becomes_of_the_dict(forward, backward, rng):
    x = rng.normal(size=(3, 4))
    param = {"mode": "test", "p": 0.1, "seed": 0}
    out, cache = forward(x, param)
    assert cache == (param, None)
    param["mode"] = "train"
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(backward(x, cache), x)
    out, cache = forward(x, param)
    param["mode"] = "test"
    np.testing.assert_array_equal(backward(np.ones_like(x), cache), cache[1])


@pytest.mark.parametrize(("forward", "backward"), TWINS)
@pytest.mark.parametrize("p", [1, 1.0, np.float32(0.3), np.float16(0.7), 1e-12])
def test_any_kind_of_probability(forward, backward, p):
    x = np.ones((5, 200), np.float64)
    out, cache = forward(x, {"mode": "train", "p": p, "seed": 0})
    expected = dropout_forward(x, {"mode": "train", "p": float(p), "seed": 0})[0]
    np.testing.assert_array_equal(out, expected, strict=True)
    assert np.isfinite(backward(x, cache)).all()


@pytest.mark.parametrize(("forward", "backward"), TWINS)
@pytest.mark.parametrize("shape", [(0, 3), (1,), (2, 3, 4, 5)])
def test_any_shape(forward, backward, shape):
    x = np.ones(shape, np.float32)
    out, cache = forward(x, {"mode": "train", "p": 0.5, "seed": 0})
    dx = backward(np.ones(shape, np.float32), cache)
    assert out.shape == dx.shape == shape
    assert out.dtype == dx.dtype == cache[1].dtype == np.float32


def test_the_naive_layer_keeps_wide_and_complex_dtypes():
    for dtype in (np.float32, np.float64, np.longdouble, np.complex128):
        out, cache = dropout_forward(np.ones(50, dtype), {"mode": "train", "p": 0.5, "seed": 0})
        assert out.dtype == cache[1].dtype == dropout_backward(out, cache).dtype == dtype


def test_a_nan_is_not_hidden_by_the_mask():
    x = np.full(100, np.nan)
    for forward in FORWARD:
        assert np.isnan(forward(x, {"mode": "train", "p": 0.5, "seed": 0})[0]).all()


def test_the_backward_passes_mix_dtypes_as_numpy_does(rng):
    x = rng.normal(size=(4, 6)).astype(np.float32)
    _, cache = dropout_forward_fast(x, {"mode": "train", "p": 0.5, "seed": 0})
    dout = rng.normal(size=(4, 6))
    assert_close(dropout_backward_fast(dout, cache), dropout_backward(dout, cache))


GOOD = {"x": np.ones((2, 3)), "dropout_param": {"p": 0.5, "mode": "train"}}
BAD_ARGUMENTS = [
    ({"x": [1.0]}, TypeError, "x is a list, expected a NumPy array"),
    ({"x": np.ones(3, bool)}, TypeError, "x has dtype bool, expected"),
    ({"dropout_param": 0.5}, TypeError, "dropout_param is a float, expected a dict"),
    ({"dropout_param": {"p": 0.5}}, ValueError, "dropout_param has no key 'mode'"),
    ({"dropout_param": {"mode": "train"}}, ValueError, "dropout_param has no key 'p'"),
]
BAD_PARAMS = [
    ({"p": 0}, ValueError, r"\['p'\] is 0, expected above 0: it is the share"),
    ({"p": 1.5}, ValueError, r"\['p'\] is 1.5, expected between 0 and 1"),
    ({"p": -0.5}, ValueError, r"\['p'\] is -0.5, expected between 0 and 1"),
    ({"p": np.nan}, ValueError, r"\['p'\] is nan, expected between 0 and 1"),
    ({"p": "0.5"}, TypeError, r"\['p'\] is '0.5' \(str\), expected a number"),
    ({"p": True}, TypeError, r"\['p'\] is True \(bool\), expected a number"),
    ({"mode": "training"}, ValueError, r"\['mode'\] is 'training', expected 'train' or 'test'"),
    ({"mode": None}, ValueError, r"\['mode'\] is None, expected 'train' or 'test'"),
    ({"seed": 1.5}, TypeError, r"\['seed'\] is 1.5 \(float\), expected an integer"),
    ({"seed": -1}, ValueError, r"\['seed'\] is -1, expected 0 or more"),
    ({"rng": 3}, TypeError, r"\['rng'\] is a int, expected a numpy.random.Generator"),
    ({"seed": 3, "rng": np.random.default_rng(3)}, ValueError, "has both 'seed' and 'rng'"),
    ({"rate": 3}, ValueError, "has an unknown key 'rate'"),
]


@pytest.mark.parametrize("forward", FORWARD)
@pytest.mark.parametrize(
    ("change", "error", "message"),
    BAD_ARGUMENTS
    + [({"dropout_param": GOOD["dropout_param"] | bad}, e, m) for bad, e, m in BAD_PARAMS],
)
def test_bad_arguments_are_named(forward, change, error, message):
    with pytest.raises(error, match=f"^{forward.__name__}: .*{message}"):
        forward(**GOOD | change)


@pytest.mark.parametrize("backward", BACKWARD)
@pytest.mark.parametrize(
    ("dout", "cache", "error", "message"),
    [
        (np.ones((3, 2)), None, ValueError, r"dout has shape \(3, 2\), expected \(2, 3\)"),
        (np.ones((2, 3), bool), None, TypeError, "dout has dtype bool"),
        (np.ones((2, 3)), (1, 2, 3), TypeError, "cache is a tuple of 3, expected the forward"),
        (
            np.ones((2, 3)),
            (GOOD["dropout_param"], [1]),
            TypeError,
            "mask in cache is a list, expected",
        ),
    ],
)
def test_bad_gradients_are_named(backward, dout, cache, error, message):
    cache = dropout_forward(**GOOD)[1] if cache is None else cache
    with pytest.raises(error, match=f"^{backward.__name__}: {message}"):
        backward(dout, cache)


def test_the_compiled_layer_takes_float32_and_float64_only():
    with pytest.raises(TypeError, match="x has dtype float16, expected float32 or float64"):
        dropout_forward_fast(np.ones(3, np.float16), GOOD["dropout_param"])
