"""Checks of functions that do not behave, and what is said where the catalogue has no answer."""

import ast
import functools
import sys

import numpy as np
import pytest

import nndl
from nndl import practice
from nndl.practice import slipping
from nndl.practice.candidates import source_of
from nndl.practice.exercises import exercises
from nndl.practice.slips import changes

ALL = exercises()


class Layer:
    """Functions in a class."""

    def method(self, x):
        return np.maximum(0, x), x

    def __call__(self, x):
        return np.maximum(0, x), x


def strange():
    """A value that is no array."""

    class Strange:
        def __array__(self, *_, **__):
            raise RuntimeError("no array")

    return Strange()


class Mute(Exception):
    """An exception that cannot say what it is."""

    def __str__(self):
        raise RuntimeError


def mute(x):
    raise Mute


def closing(x):
    sys.stdout.close()
    return np.maximum(0, x), x


def restoring(x):
    sys.stdout = sys.__stdout__
    return np.maximum(0, x), x


def loud(x):
    print("a" * 10**7)
    return np.maximum(0, x), x


def written_elsewhere(x):
    return rectified(x), x  # noqa: F821  (which is what is tested)


@pytest.mark.parametrize(
    "function",
    [Layer().method, Layer(), functools.partial(lambda y, x: (np.maximum(y, x), x), 0), closing,
     restoring, loud, lambda x: [np.maximum(0, x), x], lambda x: (np.maximum(0, x).tolist(), None)],
)  # fmt: skip
def test_what_is_right_in_an_unusual_way_is_right(function):
    assert practice.relu_forward(function).ok
    assert sys.stdout.writable()


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (mute, "raises"),
        (written_elsewhere, "unknown-name"),
        (lambda: None, "arguments-differ"),
        (lambda x, y: None, "arguments-differ"),
        (lambda x: np.maximum(0, x), "values-missing"),
        (lambda x: (1, 2, 3), "values-other-number"),
        (lambda x: ("done", x), "no-numbers"),
        (lambda x: (strange(), x), "no-numbers"),
        (lambda x: (np.maximum(0, x) + 1j, x), "no-numbers"),
        (lambda x: (np.maximum(0, x).astype(int), x), "result-rounded"),
        (lambda x: (np.maximum(0, x)[::-1, ..., ::-1], x), "result-elsewhere"),
        (lambda x: (x * np.nan, x), "result-nan"),
        (lambda x: (np.zeros(3 * 10**8, np.int8), x), "shape-differs"),
        (lambda x: (-np.maximum(0, x), x), "result-negated"),
        (lambda x: (2 * np.maximum(0, x), x), "result-doubled"),
        (lambda x: (np.maximum(0, x)[None], x), "result-reshaped"),
        (lambda x: (x[10**6], x), "index-beyond"),
        (lambda x: ({}["x"], x), "key-missing"),
        (lambda x: (x @ np.ones((77, 2)), x), "shapes-do-not-fit"),
        (lambda x: (1 / 0, x), "division-by-zero"),
        (lambda x: (x.relu(), x), "attribute-missing"),
    ],
)
def test_of_what_is_not_in_the_catalogue_the_outcome_is_named(function, cause):
    result = practice.relu_forward(function)
    assert not result.ok
    assert result.cause[0].id == cause
    assert result.cause[0].title in repr(result)
    assert cause in result.to_json()


def test_outputs_in_each_others_place_and_factors_are_told_apart():
    def affine_backward(dout, cache):
        x, w, _ = cache
        rows = x.reshape(len(x), -1)
        return (dout @ w.T).reshape(x.shape), dout.sum(axis=0), rows.T @ dout / len(x)

    def alone(dout, cache):
        dx, db, dw = affine_backward(dout, cache)
        return dx, len(dx) * dw, db

    assert practice.affine_backward(alone).ok
    causes = practice.affine_backward(lambda d, c: (alone(d, c)[0], *alone(d, c)[:0:-1])).cause
    assert [c.id for c in causes] == ["results-exchanged"]
    assert causes[0].title == "dw and db change places"


