"""Layer and group normalization: what the shared tests do not say of them."""

import numpy as np
import pytest

from nndl.gradient_check import eval_complex_gradient_array
from nndl.layers import batchnorm_backward_alt, batchnorm_forward
from tests.layers.normalization_family import GROUPS, ROWS, group_formula, row_formula, sets_of
from tests.support.oracles import assert_close

PAIRS = [
    (getattr(module, forward), getattr(module, backward))
    for module, forward, backward in ROWS + GROUPS
]
IDS = [forward.__name__ for forward, _ in PAIRS]
each_pair = pytest.mark.parametrize(("forward", "backward"), PAIRS, ids=IDS)
rows_only = pytest.mark.parametrize(("forward", "backward"), PAIRS[:2], ids=IDS[:2])
groups_only = pytest.mark.parametrize(("forward", "backward"), PAIRS[2:], ids=IDS[2:])
fast_only = pytest.mark.parametrize(("forward", "backward"), PAIRS[1::2], ids=IDS[1::2])


def given(forward, N=3, dtype=np.float64, G=2, **change):
    """Arguments that fit: N examples of four features, or images of four channels."""
    shape = (N, 4, 1, 3) if "group" in forward.__name__ else (N, 4)
    x = np.random.default_rng(5).normal(size=shape).astype(dtype)
    arguments = {"x": x, "gamma": np.arange(1, 5, dtype=dtype), "beta": np.ones(4, dtype)}
    more = {"G": G, "gn_param": {}} if "group" in forward.__name__ else {"ln_param": {}}
    return arguments | more | change


@each_pair
def test_four_numbers_by_hand(forward, backward):
    row, dout = np.array([9.0, 3.0, 3.0, 1.0]), np.array([1.0, 0.0, 0.0, 0.0])
    if "group" in forward.__name__:
        shape, more = (1, 4, 1, 1), (1, {"eps": 0})
    else:
        shape, more = (1, 4), ({"eps": 0},)
    gamma = np.array([3.0, 1.0, 1.0, 2.0])  # gamma outside the projection would show
    out, cache = forward(row.reshape(shape), gamma, np.ones(4), *more)
    dx, dgamma, dbeta = backward(dout.reshape(shape), cache)
    np.testing.assert_allclose(3 * out.ravel(), [18, 2, 2, -3], atol=1e-12)
    np.testing.assert_allclose(18 * dx.ravel(), [1, -2, -2, 3], rtol=1e-12)
    np.testing.assert_allclose(3 * dgamma, [5, 0, 0, 0], rtol=1e-12)
    np.testing.assert_array_equal(dbeta, [1, 0, 0, 0])


@pytest.mark.parametrize(("forward", "backward"), PAIRS[::2], ids=IDS[::2])
def test_naive_gradients_equal_the_complex_step(forward, backward, rng):
    arguments = given(forward)
    dout = rng.normal(size=arguments["x"].shape)
    grads = backward(dout, forward(**arguments)[1])
    for name, grad in zip(("x", "gamma", "beta"), grads, strict=True):
        f = lambda z: forward(**arguments | {name: z})[0]  # noqa: B023, E731
        assert_close(grad, eval_complex_gradient_array(f, arguments[name], dout))


@rows_only
def test_the_course_prints_these_statistics_of_rows(forward, backward):
    old = np.random.RandomState(231)
    X, W1, W2 = (old.randn(*shape) for shape in ((4, 50), (50, 60), (60, 3)))
    features = np.maximum(0, X @ W1) @ W2
    printed = [-59.06673243, -47.60782686, -43.31137368, -26.40991744]
    np.testing.assert_allclose(features.mean(axis=1), printed, atol=1e-8)
    out, _ = forward(features, np.ones(3), np.zeros(3), {"mode": "train"})
    printed = [0.99999995, 0.99999999, 1.0, 0.99999969]
    np.testing.assert_allclose(out.std(axis=1), printed, atol=1e-8)
    out, _ = forward(features, 3 * np.ones(3), 5 * np.ones(3), {"mode": "train"})
    printed = [2.99999985, 2.99999998, 2.99999999, 2.99999907]
    np.testing.assert_allclose(out.std(axis=1), printed, atol=1e-8)
    np.testing.assert_allclose(out.mean(axis=1), 5, rtol=1e-12)


