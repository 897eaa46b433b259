"""im2col, col2im and the layer made of them: what the shared tests do not say."""

import copy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.im2col import (
    col2im_indices,
    conv_backward_im2col,
    conv_forward_im2col,
    get_im2col_indices,
    im2col_indices,
)
from tests.layers import LAYERS, check_fast
from tests.layers.matrix_multiply import columns_by_hand
from tests.support.oracles import assert_close
from tests.support.strategies import LAYOUTS, arrays_of
from tests.test_conv import BAD_ARGUMENTS, GOOD

IM2COL = LAYERS["conv_im2col"]


@st.composite
def windowed(draw, layouts=("C",)):
    """Images and a window that fits: (x, HH, WW, pad, stride)."""
    HH, WW, pad = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 3))
    N, C, stride = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    H = draw(st.integers(max(1, HH - 2 * pad), HH + 5))
    W = draw(st.integers(max(1, WW - 2 * pad), WW + 5))
    x = draw(arrays_of({"x": (N, C, H, W)}, layouts=layouts))["x"]
    return x, HH, WW, pad, stride


@given(windowed(LAYOUTS))
def test_columns_are_those_of_the_index_formula(arguments):
    x = arguments[0].copy()
    cols = im2col_indices(*arguments)
    np.testing.assert_array_equal(cols, columns_by_hand(*arguments), strict=True)
    np.testing.assert_array_equal(arguments[0], x)
    assert not np.shares_memory(cols, arguments[0])
    assert cols.flags.c_contiguous  # no view, in which windows would share their entries
    assert cols.flags.writeable


@given(windowed())
def test_indices_point_at_the_pixels_of_the_columns(arguments):
    x, HH, WW, pad, stride = arguments
    k, i, j = get_im2col_indices(x.shape, HH, WW, pad, stride)
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    assert k.shape == (x.shape[1] * HH * WW, 1)
    for n, image in enumerate(x_pad):
        np.testing.assert_array_equal(image[k, i, j], im2col_indices(x[n : n + 1], *arguments[1:]))


@given(windowed(), st.integers(0, 2**32 - 1))
def test_col2im_is_the_adjoint_of_im2col(arguments, seed):
    x, window = arguments[0], arguments[1:]
    cols = im2col_indices(*arguments)
    Y = np.random.default_rng(seed).normal(size=cols.shape)
    kept = Y.copy()
    dx = col2im_indices(Y, x.shape, *window)
    size = np.sqrt(np.sum(cols**2) * np.sum(Y**2))  # the sums may cancel
    assert abs(np.sum(cols * Y) - np.sum(x * dx)) <= 1e-13 * max(1, size)
    np.testing.assert_array_equal(Y, kept)


@given(windowed())
def test_there_and_back_counts_the_windows_of_each_pixel(arguments):
    x, window = arguments[0], arguments[1:]
    counts = col2im_indices(im2col_indices(np.ones_like(x), *window), x.shape, *window)
    back = col2im_indices(im2col_indices(*arguments), x.shape, *window)
    assert_close(back, counts * x)


@given(windowed())
def test_columns_equal_pytorchs_unfold_up_to_their_order(torch, arguments):
    x, HH, WW, pad, stride = arguments
    if len(x) == 0:
        return  # PyTorch refuses an empty batch
    options = {"kernel_size": (HH, WW), "padding": pad, "stride": stride}
    unfolded = torch.nn.functional.unfold(torch.tensor(x), **options)  # (N, R, H'W')
    cols = im2col_indices(*arguments)
    ours = cols.reshape(len(cols), -1, len(x)).transpose(2, 0, 1)
    np.testing.assert_array_equal(ours, unfolded.numpy())
    folded = torch.nn.functional.fold(unfolded, x.shape[2:], **options)
    assert_close(col2im_indices(cols, x.shape, *arguments[1:]), folded.numpy())


@given(data=st.data())
def test_the_layer_equals_the_naive_one_for_every_dtype_and_layout(data):
    as_twin = replace(LAYERS["conv"], fast=IM2COL.naive)
    check_fast(as_twin, data.draw(as_twin.arguments((np.float32, np.float64), LAYOUTS)))


