"""Batch normalization, of features and of channels: what the shared tests do not say of it."""

import numpy as np
import pytest

from nndl.gradient_check import eval_complex_gradient_array, rel_error
from tests.layers.batchnorm import TWINS as FEATURES
from tests.layers.spatial_batchnorm import TWINS as CHANNELS
from tests.support.oracles import assert_close

PAIRS = [
    (getattr(module, forward), getattr(module, backward))
    for module, forward, backward in FEATURES + CHANNELS
]
each_pair = pytest.mark.parametrize(
    ("forward", "backward"), PAIRS, ids=[forward.__name__ for forward, _ in PAIRS]
)


def shape_for(forward, N=6, D=3):
    """A shape with N numbers a feature: (N, D), or N/2 images of one row and two columns."""
    return (N // 2, D, 1, 2) if forward.__name__.startswith("spatial") else (N, D)


@each_pair
def test_four_numbers_by_hand(forward, backward):
    x = np.array([9.0, 3.0, 3.0, 1.0]).reshape(shape_for(forward, 4, 1))
    dout = np.array([1.0, 0.0, 0.0, 0.0]).reshape(x.shape)
    out, cache = forward(x, np.array([3.0]), np.array([1.0]), {"mode": "train", "eps": 0})
    dx, dgamma, dbeta = backward(dout, cache)
    np.testing.assert_allclose(out.ravel(), [6, 0, 0, -2], atol=1e-12)
    np.testing.assert_allclose(18 * dx.ravel(), [1, -2, -2, 3], rtol=1e-12)
    np.testing.assert_allclose([dgamma[0], dbeta[0]], [5 / 3, 1], rtol=1e-12)


@pytest.mark.parametrize(("forward", "backward"), [PAIRS[0], PAIRS[2]])
def test_naive_gradients_equal_the_complex_step(forward, backward, rng):
    x, gamma, beta = 5 * rng.normal(size=shape_for(forward)) + 12, *rng.normal(size=(2, 3))
    dout = rng.normal(size=x.shape)
    run = lambda *arguments: forward(*arguments, {"mode": "train"})[0]  # noqa: E731
    dx, dgamma, dbeta = backward(dout, forward(x, gamma, beta, {"mode": "train"})[1])
    assert_close(dx, eval_complex_gradient_array(lambda x: run(x, gamma, beta), x, dout))
    assert_close(dgamma, eval_complex_gradient_array(lambda g: run(x, g, beta), gamma, dout))
    assert_close(dbeta, eval_complex_gradient_array(lambda b: run(x, gamma, b), beta, dout))


@pytest.mark.parametrize(("forward", "backward"), [PAIRS[1], PAIRS[3]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_mean_costs_the_compiled_layers_no_digits(forward, backward, dtype, rng):
    shape = shape_for(forward, 2000, 4)
    x = (rng.normal(size=shape) + 1e4).astype(dtype)
    dout, one = rng.normal(size=shape).astype(dtype), np.ones(4, dtype)
    bn_param = {"mode": "train"}
    out, cache = forward(x, one, 0 * one, bn_param)
    grads = backward(dout, cache)
    naive_forward, naive_backward = PAIRS[0] if x.ndim == 2 else PAIRS[2]
    wide = [array.astype(np.float64) for array in (x, one, 0 * one, dout)]
    expected = {"mode": "train"}
    wide[0] -= 1e4  # exact: no rounding in so small a difference, and then no large mean
    naive_out, naive_cache = naive_forward(*wide[:3], expected)
    naive_grads = naive_backward(wide[3], naive_cache)
    tolerance = 1e-6 if dtype == np.float32 else 1e-10
    for ours, theirs in zip((out, *grads), (naive_out, *naive_grads), strict=True):
        assert ours.dtype == dtype
        assert np.abs(ours - theirs).max() < tolerance * max(1, np.abs(theirs).max())
    assert rel_error(bn_param["running_var"].astype(float), expected["running_var"]) < tolerance


@each_pair
def test_one_number_a_feature_becomes_beta_and_has_no_gradient(forward, backward):
    x = np.full((1, 2, 1, 1) if "spatial" in forward.__name__ else (1, 2), 7.0)
    out, cache = forward(x, np.ones(2), np.array([3.0, 4.0]), {"mode": "train"})
    dx, dgamma, dbeta = backward(np.full(x.shape, 5.0), cache)
    np.testing.assert_array_equal(out.ravel(), [3, 4])
    assert not dx.any()
    assert not dgamma.any()
    np.testing.assert_array_equal(dbeta, [5, 5])


@each_pair
def test_an_empty_batch_has_no_statistics_but_can_be_tested(forward, backward):
    x = np.ones(shape_for(forward))[:0]
    ones = np.ones(3)
    bn_param = {"mode": "test", "running_mean": ones, "running_var": ones}
    assert forward(x, ones, ones, bn_param)[0].shape == x.shape
    with pytest.raises(ValueError, match=rf"^{forward.__name__}: x has shape .* no numbers"):
        forward(x, ones, ones, {"mode": "train"})


@each_pair
def test_a_nan_stays_in_its_feature(forward, backward, rng):
    x = rng.normal(size=shape_for(forward))
    x[0, 1] = np.nan
    bn_param = {"mode": "train"}
    out, cache = forward(x, np.ones(3), np.zeros(3), bn_param)
    dx, dgamma, dbeta = backward(np.ones_like(x), cache)
    for array in (out, dx):
        assert np.isnan(array[:, 1]).all()
        assert np.isfinite(array[:, [0, 2]]).all()
    for array in (bn_param["running_mean"], bn_param["running_var"], dgamma):
        np.testing.assert_array_equal(np.isnan(array), [False, True, False])
    assert np.isfinite(dbeta).all()


@each_pair
def test_a_constant_feature_is_saved_by_eps(forward, backward, rng):
    x = np.full(shape_for(forward), 3.0)
    out, cache = forward(x, np.ones(3), np.zeros(3), {"mode": "train"})
    dout = rng.normal(size=x.shape)
    dx = backward(dout, cache)[0]
    axes = (0, *range(2, x.ndim))
    assert not out.any()
    assert_close(dx, (dout - dout.mean(axis=axes, keepdims=True)) / np.sqrt(1e-5))


@each_pair
@pytest.mark.parametrize("mixed", ["x", "gamma", "beta"])
def test_dtypes_mix_as_numpys_do(forward, backward, mixed, rng):
    arrays = {"x": rng.normal(size=shape_for(forward)), "gamma": np.ones(3), "beta": np.ones(3)}
    arrays = {k: v.astype(np.float64 if k == mixed else np.float32) for k, v in arrays.items()}
    for mode in ("train", "test"):
        bn_param = {"mode": mode}
        out, cache = forward(**arrays, bn_param=bn_param)
        assert out.dtype == np.float64
        assert bn_param["running_mean"].dtype == arrays["x"].dtype
        assert bn_param["running_var"].dtype == arrays["x"].dtype
        if cache:
            assert {grad.dtype for grad in backward(out, cache)} == {np.dtype(np.float64)}


@each_pair
def test_float32_stays_float32(forward, backward, rng):
    x = rng.normal(size=shape_for(forward)).astype(np.float32)
    one, bn_param = np.ones(3, np.float32), {"mode": "train", "momentum": np.float64(0.5), "eps": 1}
    out, cache = forward(x, one, one, bn_param)
    arrays = (out, *backward(out, cache), bn_param["running_mean"], bn_param["running_var"])
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


@each_pair
def test_the_callers_running_arrays_are_not_written_to(forward, backward, rng):
    kept = rng.random((2, 3))
    kept.flags.writeable = False
    x, one = rng.normal(size=shape_for(forward)), np.ones(3)
    bn_param = {"mode": "train", "running_mean": kept[0], "running_var": kept[1]}
    forward(x, one, one, bn_param)
    assert bn_param["running_mean"] is not kept[0]


@each_pair
def test_momentum_0_forgets_and_1_never_learns(forward, backward, rng):
    x, one = rng.normal(size=shape_for(forward)), np.ones(3)
    axes = (0, *range(2, x.ndim))
    for momentum, mean in ((0, x.mean(axis=axes)), (1, 5 * one)):
        bn_param = {"mode": "train", "momentum": momentum, "running_mean": 5 * one}
        forward(x, one, one, bn_param)
        assert_close(bn_param["running_mean"], mean)


@pytest.mark.parametrize(("forward", "backward"), [PAIRS[1], PAIRS[3]])
def test_the_compiled_layers_give_the_same_bits_on_one_thread_and_on_two(forward, backward, rng):
    numba = pytest.importorskip("numba")
    x, one = rng.normal(size=shape_for(forward, 20000, 9)), np.ones(9)  # enough to be shared
    results, before = [], numba.get_num_threads()
    try:
        for threads in {1, min(2, before)}:
            numba.set_num_threads(threads)
            out, cache = forward(x, one, one, {"mode": "train"})
            results.append((out, *backward(np.cos(out), cache)))
    finally:
        numba.set_num_threads(before)
    for one, other in zip(results[0], results[-1], strict=True):
        np.testing.assert_array_equal(one, other)


BAD_ARGUMENTS = [
    ({"x": np.ones(6)}, ValueError, r"x has 1 dimensions \(6,\), expected [24]"),
    ({"x": "bool"}, TypeError, "x has dtype bool, expected"),
    ({"x": [[1.0]]}, TypeError, "x is a list, expected a NumPy array"),
    ({"gamma": np.ones((3, 1))}, ValueError, r"gamma has 2 dimensions \(3, 1\), expected 1"),
    ({"gamma": np.ones(4)}, ValueError, r"gamma has 4 entries, x has 3 (features|channels)"),
    ({"gamma": np.ones(3, bool)}, TypeError, "gamma has dtype bool"),
    ({"beta": np.ones(2)}, ValueError, r"beta has 2 entries, x has 3 (features|channels)"),
    ({"beta": 1.0}, TypeError, "beta is a float, expected a NumPy array"),
    ({"bn_param": "train"}, TypeError, "bn_param is a str, expected a dict"),
    ({"bn_param": {}}, ValueError, "bn_param has no key 'mode'"),
    ({"bn_param": {"mode": "eval"}}, ValueError, r"\['mode'\] is 'eval', expected 'train' or"),
    ({"bn_param": {"mode": ["train"]}}, ValueError, r"\['mode'\] is \['train'\], expected"),
    ({"bn_param": {"mode": "train", "epsilon": 1}}, ValueError, "unknown key 'epsilon'"),
    (
        {"bn_param": {"mode": "train", "eps": -1}},
        ValueError,
        r"\['eps'\] is -1, expected 0 or more and fin",
    ),
    ({"bn_param": {"mode": "train", "eps": np.inf}}, ValueError, r"\['eps'\] is inf"),
    ({"bn_param": {"mode": "train", "eps": None}}, TypeError, r"\['eps'\] is None \(NoneType\)"),
    ({"bn_param": {"mode": "train", "momentum": 1.5}}, ValueError, r"is 1.5, .* between 0 and 1"),
    ({"bn_param": {"mode": "train", "momentum": np.nan}}, ValueError, r"\['momentum'\] is nan"),
    ({"bn_param": {"mode": "train", "momentum": True}}, TypeError, r"is True \(bool\), expected"),
    (
        {"bn_param": {"mode": "test", "running_mean": np.ones(4)}},
        ValueError,
        r"bn_param\['running_mean'\] has 4 entries, x has 3",
    ),
    (
        {"bn_param": {"mode": "test", "running_var": 1.0}},
        TypeError,
        r"bn_param\['running_var'\] is a float",
    ),
]


@each_pair
@pytest.mark.parametrize(("change", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments_are_named(forward, backward, change, error, message):
    good = {"x": np.ones(shape_for(forward)), "gamma": np.ones(3), "beta": np.ones(3)}
    if isinstance(change.get("x"), str):
        change = {"x": good["x"].astype(change["x"])}
    with pytest.raises(error, match=f"^{forward.__name__}: .*{message}"):
        forward(**good | {"bn_param": {"mode": "train"}} | change)


@each_pair
def test_bad_gradients_are_named(forward, backward):
    x, one, name = np.ones(shape_for(forward)), np.ones(3), backward.__name__
    _, cache = forward(x, one, one, {"mode": "train"})
    with pytest.raises(ValueError, match=rf"^{name}: dout has shape .*, expected"):
        backward(x[:2], cache)
    with pytest.raises(TypeError, match=f"^{name}: dout has dtype bool"):
        backward(x.astype(bool), cache)
    with pytest.raises(TypeError, match=f"^{name}: cache is a dict, expected the forward pass's"):
        backward(x, {})
    _, test_cache = forward(x, one, one, {"mode": "test"})
    with pytest.raises(ValueError, match=f"^{name}: cache is None, .* mode 'test'; expected"):
        backward(x, test_cache)


@pytest.mark.parametrize(("forward", "backward"), [PAIRS[1], PAIRS[3]])
def test_the_compiled_layers_take_float32_and_float64_only(forward, backward):
    for dtype in (np.float16, np.complex128):
        x = np.ones(shape_for(forward), dtype)
        with pytest.raises(TypeError, match=f"x has dtype {np.dtype(dtype)}, expected float32 or"):
            forward(x, np.ones(3), np.ones(3), {"mode": "train"})


def test_an_output_that_overflows_has_its_gradients(rng):
    """Where no rectifier follows, nothing is cut off: not where the output is -infinity either."""
    from nndl.conv_layers import spatial_batchnorm_backward, spatial_batchnorm_forward
    from nndl.fast.spatial_batchnorm import (
        spatial_batchnorm_backward_fast,
        spatial_batchnorm_forward_fast,
    )

    x = (rng.normal(size=(3, 2, 4, 4)) * [[[[1.0]], [[5.0]]]]).astype(np.float32)
    x[0, 0] -= 100  # beyond 3.4 deviations, times 1e38
    gamma, beta, dout = np.array([1e38, 1], "f4"), np.zeros(2, "f4"), np.ones_like(x)
    with np.errstate(over="ignore", invalid="ignore"):
        _, naive = spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
        out, fast = spatial_batchnorm_forward_fast(x, gamma, beta, {"mode": "train"})
        theirs = spatial_batchnorm_backward(dout, naive)[2]
    assert spatial_batchnorm_backward_fast(dout, fast)[2].tolist() == theirs.tolist() == [48, 48]
    assert np.isfinite(out[:, 1]).all()