@groups_only
def test_the_course_prints_these_statistics_of_groups(forward, backward):
    x = 4 * np.random.RandomState(231).randn(2, 6, 4, 5) + 10
    printed = [3.67070958, 3.09892597, 4.27043622, 3.97521327]
    np.testing.assert_allclose(x.reshape(4, -1).std(axis=1), printed, atol=1e-8)
    gamma, beta = np.ones((1, 6, 1, 1)), np.zeros((1, 6, 1, 1))
    out, cache = forward(x, gamma, beta, 2, {"mode": "train"})
    expected = (1 + 1e-5 / np.square(printed)) ** -0.5
    np.testing.assert_allclose(out.reshape(4, -1).std(axis=1), expected, rtol=1e-12)
    _, dgamma, dbeta = backward(x, cache)
    assert dgamma.shape == dbeta.shape == (1, 6, 1, 1)


@groups_only
@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_sets_are_the_groups_for_every_number_of_them(forward, backward, G, rng):
    x, dout = rng.normal(size=(2, 6, 3, 5)), rng.normal(size=(2, 6, 3, 5))
    gamma, beta = rng.normal(size=(2, 6))
    assert_close(forward(x, gamma, beta, G, {})[0], group_formula(x, gamma, beta, G, {}))
    one = np.ones(6)
    x_hat, cache = forward(x, one, 0 * one, G, {"eps": 0})
    dx = backward(dout, cache)[0].reshape(2 * G, -1)
    assert np.abs(dx.sum(axis=1)).max() < 1e-12
    assert np.abs((dx * x_hat.reshape(dx.shape)).sum(axis=1)).max() < 1e-12


@each_pair
def test_an_example_does_not_see_the_others(forward, backward, rng):
    arguments = given(forward, N=5)
    x, dout = arguments["x"], rng.normal(size=arguments["x"].shape)
    out, cache = forward(**arguments)
    dx = backward(dout, cache)[0]
    for n in range(5):
        alone, alone_cache = forward(**arguments | {"x": x[n : n + 1]})
        np.testing.assert_allclose(alone[0], out[n], rtol=1e-13, atol=1e-14)
        alone_dx = backward(dout[n : n + 1], alone_cache)[0]
        np.testing.assert_allclose(alone_dx[0], dx[n], rtol=1e-12, atol=1e-13)


@each_pair
def test_both_modes_and_none_are_the_same(forward, backward):
    arguments = given(forward)
    last = list(arguments)[-1]
    results = [forward(**arguments | {last: p})[0] for p in ({}, {"mode": "train"})]
    results.append(forward(**arguments | {last: {"mode": "test", "eps": np.float32(1e-5)}})[0])
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_allclose(results[0], results[2], rtol=1e-6)


@each_pair
def test_without_examples_there_is_nothing_to_do(forward, backward):
    arguments = given(forward, N=0)
    out, cache = forward(**arguments)
    assert out.shape == arguments["x"].shape
    dx, dgamma, dbeta = backward(out, cache)
    assert dx.shape == out.shape
    assert not dgamma.any()
    assert not dbeta.any()
    assert dgamma.shape == dbeta.shape == (4,)


@each_pair
def test_without_numbers_there_is_no_mean(forward, backward):
    arguments = given(forward)
    shape = arguments["x"].shape
    empty = (*shape[:-1], 0)
    channels = np.ones(empty[1])
    change = {"x": np.ones(empty), "gamma": channels, "beta": channels}
    with pytest.raises(ValueError, match=rf"^{forward.__name__}: x has shape .* no numbers"):
        forward(**arguments | change)


@each_pair
def test_one_number_in_a_set_becomes_beta_and_has_no_gradient(forward, backward, rng):
    for dtype in (np.float32, np.float64):
        if "group" in forward.__name__:
            x, more = rng.normal(size=(3, 4, 1, 1)).astype(dtype), (4, {})
        else:
            x, more = rng.normal(size=(3, 1)).astype(dtype), ({},)
        gamma, beta = rng.normal(size=(2, x.shape[1])).astype(dtype)
        out, cache = forward(x, gamma, beta, *more)
        dx, dgamma, _ = backward(rng.normal(size=x.shape).astype(dtype), cache)
        np.testing.assert_array_equal(out.reshape(3, -1), np.tile(beta, (3, 1)))
        assert np.abs(dx).max() < 1e-12
        assert not dgamma.any()


