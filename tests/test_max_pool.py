"""Max pooling: what the shared tests of tests/layers do not say of it."""

import copy

import numpy as np
import pytest

from nndl.conv_layers import max_pool_backward_naive, max_pool_forward_naive
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.gradient_check import (
    eval_complex_gradient_array,
    eval_numerical_gradient_array,
    rel_error,
)

FORWARD = (max_pool_forward_naive, max_pool_forward_fast)
BACKWARD = (max_pool_backward_naive, max_pool_backward_fast)
TWINS = tuple(zip(FORWARD, BACKWARD, strict=True))


def param(height, width, stride):
    return {"pool_height": height, "pool_width": width, "stride": stride}


@pytest.mark.parametrize("forward", FORWARD)
def test_the_published_table(forward):
    x = np.linspace(-0.3, 0.4, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    out, _ = forward(x, param(2, 2, 2))
    published = [-0.26315789, -0.24842105, -0.20421053, -0.18947368, -0.14526316, -0.13052632]
    published += [-0.08631579, -0.07157895, -0.02736842, -0.01263158, 0.03157895, 0.04631579]
    published += [0.09052632, 0.10526316, 0.14947368, 0.16421053, 0.20842105, 0.22315789]
    published += [0.26736842, 0.28210526, 0.32631579, 0.34105263, 0.38526316, 0.4]
    assert f"{rel_error(out, np.reshape(published, (2, 3, 2, 2))):.3e}" == "4.167e-08"


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_the_published_gradient(forward, backward, rng):
    x, dout = rng.normal(size=(3, 2, 8, 8)), rng.normal(size=(3, 2, 4, 4))
    _, cache = forward(x, param(2, 2, 2))
    dx_num = eval_numerical_gradient_array(lambda x: forward(x, param(2, 2, 2))[0], x, dout)
    assert rel_error(backward(dout, cache), dx_num) < 1e-10


def test_the_naive_layer_takes_a_complex_step(rng):
    x, dout = rng.normal(size=(2, 2, 5, 6)), rng.normal(size=(2, 2, 2, 5))
    forward = lambda x: max_pool_forward_naive(x, param(3, 2, 2))[0]  # noqa: E731
    dout = dout[..., : forward(x).shape[3]]
    dx = max_pool_backward_naive(dout, (x, param(3, 2, 2)))
    assert rel_error(dx, eval_complex_gradient_array(forward, x, dout)) < 1e-14


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_ties_go_to_the_first_and_overlaps_add_up(forward, backward):
    x = np.zeros((1, 1, 4, 4))
    _, cache = forward(x, param(2, 2, 2))
    dx = backward(np.arange(1.0, 5).reshape(1, 1, 2, 2), cache)
    assert dx[0, 0].tolist() == [[1, 0, 2, 0], [0] * 4, [3, 0, 4, 0], [0] * 4]
    x[0, 0, 1, 1] = 1
    _, cache = forward(x[..., :3, :3], param(2, 2, 1))
    dx = backward(np.array([[[[1.0, 10], [100, 1000]]]]), cache)
    assert dx[0, 0].tolist() == [[0, 0, 0], [0, 1111, 0], [0, 0, 0]]


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_a_nan_wins_and_the_first_of_them_gets_the_gradient(forward, backward):
    x = np.array([[[[1, np.inf, 5, 6], [np.nan, np.nan, 7, 8.0]]]])
    out, cache = forward(x, param(2, 2, 2))
    np.testing.assert_array_equal(out[0, 0], [[np.nan, 8]])
    dx = backward(np.array([[[[3.0, 4.0]]]]), cache)
    assert dx[0, 0].tolist() == [[0, 0, 0, 0], [3, 0, 0, 4]]


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_infinities(forward, backward):
    out, cache = forward(np.full((1, 1, 2, 2), -np.inf), param(2, 2, 1))
    assert out.item() == -np.inf
    assert backward(np.ones((1, 1, 1, 1)), cache)[0, 0].tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(("forward", "backward"), TWINS)
def test_pixels_in_no_window_have_no_gradient(forward, backward, rng):
    x = rng.normal(size=(2, 3, 8, 9))
    out, cache = forward(x, param(2, 3, 5))
    assert out.shape == (2, 3, 2, 2)
    dx = backward(np.ones_like(out), cache)
    assert not dx[:, :, [2, 3, 4, 7]].any()
    assert not dx[:, :, :, [3, 4, 8]].any()
    assert dx.sum() == out.size


@pytest.mark.parametrize(("forward", "backward"), TWINS)
@pytest.mark.parametrize("shape", [(0, 2, 5, 5), (2, 0, 5, 5), (1, 1, 2, 3)])
def test_empty_batches_and_a_single_window(forward, backward, shape):
    x = np.ones(shape, np.float32)
    out, cache = forward(x, param(2, 3, 4))
    dx = backward(np.ones_like(out), cache)
    assert dx.shape == shape
    assert dx.dtype == out.dtype == np.float32
    assert dx.sum() == out.size


@pytest.mark.parametrize("backward", BACKWARD)
def test_dtypes_mix_as_numpy_does(backward, rng):
    x = rng.normal(size=(1, 2, 4, 4)).astype(np.float32)
    dx = backward(rng.normal(size=(1, 2, 2, 2)), (x, param(2, 2, 2)))
    assert dx.dtype == np.float64


@pytest.mark.parametrize("forward", FORWARD)
def test_numpy_integers_are_integers(forward):
    sizes = {"pool_height": np.int64(2), "pool_width": np.uint8(2), "stride": np.int32(2)}
    assert forward(np.ones((1, 1, 4, 4)), sizes)[0].shape == (1, 1, 2, 2)


def test_the_twins_accept_each_others_caches(rng):
    x = rng.normal(size=(2, 2, 6, 5))
    out, naive = max_pool_forward_naive(x, param(3, 2, 2))
    _, fast = max_pool_forward_fast(x, param(3, 2, 2))
    np.testing.assert_array_equal(
        max_pool_backward_fast(out, naive), max_pool_backward_naive(out, fast)
    )


def test_a_cache_whose_window_was_changed_is_read_as_it_is_now(rng):
    x, sizes = rng.normal(size=(2, 2, 9, 9)), param(2, 2, 3)
    _, cache = max_pool_forward_fast(x, sizes)
    sizes |= param(3, 3, 3)
    dout = rng.normal(size=(2, 2, 3, 3))
    expected = max_pool_backward_naive(dout, (x, sizes))
    np.testing.assert_array_equal(max_pool_backward_fast(dout, cache), expected)


GOOD = {"x": np.ones((2, 3, 5, 6)), "pool_param": param(2, 3, 1)}
BAD_ARGUMENTS = [
    ({"x": np.ones((3, 5, 6))}, ValueError, r"x has 3 dimensions \(3, 5, 6\), expected 4"),
    ({"x": np.ones((2, 3, 5, 6), bool)}, TypeError, "x has dtype bool, expected"),
    ({"x": GOOD["x"].tolist()}, TypeError, "x is a list, expected a NumPy array"),
    ({"pool_param": param(6, 3, 1)}, ValueError, r"height'\] is 6, .* the height of x, 5"),
    ({"pool_param": param(2, 7, 1)}, ValueError, r"width'\] is 7, .* the width of x, 6"),
    ({"pool_param": param(0, 3, 1)}, ValueError, r"\['pool_height'\] is 0, expected 1 or more"),
    ({"pool_param": param(2, -1, 1)}, ValueError, r"\['pool_width'\] is -1, expected 1 or more"),
    ({"pool_param": param(2, 3, 0)}, ValueError, r"\['stride'\] is 0, expected 1 or more"),
    ({"pool_param": param(2.5, 3, 1)}, TypeError, r"\['pool_height'\] is 2.5 \(float\)"),
    ({"pool_param": param(2, 3, True)}, TypeError, r"\['stride'\] is True \(bool\)"),
    ({"pool_param": (2, 3, 1)}, TypeError, "pool_param is a tuple, expected a dict"),
    ({"pool_param": {"stride": 1}}, ValueError, "pool_param has no key 'pool_height'"),
    ({"pool_param": param(2, 3, 1) | {"pad": 0}}, ValueError, "unknown key 'pad'"),
]


@pytest.mark.parametrize("forward", FORWARD)
@pytest.mark.parametrize(("change", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments_are_named(forward, change, error, message):
    with pytest.raises(error, match=f"^{forward.__name__}: .*{message}"):
        forward(**copy.deepcopy(GOOD) | change)


@pytest.mark.parametrize("backward", BACKWARD)
@pytest.mark.parametrize(
    ("dout", "cache", "error", "message"),
    [
        (np.ones((2, 3, 4, 5)), None, ValueError, r"dout has shape \(2, 3, 4, 5\), expected \(2,"),
        (np.ones((2, 3, 4, 4), bool), None, TypeError, "dout has dtype bool"),
        (np.ones((2, 3, 4, 4)), (1, 2, 3), TypeError, "cache is a tuple of 3, expected the"),
        (np.ones((2, 3, 4, 4)), [1, 2], TypeError, "cache is a list, expected the forward"),
    ],
)
def test_bad_gradients_are_named(backward, dout, cache, error, message):
    cache = tuple(GOOD.values()) if cache is None else cache
    with pytest.raises(error, match=f"^{backward.__name__}: {message}"):
        backward(dout, cache)


def test_the_compiled_layer_takes_float32_and_float64_only():
    for dtype in (np.float16, np.complex128):
        with pytest.raises(TypeError, match=f"x has dtype {np.dtype(dtype)}, expected float32 or"):
            max_pool_forward_fast(GOOD["x"].astype(dtype), GOOD["pool_param"])


def test_a_course_notebook_finds_the_compiled_layers():
    from nndl import fast_layers

    assert fast_layers.max_pool_forward_fast is max_pool_forward_fast
    assert fast_layers.max_pool_backward_fast is max_pool_backward_fast
