"""Convolution: what the shared tests of tests/layers do not say of it."""

import copy

import numpy as np
import pytest

from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.gradient_check import eval_complex_gradient_array, rel_error
from nndl.im2col import conv_backward_im2col, conv_forward_im2col
from tests.support.oracles import assert_close

FORWARD = (conv_forward_naive, conv_forward_fast)
BACKWARD = ((conv_forward_naive, conv_backward_naive), (conv_forward_fast, conv_backward_fast))


@pytest.mark.parametrize("forward", FORWARD)
def test_the_published_table(forward):
    x = np.linspace(-0.1, 0.5, num=2 * 3 * 4 * 4).reshape(2, 3, 4, 4)
    w = np.linspace(-0.2, 0.3, num=3 * 3 * 4 * 4).reshape(3, 3, 4, 4)
    out, _ = forward(x, w, np.linspace(-0.1, 0.2, num=3), {"stride": 2, "pad": 1})
    published = np.array(
        [
            -0.08759809,
            -0.10987781,
            -0.18387192,
            -0.2109216,
            0.21027089,
            0.21661097,
            0.22847626,
            0.23004637,
            0.50813986,
            0.54309974,
            0.64082444,
            0.67101435,
            -0.98053589,
            -1.03143541,
            -1.19128892,
            -1.24695841,
            0.69108355,
            0.66880383,
            0.59480972,
            0.56776003,
            2.36270298,
            2.36904306,
            2.38090835,
            2.38247847,
        ]
    )  # the course's table
    assert f"{rel_error(out, published.reshape(2, 3, 2, 2)):.3e}" == "2.212e-08"


def test_naive_gradients_equal_the_complex_step(rng):
    x, w, b = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
    param = {"stride": 2, "pad": 1}
    out, cache = conv_forward_naive(x, w, b, param)
    dout = rng.normal(size=out.shape)
    dx, dw, db = conv_backward_naive(dout, cache)
    forward = lambda *arguments: conv_forward_naive(*arguments, param)[0]  # noqa: E731
    assert_close(dx, eval_complex_gradient_array(lambda x: forward(x, w, b), x, dout))
    assert_close(dw, eval_complex_gradient_array(lambda w: forward(x, w, b), w, dout))
    assert_close(db, eval_complex_gradient_array(lambda b: forward(x, w, b), b, dout))


@pytest.mark.parametrize(("forward", "backward"), BACKWARD)
def test_pixels_that_no_window_reads_have_no_gradient(forward, backward, rng):
    x, w, b = rng.normal(size=(1, 2, 8, 9)), rng.normal(size=(3, 2, 2, 3)), np.zeros(3)
    out, cache = forward(x, w, b, {"stride": 4, "pad": 0})
    dx, _, _ = backward(rng.normal(size=out.shape), cache)
    assert not dx[:, :, [2, 3, 6, 7]].any()
    assert not dx[:, :, :, [3, 7, 8]].any()
    assert dx[:, :, [0, 1, 4, 5]][:, :, :, [0, 1, 2, 4, 5, 6]].all()


@pytest.mark.parametrize(("forward", "backward"), BACKWARD)
def test_a_nan_stays_in_the_windows_that_see_it(forward, backward):
    x = np.zeros((2, 1, 5, 5))
    x[0, 0, 0, 0] = np.nan
    out, _ = forward(x, np.ones((1, 1, 3, 3)), np.zeros(1), {"stride": 1, "pad": 0})
    assert np.isnan(out[0, 0, 0, 0])
    assert np.isnan(out).sum() == 1


TWINS = (conv_forward_im2col, conv_backward_im2col), (conv_forward_fast, conv_backward_fast)
SIDES = pytest.mark.parametrize("side", [3, 5])  # of filters that have Winograd's products