@each_pair
def test_a_nan_stays_in_its_example(forward, backward):
    arguments = given(forward)
    arguments["x"][1, 0] = np.nan
    out, cache = forward(**arguments)
    dx, _, dbeta = backward(np.ones_like(out), cache)
    for array in (out, dx):
        assert np.isnan(array[1]).any()
        assert np.isfinite(array[[0, 2]]).all()
    assert np.isfinite(dbeta).all()


@each_pair
@pytest.mark.parametrize("mixed", ["x", "gamma", "beta"])
def test_dtypes_mix_as_numpys_do(forward, backward, mixed):
    arguments = given(forward)
    for name in ("x", "gamma", "beta"):
        if name != mixed:
            arguments[name] = arguments[name].astype(np.float32)
    out, cache = forward(**arguments)
    assert out.dtype == np.float64
    assert {grad.dtype for grad in backward(out, cache)} == {np.dtype(np.float64)}
    wide = {k: v.astype(float) if isinstance(v, np.ndarray) else v for k, v in arguments.items()}
    formula = group_formula if "group" in forward.__name__ else row_formula
    assert_close(out, formula(**wide))


@each_pair
def test_integers_for_gamma_and_beta_are_taken_in_the_dtype_of_x(forward, backward):
    for dtype in (np.float32, np.float64):
        arguments = given(forward, dtype=dtype)
        expected, _ = forward(**arguments)
        whole = {"gamma": np.arange(1, 5), "beta": np.ones(4, np.int8)}
        out, cache = forward(**arguments | whole)
        kept = [entry for entry in cache if isinstance(entry, np.ndarray)]
        assert kept[0].dtype == dtype
        np.testing.assert_array_equal(out, expected, strict=True)
        assert {grad.dtype for grad in backward(out, cache)} == {np.dtype(dtype)}


@fast_only
def test_the_compiled_layers_give_the_same_bits_on_one_thread_and_on_two(forward, backward):
    numba = pytest.importorskip("numba")
    arguments = given(forward, N=20000)  # enough to be shared
    results, before = [], numba.get_num_threads()
    try:
        for threads in {1, min(2, before)}:
            numba.set_num_threads(threads)
            out, cache = forward(**arguments)
            results.append((out, *backward(np.cos(out), cache)))
    finally:
        numba.set_num_threads(before)
    for one, other in zip(results[0], results[-1], strict=True):
        np.testing.assert_array_equal(one, other)


@fast_only
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_compiled_layers_write_nowhere_else(forward, backward, dtype):
    """Every argument lies between guard bands; out and gradients are arrays of their own."""
    pytest.importorskip("numba")

    def guarded(array):
        raw = np.full(array.size + 32, 77, array.dtype)
        view = raw[16 : 16 + array.size].reshape(array.shape)
        view[...] = array
        return raw, view

    arguments = given(forward, N=5, dtype=dtype)
    bands = {k: guarded(v) for k, v in arguments.items() if isinstance(v, np.ndarray)}
    out, cache = forward(**arguments | {k: view for k, (_, view) in bands.items()})
    entries = [guarded(entry) for entry in cache]
    raw_dout, dout = guarded(np.cos(out))
    grads = backward(dout, tuple(view for _, view in entries))
    for raw, view in (*bands.values(), *entries, (raw_dout, dout)):
        assert (raw[:16] == 77).all()
        assert (raw[-16:] == 77).all()
        for result in (out, *grads):
            assert not np.shares_memory(result, view)


