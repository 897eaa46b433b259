"""A convention other than the book's, beside a mistake or beside another convention."""

import numpy as np
import pytest

from nndl import practice
from tests.support.unseen import bodies


@pytest.mark.parametrize("body", [*bodies("conventions")], ids=lambda body: body.words)
def test_the_mistake_comes_before_the_convention(body):
    result = practice.check(body.exercise, body.function)
    if body.right:
        assert result.ok
    else:
        assert not result.ok
        assert result.cause[0].id in body.causes, repr(result)


def each_tie(x, pool_param):
    """Windows, and where their maxima are."""
    high, wide, s = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    rows, columns = 1 + (x.shape[2] - high) // s, 1 + (x.shape[3] - wide) // s
    for i, j in np.ndindex(rows, columns):
        at = np.s_[:, :, i * s : i * s + high, j * s : j * s + wide]
        yield i, j, at, x[at] == x[at].max(axis=(2, 3), keepdims=True)


def test_a_convention_is_named_after_the_mistake_and_is_no_excuse():
    def back(dout, cache):
        x, pool_param = cache
        dx = np.zeros_like(x)
        high, wide = x.shape[2] // pool_param["pool_height"], x.shape[3] // pool_param["pool_width"]
        for i, j, at, won in each_tie(*cache):
            if i < high and j < wide:  # as if the windows lay side by side
                dx[at] += won * dout[:, :, i, j, None, None]
        return dx

    result = practice.max_pool_backward(back)
    assert [cause.id for cause in result.cause] == [
        "pool-backward-windows-side-by-side",
        "pool-backward-each-tie",
    ]
    assert result.verdict == "wrong"


def test_what_is_known_of_cases_without_the_convention_is_said_of_them_alone():
    result = practice.relu_backward(lambda dout, cache: -dout * (cache >= 0))
    assert [cause.id for cause in result.cause] == ["result-negated"]
    assert result.cause[0].sure == "likely"
    assert "that no convention touches" in repr(result)


def scaled(x, dropout_param, train, test):
    p = dropout_param["p"]
    if dropout_param["mode"] == "test":
        return x * test(p), (dropout_param, None)
    mask = train(np.random.default_rng(dropout_param["seed"]).random(x.shape), p)
    return x * mask, (dropout_param, mask)


def test_two_conventions_that_fit_each_other_are_a_convention():
    def forward(x, dropout_param):
        return scaled(x, dropout_param, lambda drawn, p: drawn > p, lambda p: 1 - p)

    result = practice.dropout_forward(forward)
    assert result.verdict == "convention"
    assert result.convention == ["dropout-p-is-drop-scaled-in-the-test"]


def test_two_conventions_that_do_not_fit_each_other_are_a_mistake():
    def forward(x, dropout_param):
        return scaled(x, dropout_param, lambda drawn, p: drawn > p, lambda p: p)

    result = practice.dropout_forward(forward)
    assert result.verdict == "wrong"


def test_factors_that_spread_otherwise_are_no_random_numbers():
    def forward(x, dropout_param):
        rows = 1 + np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1)) / 10
        return scaled(x, dropout_param, lambda drawn, p: (drawn < p) * rows, lambda p: 1)

    result = practice.dropout_forward(forward)
    assert "dropout-mask-of-numbers" not in [cause.id for cause in result.cause]
