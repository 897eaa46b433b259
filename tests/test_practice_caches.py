"""What is said of a cache between two passes, and of shapes that do not fit."""

import linecache

import numpy as np
import pytest

from nndl import practice
from nndl.layers import affine_forward
from nndl.practice.cache_order import fits_in, kind_of
from nndl.practice.remedies import advice

EXCHANGED = """\
def affine_forward(x, w, b):
    return x.reshape(len(x), -1).dot(w) + b, (w, x, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    return dx, x.reshape(len(x), -1).T.dot(dout), dout.sum({})
"""


def written(source, name):
    """The function of a source whose lines are known."""
    file = f"<caches {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope = {"np": np, "__name__": "student"}
    exec(compile(source, file, "exec"), scope)
    return scope[name]


def advised_on(source, *arguments):
    """What is said of the exception in which a function called ``f`` ends."""
    function = written(source, "f")
    with pytest.raises((ValueError, IndexError)) as caught:
        function(*arguments)
    return advice(caught.value, function.__code__.co_filename)


def test_a_cache_in_another_order_is_named_with_both_orders():
    cause = practice.affine_backward(written(EXCHANGED.format(0), "affine_backward")).cause[0]
    assert (cause.id, cause.sure) == ("cache-order", "sure")
    assert "puts in w, x, b, this pass takes out x, w, b; in the other order all" in cause.why


def test_it_is_said_of_the_forward_pass_that_was_run():
    backward = written(EXCHANGED.format(1), "affine_backward")
    own = practice.affine_backward(backward)
    assert own.cause[0].id == "cache-order"
    given = practice.affine_backward(backward, forward=affine_forward)
    assert given.cause
    assert "cache-order" not in {cause.id for cause in given.cause}


def test_a_cache_of_other_places_or_of_one_name_twice_is_none():
    assert fits_in({0: "x", 1: "w"}, {0: "w", 1: "x"})
    assert not fits_in({0: "x", 1: "w"}, {0: "w", 1: "x", 2: "b"})
    assert not fits_in({0: "x", 1: "w"}, {0: "x", 1: "x"})
    assert not fits_in({"x": "x"}, {0: "x"})


def test_names_of_means_and_of_variances_are_told_apart():
    names = ("sample_mean", "mu", "batch_var", "x", "variance", "meander")
    assert [kind_of(name) for name in names] == ["mean", "mean", "var", "", "var", ""]


def test_a_method_over_several_lines_is_found():
    source = "def f(w):\n    return (w\n        [:2, :]).reshape(\n        3, 3)\n"
    found = advised_on(source, np.ones((2, 4)))
    assert found.title == "Sizes are written as numbers, in the shape (3, 3)"
    assert "the array has 8 here" in found.words


def test_a_size_named_twice_shows_at_an_index_beyond():
    source = (
        "def f(H_out, W_out):\n    out = np.zeros((H_out, H_out))\n"
        "    for j in range(W_out):\n        out[0, j] = j\n"
    )
    found = advised_on(source, 2, 3)
    assert found.title == "The shape of out names H_out twice"
    assert "H_out is 2 here, where W_out is 3" in found.words


def test_of_a_shape_that_no_other_size_mends_nothing_is_said():
    source = "def f(h, w, x):\n    return x.reshape(h, h)\n"
    assert advised_on(source, 2, 3, np.ones(6)).title == "The shape (h, h) names h twice"
    assert advised_on(source, 2, 3, np.ones(7)).title == ""


def test_a_product_of_matrices_that_do_not_fit_is_no_image():
    source = "def f(x, w):\n    return np.dot(x, w)\n"
    assert "is not made a matrix" in advised_on(source, np.ones((2, 3, 2)), np.ones((6, 4))).title
    assert advised_on(source, np.ones((2, 3, 2)), np.ones((5, 4))).title == ""
    assert advised_on(source, np.ones((2, 3)), np.ones((2, 4))).title == ""


FLAT = """\
def affine_forward(x, w, b):
    x = x.reshape(len(x), -1)
    return x @ w + b, (x, w, b)


def affine_backward(dout, cache):
    rows, w, b = cache
    dx = (dout @ w.T).reshape(rows.shape)
    return dx, rows.T @ dout, dout.sum(axis=0).reshape(b.shape)
"""


def test_the_flat_array_of_a_cache_is_named_and_no_other():
    """The body gives db its shape by b, which is as it came in."""
    [cause] = practice.affine_backward(written(FLAT, "affine_backward")).cause[:1]
    assert cause.id == "cached-flat"
    assert "flattened rows" in cause.title