BAD_ARGUMENTS = [
    ({"x": np.ones(6)}, ValueError, r"x has 1 dimensions \(6,\), expected [24]"),
    ({"x": "bool"}, TypeError, "x has dtype bool, expected"),
    ({"x": [[1.0]]}, TypeError, "x is a list, expected a NumPy array"),
    ({"gamma": np.ones(5)}, ValueError, r"gamma has (5 entries|shape \(5,\)), "),
    ({"gamma": np.ones((4, 1))}, ValueError, r"gamma has (2 dim|shape \(4, 1\))"),
    ({"gamma": np.ones(4, bool)}, TypeError, "gamma has dtype bool"),
    ({"beta": np.ones(3)}, ValueError, r"beta has (3 entries|shape \(3,\)), "),
    ({"beta": 1.0}, TypeError, "beta is a float, expected a NumPy array"),
    ({"param": "train"}, TypeError, "n_param is a str, expected a dict with keys"),
    ({"param": {"mode": ["train"]}}, ValueError, r"\['mode'\] is \['train'\], expected"),
    ({"param": {"mode": np.array(["train", "test"])}}, ValueError, r"\['mode'\] is array"),
    ({"param": {"mode": "eval"}}, ValueError, r"\['mode'\] is 'eval', expected 'train' or"),
    ({"param": {"epsilon": 1}}, ValueError, "n_param has an unknown key 'epsilon'"),
    ({"param": {"eps": -1}}, ValueError, r"n_param\['eps'\] is -1, expected"),
    ({"param": {"eps": np.nan}}, ValueError, r"n_param\['eps'\] is nan, expected"),
    ({"param": {"eps": "1"}}, TypeError, r"n_param\['eps'\] is '1'"),
]


