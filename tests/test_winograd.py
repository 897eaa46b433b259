"""Convolution with fewer products: what the shared tests do not say of it."""

import re
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest

from book._tools.tangle import ROOT
from nndl import winograd
from nndl.checks.winograd import MOST_POINTS
from nndl.conv_layers import conv_forward_naive
from nndl.winograd import conv_backward_winograd, conv_forward_winograd, winograd_matrices
from tests.support.oracles import assert_close

PARAM = {"stride": 1, "pad": 1}
ENDS = "", "_plan", "_transforms", "_weights"  # of the kernels' modules


def test_the_matrices_of_lavin_and_gray():
    """Of their F(4, 3), up to what a row of G and a column of B share."""
    A, B, G = winograd_matrices(4, 3, (0, 1, -1, 2, -2))
    assert A.T.tolist() == [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ]
    theirs = [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
    assert B.T.tolist() == theirs
    ours = [["1/4", "0", "0"], ["-1/6", "-1/6", "-1/6"], ["-1/6", "1/6", "-1/6"]]
    ours += [["1/24", "1/12", "1/6"], ["1/24", "-1/12", "1/6"], ["0", "0", "1"]]
    assert [[str(value) for value in row] for row in G] == ours


def test_the_matrices_of_the_kernels():
    pytest.importorskip("numba")
    from nndl.fast.kernels import winograd_transforms

    for r in (3, 5):
        A, B, G = winograd_matrices(2, r)
        np.testing.assert_array_equal(A.T.astype(float), winograd_transforms.AT[r])
        theirs = np.einsum("kj,kp->kjp", winograd_transforms.BT[r], winograd_transforms.G[r])
        ours = np.einsum("kj,kp->kjp", B.T.astype(float), G.astype(float))
        np.testing.assert_allclose(theirs, ours, rtol=1e-15, atol=1e-15)


def test_the_matrices_are_fractions_whatever_the_points_are():
    for points in ((0, 1, 2.5), np.array([0.5, 2.0, 1.0]), np.arange(3), [Fraction(1, 3), 1, 0]):
        for matrix in winograd_matrices(2, 3, points):
            assert all(isinstance(value, Fraction) for value in matrix.flat)


def test_there_are_as_many_points_as_the_check_says(rng):
    assert len(winograd.POINTS) == len(set(winograd.POINTS)) == MOST_POINTS
    x, w = rng.normal(size=(1, 1, 12, 11)), rng.normal(size=(1, 1, 3, 3))
    out, _ = conv_forward_winograd(x, w, np.zeros(1), PARAM, m=MOST_POINTS - 1)
    right, _ = conv_forward_naive(x, w, np.zeros(1), PARAM)
    assert np.abs(out - right).max() < 1e-8


@pytest.mark.parametrize("shapes", [((0, 2, 5, 5), (3, 2, 3, 3)), ((2, 0, 5, 5), (3, 0, 3, 3))])
def test_empty_arrays(shapes):
    x, w = (np.ones(shape, np.float32) for shape in shapes)
    out, cache = conv_forward_winograd(x, w, np.ones(3, np.float32), PARAM)
    np.testing.assert_array_equal(out, np.ones((len(x), 3, 5, 5)))
    grads = conv_backward_winograd(np.ones_like(out), cache)
    assert [grad.shape for grad in grads] == [x.shape, w.shape, (3,)]
    assert {grad.dtype for grad in (out, *grads)} == {np.dtype(np.float32)}


def test_tiles_of_one_output_are_no_other_than_large_ones(rng):
    x, w, b = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(2, 3, 2, 2)), rng.normal(size=2)
    out, cache = conv_forward_winograd(x, w, b, PARAM, m=1)
    dout = rng.normal(size=out.shape)
    for m in (2, 5, 8):
        other, other_cache = conv_forward_winograd(x, w, b, PARAM, m=m)
        assert np.abs(out - other).max() < 1e-9
        pairs = zip(
            conv_backward_winograd(dout, cache),
            conv_backward_winograd(dout, other_cache),
            strict=True,
        )
        assert all(np.abs(one - two).max() < 1e-9 for one, two in pairs)


def test_a_complex_step_goes_through(rng):
    x, w, b = rng.normal(size=(1, 2, 5, 6)), rng.normal(size=(2, 2, 3, 3)), rng.normal(size=2)
    step = rng.normal(size=x.shape)
    out, _ = conv_forward_winograd(x + 1j * step, w, b, PARAM)
    assert_close(out.imag.copy(), conv_forward_naive(step, w, np.zeros(2), PARAM)[0])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"conv_param": {"stride": 2, "pad": 1}}, ValueError, r"\['stride'\] is 2, expected 1"),
        ({"w": np.ones((4, 3, 3, 2))}, ValueError, "w has filters of 3 by 2, expected square ones"),
        ({"m": 0}, ValueError, "m is 0, expected 1 or more"),
        ({"m": 2.0}, TypeError, r"m is 2.0 \(float\), expected an integer"),
        ({"m": 11}, ValueError, "m is 11, expected at most 10 for such filters"),
        ({"x": np.ones((2, 4, 5, 6))}, ValueError, "x has 4 channels, w expects 3"),
    ],
)
def test_bad_arguments_are_named(change, error, message):
    good = {"x": np.ones((2, 3, 5, 6)), "w": np.ones((4, 3, 3, 3)), "b": np.ones(4)}
    good |= {"conv_param": PARAM, "m": 2}
    with pytest.raises(error, match=f"^conv_forward_winograd: .*{message}"):
        conv_forward_winograd(**good | change)
    cache = tuple((good | change).values())
    with pytest.raises(error, match=f"^conv_backward_winograd: .*{message}"):
        conv_backward_winograd(np.ones((2, 4, 5, 6)), cache)


@pytest.mark.parametrize(
    ("points", "error", "message"),
    [
        ((0, 1), ValueError, "points has 2 entries, expected 3 or more"),
        ((0, 1, 0.0), ValueError, "points has 0.0 twice, expected different points"),
        ((0, 1, np.inf), ValueError, r"points\[2\] is inf, expected between -inf and inf|finite"),
        ((0, 1, "2"), TypeError, r"points\[2\] is '2' \(str\), expected a number"),
        ({0, 1, 2}, TypeError, "points is .*, expected a list of numbers"),
    ],
)
def test_bad_points_are_named(points, error, message):
    with pytest.raises(error, match=f"^winograd_matrices: .*({message})"):
        winograd_matrices(2, 3, points)


def test_the_functions_that_the_chapter_names_are_there():
    pytest.importorskip("numba")
    text = (ROOT / "book" / "speed" / "winograd.md").read_text(encoding="utf-8")
    table = text[text.index("| equation | where |") : text.index("### When it pays")]
    named = dict.fromkeys(
        re.findall(r"`(?:winograd\w*\.)?(_\w+|transform_input|note_large)`", table)
    )
    assert len(named) > 8
    modules = [import_module(f"nndl.fast.kernels.winograd{end}") for end in ENDS]
    for name in named:
        assert any(hasattr(module, name) for module in modules), name