def test_defaults_are_those_of_the_course():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4))
    cols = im2col_indices(x, 3, 3)
    np.testing.assert_array_equal(cols, im2col_indices(x, 3, 3, padding=1, stride=1))
    back = col2im_indices(cols, x.shape)
    np.testing.assert_array_equal(
        back, col2im_indices(cols, x.shape, field_height=3, field_width=3, padding=1, stride=1)
    )
    for one, other in zip(
        get_im2col_indices(x.shape, 3, 3), get_im2col_indices(x.shape, 3, 3, 1, 1), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128, np.longdouble])
def test_other_dtypes_pass_through(dtype, rng):
    x, w, b = (rng.normal(size=s).astype(dtype) for s in ((2, 2, 5, 5), (3, 2, 2, 3), (3,)))
    param = {"stride": 2, "pad": 1}
    out, cache = conv_forward_im2col(x, w, b, param)
    naive, _ = conv_forward_naive(x, w, b, param)
    dout = rng.normal(size=out.shape).astype(dtype)
    bound = 100 * float(np.finfo(dtype).eps)
    pairs = zip(conv_backward_im2col(dout, cache), conv_backward_naive(dout, cache), strict=True)
    for one, other in [(out, naive), *pairs]:
        assert one.dtype == other.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=bound, atol=bound)


def test_mixed_dtypes_give_the_common_one(rng):
    x, w, b = rng.normal(size=(2, 2, 5, 5)), rng.normal(size=(3, 2, 3, 3)), np.zeros(3)
    param = {"stride": 1, "pad": 0}
    out, cache = conv_forward_im2col(x.astype(np.float32), w, b, param)
    assert out.dtype == np.float64
    assert {g.dtype for g in conv_backward_im2col(out.astype(np.float32), cache)} == {out.dtype}


def test_results_are_contiguous_and_the_cache_is_that_of_the_naive_layer(rng):
    x, w, b = rng.normal(size=(2, 2, 5, 5)), rng.normal(size=(3, 2, 3, 3)), np.zeros(3)
    param = {"stride": 1, "pad": 1}
    out, cache = conv_forward_im2col(x, w, b, param)
    assert cache[0] is x
    assert cache[1] is w
    assert cache[3] is param
    assert len(cache) == 4
    dx, dw, db = conv_backward_im2col(out, cache)
    assert all(array.flags.c_contiguous for array in (out, dx, dw, db))
    naive = conv_backward_naive(out, cache)
    for one, other in zip((dx, dw, db), naive, strict=True):
        assert_close(one, other)


@pytest.mark.parametrize("shapes", [((0, 2, 5, 5), (3, 2, 3, 3)), ((2, 2, 5, 5), (0, 2, 3, 3))])
def test_no_images_and_no_filters(shapes):
    x, w = (np.ones(shape) for shape in shapes)
    out, cache = conv_forward_im2col(x, w, np.zeros(len(w)), {"stride": 1, "pad": 0})
    assert out.shape == (len(x), len(w), 3, 3)
    for grad, like in zip(conv_backward_im2col(out, cache), cache[:3], strict=True):
        assert grad.shape == like.shape
        assert not grad.any()


def test_a_nan_stays_in_the_windows_that_see_it():
    x = np.zeros((2, 1, 5, 5))
    x[0, 0, 0, 0] = np.nan
    out, _ = conv_forward_im2col(x, np.ones((1, 1, 3, 3)), np.zeros(1), {"stride": 1, "pad": 0})
    assert np.isnan(out[0, 0, 0, 0])
    assert np.isnan(out).sum() == 1


def test_the_published_size_of_the_columns():
    x = np.zeros((100, 3, 32, 32), np.float32)
    cols = im2col_indices(x, 7, 7, padding=3, stride=1)
    assert f"{cols.nbytes / 1e6:.1f} {x.nbytes / 1e6:.1f}" == "60.2 1.2"


@pytest.mark.parametrize(("change", "error", "message"), BAD_ARGUMENTS)
def test_bad_arguments_of_the_layer_are_named(change, error, message):
    with pytest.raises(error, match=f"^conv_forward_im2col: .*{message}"):
        conv_forward_im2col(**copy.deepcopy(GOOD) | change)