@each_pair
@pytest.mark.parametrize(("change", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments_are_named(forward, backward, change, error, message):
    good = given(forward)
    if "param" in change:
        change = {list(good)[-1]: change["param"]}
    if isinstance(change.get("x"), str):
        change = {"x": good["x"].astype(change["x"])}
    with pytest.raises(error, match=f"^{forward.__name__}: .*{message}"):
        forward(**good | change)


@groups_only
def test_bad_groups_are_named(forward, backward):
    name, arguments = forward.__name__, given(forward)
    with pytest.raises(ValueError, match=f"^{name}: G is 3, expected a divisor of x's 4 channels"):
        forward(**arguments | {"G": 3})
    with pytest.raises(ValueError, match=f"^{name}: G is 0, expected 1 or more"):
        forward(**arguments | {"G": 0})
    with pytest.raises(TypeError, match=f"^{name}: G is 1.5"):
        forward(**arguments | {"G": 1.5})
    wide = {"gamma": np.ones((1, 4, 1, 1))}
    with pytest.raises(ValueError, match=rf"^{name}: beta has shape \(4,\), expected \(1, 4, 1, 1"):
        forward(**arguments | wide)


@each_pair
def test_every_entry_of_a_cache_is_checked(forward, backward):
    out, cache = forward(**given(forward))
    named = f"^{backward.__name__}: "
    with pytest.raises(ValueError, match=f"{named}dout has shape"):
        backward(out[:2], cache)
    with pytest.raises(TypeError, match=f"{named}dout has dtype bool"):
        backward(out.astype(bool), cache)
    for bad in (None, {}, list(cache), cache[:-1], (*cache, 1)):
        with pytest.raises(TypeError, match=f"{named}cache is a"):
            backward(out, bad)
    flat = [(k, entry) for k, entry in enumerate(cache) if isinstance(entry, np.ndarray)]
    assert flat
    for k, entry in flat:
        worse = entry.astype(bool), entry.tolist(), entry[:1], np.repeat(entry, 2, axis=0)
        for bad in (*worse, entry[None], entry[:0], None):
            with pytest.raises((TypeError, ValueError), match=rf"{named}(\w+ in cache|dout|cache)"):
                backward(out, (*cache[:k], bad, *cache[k + 1 :]))


@fast_only
def test_statistics_of_another_dtype_are_refused(forward, backward):
    out, (x, gamma, mean, inv_std) = forward(**given(forward))
    if backward.__name__.endswith("_fast"):
        for bad in ((mean.astype(np.float32), inv_std), (mean, inv_std.astype(np.float32))):
            with pytest.raises(TypeError, match="has dtype float32, expected float64"):
                backward(out, (x, gamma, *bad))


@pytest.mark.parametrize(("forward", "backward"), [PAIRS[2]], ids=[IDS[2]])
def test_every_entry_of_the_naive_groups_cache_is_checked(forward, backward):
    out, (shape, G, gamma, rows) = forward(**given(forward))
    wrong = [
        ((3, 4, 3), G, gamma, rows),
        ((3, 4, 3, 1.0), G, gamma, rows),
        ((3, 4, 3, 1), G, gamma, rows),
        (shape, 3, gamma, rows),
        (shape, 1, gamma, rows),
        (shape, "2", gamma, rows),
        (shape, G, gamma, rows[:2]),
        (shape, G, gamma, None),
        *((shape, G, gamma, (*rows[:k], rows[k][:1], *rows[k + 1 :])) for k in range(3)),
        *((shape, G, gamma, (*rows[:k], rows[k].astype(bool), *rows[k + 1 :])) for k in range(3)),
    ]
    named = rf"^{backward.__name__}: (\w+ in cache|cache|dout)"
    for cache in wrong:
        with pytest.raises((TypeError, ValueError), match=named):
            backward(out, cache)


def test_the_line_refuses_a_cache_of_mode_test():
    x, one = np.ones((3, 2)), np.ones(2)
    _, cache = batchnorm_forward(x, one, one, {"mode": "test"})
    with pytest.raises(ValueError, match=r"^batchnorm_backward_alt: cache is None, .* mode 'test'"):
        batchnorm_backward_alt(x, cache)
    _, cache = batchnorm_forward(x, one, one, {"mode": "train"})
    with pytest.raises(ValueError, match=r"^batchnorm_backward_alt: dout has shape"):
        batchnorm_backward_alt(x[:2], cache)


@fast_only
def test_the_compiled_layers_take_float32_and_float64_only(forward, backward):
    if not forward.__name__.endswith("_fast"):
        pytest.skip("without numba the naive layers stand in")
    for dtype in (np.float16, np.complex128):
        with pytest.raises(TypeError, match=f"x has dtype {np.dtype(dtype)}, expected float32 or"):
            forward(**given(forward) | {"x": given(forward)["x"].astype(dtype)})


def test_without_numba_they_are_the_naive_layers():
    import subprocess
    import sys

    program = (
        "import sys; sys.modules['numba'] = None\n"
        "import nndl.fast.normalization_family as fast, nndl.layers, nndl.conv_layers\n"
        "print(fast.layernorm_forward_fast is nndl.layers.layernorm_forward,\n"
        "      fast.layernorm_backward_fast is nndl.layers.layernorm_backward,\n"
        "      fast.spatial_groupnorm_forward_fast is nndl.conv_layers.spatial_groupnorm_forward,\n"
        "      fast.spatial_groupnorm_backward_fast is nndl.conv_layers.spatial_groupnorm_backward)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"] * 4


def test_long_rows_of_large_float32_numbers(rng):
    """The row's mean has more digits than float32: both layers add up in float64."""
    x = (sets_of(20001, 3, 2) + 3e4).astype(np.float32)
    wide = x.astype(np.float64)
    expected = (wide - wide.mean(axis=1, keepdims=True)) / wide.std(axis=1, keepdims=True)
    one = np.ones(20001, np.float32)
    for forward, _ in PAIRS[:2]:
        out, _ = forward(x, one, 0 * one, {"eps": 0})
        assert np.abs(out - expected).max() < 1e-6


@pytest.mark.parametrize("wide", ["x", "gamma", "beta", "dout"])
def test_gradients_have_the_dtype_of_what_they_are_made_of(wide, rng):
    """Beta is added, so it is in no gradient; and naive and compiled layers agree."""
    import nndl

    dtypes = dict.fromkeys(("x", "gamma", "beta", "dout"), np.float32) | {wide: np.float64}
    expected = np.float32 if wide == "beta" else np.float64
    for name, shape, extra in (
        ("layernorm", (5, 4), ()),
        ("spatial_groupnorm", (2, 4, 3, 3), (2,)),
    ):
        x, dout = (rng.normal(size=shape).astype(dtypes[key]) for key in ("x", "dout"))
        gamma, beta = (np.ones(4, dtypes[key]) for key in ("gamma", "beta"))
        for end in ("", "_fast"):
            forward, backward = (
                getattr(nndl, f"{name}_{way}{end}") for way in ("forward", "backward")
            )
            _, cache = forward(x, gamma, beta, *extra, {})
            assert {gradient.dtype.type for gradient in backward(dout, cache)} == {expected}