def tiled(side, rng, dtype=np.float64):
    """Arguments of a convolution whose three parts all take Winograd's products."""
    shapes = (2, 32, 8, 8), (32, 32, side, side), (32,)
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    return x, w, b, {"stride": 1, "pad": side // 2}


@pytest.mark.filterwarnings("ignore:invalid value")
@SIDES
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_nan_reaches_what_depends_on_it_and_nothing_else(side, broken, rng):
    """Winograd's differences of pixels would carry one on to a whole filter's gradient."""
    x, w, b, param = tiled(side, rng)
    given = {"x": x, "dout": rng.normal(size=x.shape), "w": w}
    for k, (i, j) in enumerate((i, j) for i in (0, 2, 7) for j in (0, 3, 6)):
        for where in ("x", "dout") if k else ("x", "dout", "w"):
            one = given | {where: given[where].copy()}
            one[where][k % 2, 3 * k, i, j] = broken
            results = []
            for forward, backward in TWINS:
                out, cache = forward(one["x"], one["w"], b, param)
                results.append((out, *backward(one["dout"], cache)))
            for naive, fast in zip(*results, strict=True):
                if where == "w" and naive is results[0][1]:
                    continue  # the compiled dx meets every filter beyond the border, too: 0 * NaN
                np.testing.assert_array_equal(np.isfinite(naive), np.isfinite(fast))
                kept = np.isfinite(naive)
                assert np.abs(naive - fast)[kept].max(initial=0) < 1e-9


@SIDES
@pytest.mark.parametrize(
    "sizes",  # of x, w and dout
    [
        (6e37, 1e-3, 1e-3),
        (1e-2, 6e37, 1e-3),
        (1e-3, 1e-3, 1e36),
        (1e33, 1e2, 1.0),
        (1.0, 1e17, 1e18),
        (1e17, 1.0, 1e18),
    ],
)
def test_nothing_overflows_that_a_plain_sum_can_hold(side, sizes, rng):
    """Transformed numbers are up to 49 times as large as pixels, results 30 times as their sums."""
    x, w, b, param = tiled(side, rng, np.float32)
    x, w = (array * np.float32(size) for array, size in zip((x, w), sizes[:2], strict=True))
    out, cache = conv_forward_fast(x, w, 0 * b, param)
    assert_finite_and_near(x, w, out, cache, sizes[2], param, rng)


@SIDES
def test_one_large_pixel_is_enough(side, rng):
    for i, j in ((0, 0), (3, 4), (7, 7)):
        x, w, b, param = tiled(side, rng, np.float32)
        x[1, 5, i, j] = 2e38
        out, _ = conv_forward_fast(x, w / 8, b, param)
        expected, _ = conv_forward_im2col(
            x.astype(np.float64), w / 8.0, b.astype(np.float64), param
        )
        assert np.isfinite(out).all()
        np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)


def assert_finite_and_near(x, w, out, cache, size, param, rng):
    """All of out, dx and dw are finite, and those of float64."""
    dout = (rng.normal(size=out.shape) * size).astype(np.float32)
    wide = x.astype(np.float64), w.astype(np.float64), np.zeros(len(w)), param
    expected, columns = conv_forward_im2col(*wide)
    exact = expected, *conv_backward_im2col(dout.astype(np.float64), columns)
    for ours, theirs in zip((out, *conv_backward_fast(dout, cache)), exact, strict=True):
        assert np.isfinite(ours).all()
        assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


@SIDES
@pytest.mark.parametrize("size", [1e-30, 1.0, 1e9])
def test_ordinary_numbers_take_fewer_products(side, size, rng, monkeypatch):
    """The way out for large numbers costs the others nothing."""
    pytest.importorskip("numba")
    x, w, b, param = tiled(side, rng, np.float32)
    monkeypatch.setattr("nndl.fast.conv._correlate", None)
    monkeypatch.setattr("nndl.fast.conv._weights", None)
    out, cache = conv_forward_fast(x * np.float32(size), w, b, param)
    conv_backward_fast(out, cache)


@pytest.mark.parametrize(("forward", "backward"), BACKWARD)
def test_an_empty_batch(forward, backward):
    arguments = np.zeros((0, 2, 5, 5)), np.ones((3, 2, 3, 3)), np.zeros(3)
    out, cache = forward(*arguments, {"stride": 1, "pad": 0})
    assert out.shape == (0, 3, 3, 3)
    for grad, like in zip(backward(out, cache), arguments, strict=True):
        assert grad.shape == like.shape
        assert not grad.any()


@pytest.mark.parametrize("forward", FORWARD)
def test_numpy_integers_are_integers(forward):
    x, w, b = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3)), np.zeros(1)
    out, _ = forward(x, w, b, {"stride": np.int64(1), "pad": np.uint8(1)})
    assert out[0, 0, 1, 1] == 9