def test_bad_gradients_are_named():
    cache = tuple(GOOD.values())
    with pytest.raises(ValueError, match=r"^conv_backward_im2col: dout has shape \(2, 4, 3, 4\)"):
        conv_backward_im2col(np.ones((2, 4, 3, 4)), cache)
    with pytest.raises(TypeError, match=r"^conv_backward_im2col: cache is a tuple of 2"):
        conv_backward_im2col(np.ones((2, 4, 3, 5)), cache[:2])


WINDOW = {"field_height": 2, "field_width": 3, "padding": 0, "stride": 1}
BAD_WINDOWS = [
    ({"field_height": 6}, ValueError, r"field_height is 6, .* height of x, 5 \+ 2\*0 = 5"),
    ({"field_width": 7}, ValueError, r"field_width is 7, .* width of x, 6 \+ 2\*0 = 6"),
    ({"field_height": 0}, ValueError, "field_height is 0, expected 1 or more"),
    ({"field_width": 2.5}, TypeError, r"field_width is 2.5 \(float\), expected an integer"),
    ({"padding": -1}, ValueError, "padding is -1, expected 0 or more"),
    ({"padding": 1.5}, TypeError, r"padding is 1.5 \(float\), expected an integer"),
    ({"stride": 0}, ValueError, "stride is 0, expected 1 or more"),
    ({"stride": True}, TypeError, r"stride is True \(bool\), expected an integer"),
]
X, SHAPE = np.ones((2, 3, 5, 6)), (2, 3, 5, 6)
COLS = np.ones((18, 32))


@pytest.mark.parametrize(("change", "error", "message"), BAD_WINDOWS)
@pytest.mark.parametrize(
    ("function", "first"),
    [
        (im2col_indices, {"x": X}),
        (get_im2col_indices, {"x_shape": SHAPE}),
        (col2im_indices, {"cols": COLS, "x_shape": SHAPE}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_bad_windows_are_named(function, first, change, error, message):
    function(**first, **WINDOW)
    with pytest.raises(error, match=f"^{function.__name__}: {message}"):
        function(**first, **WINDOW | change)


@pytest.mark.parametrize(
    ("function", "first", "error", "message"),
    [
        (im2col_indices, {"x": X[0]}, ValueError, "x has 3 dimensions .*, expected 4"),
        (im2col_indices, {"x": X.astype(bool)}, TypeError, "x has dtype bool, expected float32"),
        (im2col_indices, {"x": X.tolist()}, TypeError, "x is a list, expected a NumPy array"),
        (get_im2col_indices, {"x_shape": (3, 5, 6)}, TypeError, r"x_shape is \(3, 5, 6\), expect"),
        (get_im2col_indices, {"x_shape": 5}, TypeError, "x_shape is 5, expected a tuple"),
        (
            get_im2col_indices,
            {"x_shape": (2, 3, 5.0, 6)},
            TypeError,
            r"an entry of x_shape is 5.0 \(float\)",
        ),
        (
            col2im_indices,
            {"cols": COLS[:, 1:], "x_shape": SHAPE},
            ValueError,
            r"cols has shape \(18, 31\), expected \(18, 32\) for x_shape \(2, 3, 5, 6\)",
        ),
        (
            col2im_indices,
            {"cols": COLS[None], "x_shape": SHAPE},
            ValueError,
            "cols has 3 dimensions .*, expected 2",
        ),
        (
            col2im_indices,
            {"cols": COLS.astype(bool), "x_shape": SHAPE},
            TypeError,
            "cols has dtype bool",
        ),
    ],
)
def test_bad_arrays_are_named(function, first, error, message):
    with pytest.raises(error, match=f"^{function.__name__}: {message}"):
        function(**first, **WINDOW)


def test_a_course_notebook_finds_the_layers():
    from nndl import fast_layers

    assert fast_layers.conv_forward_im2col is conv_forward_im2col
    assert fast_layers.conv_backward_im2col is conv_backward_im2col


def test_it_needs_numpy_alone():
    code = "import sys, nndl.im2col; print({'numba', 'matplotlib', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