def test_nothing_may_be_returned_where_others_refuse():
    def max_pool_forward(x, pool_param):
        if (x.shape[2] - pool_param["pool_height"]) % pool_param["stride"]:
            print("these windows do not fit")
            return None
        return ALL["max_pool_forward"].reference()(x, pool_param)

    (cause,) = practice.max_pool_forward(max_pool_forward).cause
    assert cause.id == "pool-forward-refuses-remainder"


def test_a_float_for_a_size_is_named_where_no_entry_knows_it():
    def im2col_indices(x, height, width, padding, stride):
        return np.zeros((height * width, (x.shape[2] - height) / stride))

    assert practice.im2col_indices(im2col_indices).cause[0].id == "true-division"


def test_an_argument_that_is_changed_is_named():
    def svm_loss(x, y):
        x += 1
        return ALL["svm_loss"].reference()(x, y)

    (cause,) = practice.svm_loss(svm_loss).cause
    assert (cause.id, cause.title) == ("changes-argument", "It writes into its argument x")


def test_a_step_that_is_off_is_named_where_the_catalogue_does_not_know_it():
    def adam(w, dw, config):
        beta1, beta2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
        rate, epsilon = config.setdefault("learning_rate", 1e-3), config.setdefault("epsilon", 1e-8)
        config["t"] = t = config.get("t", 0) + 1
        config["m"] = beta1 * config.get("m", 0) + (1 - beta1) * dw
        config["s"] = beta2 * config.get("s", 0) + (1 - beta2) * dw**2
        m, s = config["m"] / (1 - beta1**t), config["s"] / (1 - beta1**t)
        return w - rate * m / (np.sqrt(s) + epsilon), config

    (cause,) = practice.adam(adam).cause
    assert (cause.id, cause.sure) == ("slip-name", "sure")
    assert cause.title == "beta1 stands in place of beta2 where a_hat is computed"


@pytest.mark.parametrize("name", ["conv_backward", "batchnorm_backward", "softmax_loss", "adam"])
def test_a_slip_is_one_change_and_leaves_the_tree_as_it_was(name):
    tree = ast.parse(source_of(ALL[name].function))
    before = ast.unparse(tree)
    found = list(changes(tree))
    assert 100 < len(found) < 1000
    texts = set()
    for change in found:
        with change.made():
            texts.add(ast.unparse(ast.fix_missing_locations(tree)))
        assert "{}" in change.words
        assert change.target
    assert before not in texts
    assert len(texts) > 0.8 * len(found)
    assert ast.unparse(tree) == before


def test_slips_are_looked_for_in_helpers_too():
    exercise = ALL["spatial_batchnorm_forward"]
    names = [name for name, _, _ in slipping.bases(exercise, frequent=False)]
    assert names == [exercise.function, "layers.batchnorm_forward"]
    frequent = list(slipping.bases(ALL["max_pool_backward"], frequent=True))
    assert {m.id for _, _, (m,) in frequent} == {
        "pool-backward-each-tie",
        "pool-backward-overwrites",
    }


# What has no exercise, and why.
WITHOUT = {
    "check": "it compares, and prints", "check_at_least": "it compares, and prints",
    "ConvNet": "its layers are methods of ten classes", "Solver": "a training loop, not a function",
}  # fmt: skip
KINDS = ("_forward", "_backward", "_loss", "_naive", "_im2col", "_winograd", "_array", "_gradient",
         "_sparse", "_error", "_indices", "_alt", "Net")  # fmt: skip
RULES = ("sgd", "adam", "rmsprop")


def test_every_layer_loss_rule_network_and_gradient_checker_has_an_exercise():
    names = [n for n in nndl.__all__ if n.endswith(KINDS) or n.startswith(RULES) or n in WITHOUT]
    names = [n for n in names if not n.endswith("_fast") and callable(getattr(nndl, n))]
    assert len(names) > 50
    known = {exercise.function.rpartition(".")[2] for exercise in ALL.values()}
    missing = set(names) - known - set(WITHOUT)
    assert not missing, f"write an exercise in nndl/practice/layers: {missing}"
    assert not known & set(WITHOUT), "it has one: take it from the list"