def test_fast_mixes_dtypes_as_numpy_does(rng):
    x, w, b = (
        rng.normal(size=(2, 3, 5, 5)).astype(np.float32),
        rng.normal(size=(2, 3, 3, 3)),
        np.ones(2),
    )
    param = {"stride": 1, "pad": 1}
    assert_close(conv_forward_fast(x, w, b, param)[0], conv_forward_naive(x, w, b, param)[0])


@pytest.mark.parametrize(("channels", "side", "stride"), [(20, 3, 1), (3, 5, 2), (20, 1, 1)])
def test_fast_gives_the_same_bits_on_one_thread_and_on_two(channels, side, stride, rng):
    numba = pytest.importorskip("numba")
    shapes = (9, channels, 33, 33), (60, channels, side, side), (60,)  # enough work to be shared
    x, w, b = (rng.normal(size=shape) for shape in shapes)
    results = []
    before = numba.get_num_threads()
    try:
        for threads in {1, min(2, before)}:
            numba.set_num_threads(threads)
            out, cache = conv_forward_fast(x, w, b, {"stride": stride, "pad": side // 2})
            results.append((out, *conv_backward_fast(np.cos(out), cache)))
    finally:
        numba.set_num_threads(before)
    for one, other in zip(results[0], results[-1], strict=True):
        np.testing.assert_array_equal(one, other)


GOOD = {
    "x": np.ones((2, 3, 5, 6)),
    "w": np.ones((4, 3, 3, 2)),
    "b": np.ones(4),
    "conv_param": {"stride": 1, "pad": 0},
}
BAD_ARGUMENTS = [
    ({"x": np.ones((3, 5, 6))}, ValueError, r"x has 3 dimensions \(3, 5, 6\), expected 4"),
    ({"w": np.ones((4, 3, 3))}, ValueError, r"w has 3 dimensions \(4, 3, 3\), expected 4"),
    ({"b": np.ones((4, 1))}, ValueError, r"b has 2 dimensions \(4, 1\), expected 1"),
    ({"b": np.ones(5)}, ValueError, "b has 5 entries, w has 4 filters"),
    ({"x": np.ones((2, 4, 5, 6))}, ValueError, "x has 4 channels, w expects 3"),
    ({"x": np.ones((2, 3, 5, 6), bool)}, TypeError, "x has dtype bool, expected"),
    ({"w": np.ones((4, 3, 3, 2), bool)}, TypeError, "w has dtype bool, expected"),
    ({"x": GOOD["x"].tolist()}, TypeError, "x is a list, expected a NumPy array"),
    ({"x": np.ones((2, 3, 2, 6))}, ValueError, r"w has height 3, .* of x, 2 \+ 2\*0 = 2"),
    ({"x": np.ones((2, 3, 5, 1))}, ValueError, r"w has width 2, .* of x, 1 \+ 2\*0 = 1"),
    ({"w": np.ones((4, 3, 0, 2))}, ValueError, "w has height 0, expected 1 or more"),
    ({"conv_param": [1, 0]}, TypeError, "conv_param is a list, expected a dict"),
    ({"conv_param": {"stride": 1}}, ValueError, "conv_param has no key 'pad'"),
    ({"conv_param": {"pad": 1}}, ValueError, "conv_param has no key 'stride'"),
    ({"conv_param": {"stride": 1, "pad": 0, "padding": 1}}, ValueError, "unknown key 'padding'"),
    ({"conv_param": {"stride": 0, "pad": 0}}, ValueError, r"\['stride'\] is 0, expected 1 or more"),
    ({"conv_param": {"stride": 1, "pad": -1}}, ValueError, r"\['pad'\] is -1, expected 0 or more"),
    (
        {"conv_param": {"stride": 9, "pad": 10**9}},
        ValueError,
        r"\['pad'\] is 1000000000, which makes",
    ),
    (
        {"conv_param": {"stride": 9, "pad": 10**30}},
        ValueError,
        r"\['pad'\] is 10+, which makes image",
    ),
    ({"conv_param": {"stride": np.nan, "pad": 0}}, TypeError, r"\['stride'\] is nan \(float\)"),
    ({"conv_param": {"stride": 1, "pad": 1.5}}, TypeError, r"\['pad'\] is 1.5 \(float\)"),
    ({"conv_param": {"stride": True, "pad": 0}}, TypeError, r"\['stride'\] is True \(bool\)"),
]


@pytest.mark.parametrize("forward", FORWARD)
@pytest.mark.parametrize(("change", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments_are_named(forward, change, error, message):
    with pytest.raises(error, match=f"^{forward.__name__}: .*{message}"):
        forward(**copy.deepcopy(GOOD) | change)


@pytest.mark.parametrize("backward", [conv_backward_naive, conv_backward_fast])
@pytest.mark.parametrize(
    ("dout", "cache", "error", "message"),
    [
        (
            np.ones((2, 4, 3, 4)),
            None,
            ValueError,
            r"dout has shape \(2, 4, 3, 4\), expected \(2, 4, 3, 5\)",
        ),
        (np.ones((2, 4, 15)), None, ValueError, r"dout has shape \(2, 4, 15\), expected"),
        (np.ones((2, 4, 3, 5), bool), None, TypeError, "dout has dtype bool"),
        (np.ones((2, 4, 3, 5)), (1, 2), TypeError, "cache is a tuple of 2, expected the forward"),
        (np.ones((2, 4, 3, 5)), {}, TypeError, "cache is a dict, expected the forward"),
    ],
)
def test_bad_gradients_are_named(backward, dout, cache, error, message):
    cache = tuple(GOOD.values()) if cache is None else cache
    with pytest.raises(error, match=f"^{backward.__name__}: {message}"):
        backward(dout, cache)


def test_the_compiled_layers_take_float32_and_float64_only():
    for dtype in (np.float16, np.complex128):
        arguments = GOOD | {"x": GOOD["x"].astype(dtype)}
        with pytest.raises(TypeError, match=f"x has dtype {np.dtype(dtype)}, expected float32 or"):
            conv_forward_fast(**arguments)


def test_a_course_notebook_finds_the_compiled_layers():
    from nndl import fast_layers

    assert fast_layers.conv_forward_fast is conv_forward_fast
    assert fast_layers.conv_backward_fast is conv_backward_fast


@pytest.mark.parametrize("stride", [9, 1000, 10**6, 2**31, 10**30])
def test_a_stride_beyond_the_image_costs_nothing(stride, rng):
    """There is one result, whatever the stride; a frame of stride² parts would not fit anywhere."""
    x, w, b = rng.normal(size=(2, 3, 9, 9)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    param = {"stride": stride, "pad": 0}
    out, cache = conv_forward_fast(x, w, b, param)
    expected, naive_cache = conv_forward_naive(x, w, b, param)
    assert_close(out, expected)
    for fast, naive in zip(
        conv_backward_fast(out, cache), conv_backward_naive(out, naive_cache), strict=True
    ):
        assert_close(fast, naive)


@pytest.mark.parametrize("stride", [33, 100_000])
@pytest.mark.parametrize("sides", [(1, 1), (3, 2), (2, 5)])
@pytest.mark.parametrize("pad", [0, 1, 40])
@pytest.mark.parametrize("turned", [False, True])
def test_a_long_stride_along_one_row_costs_no_frame(stride, sides, pad, turned, rng):
    """Of stride² parts, most of them empty: 100,000 squared would not fit anywhere."""
    x = rng.normal(size=(2, 2, 1 + max(sides), 2 * stride + 7))
    w, b = rng.normal(size=(3, 2, *sides)), rng.normal(size=3)
    if turned:
        x, w = x.swapaxes(2, 3), w.swapaxes(2, 3)
    param = {"stride": stride, "pad": min(pad, stride // 2)}
    out, cache = conv_forward_fast(x, w, b, param)
    assert min(out.shape[2:]) < max(out.shape[2:])
    expected, naive = conv_forward_naive(x, w, b, param)
    assert cache[0] is x
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)
    dout = rng.normal(size=out.shape)
    ours = conv_backward_fast(dout, cache)
    for gradient, right in zip(ours, conv_backward_naive(dout, naive), strict=True):
        np.testing.assert_allclose(gradient, right, rtol=1e-12, atol=1e-12)
    assert conv_backward_fast(dout, cache, need_dx=False)[0] is None
