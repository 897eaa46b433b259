"""What a diagnosis says is true of the function: counts, the case that is shown, and remarks."""

import pytest

from nndl import practice
from tests.support.unseen import bodies

BODIES = {body.words: body for body in bodies("windows")}


def result_of(words):
    body = next(BODIES[known] for known in BODIES if known.startswith(words))
    return practice.check(body.exercise, body.function)


def test_the_case_that_is_shown_is_one_that_the_first_cause_explains():
    result = result_of("square windows, and a pad of 0")
    shown = next(k for k, row in enumerate(result.rows) if row is result.smallest)
    first, second = result.cause
    assert shown in first.cases
    assert shown not in second.cases
    assert "broadcast" in result.smallest.seen.raised.message


def test_two_mistakes_that_explain_everything_at_once_are_both_sure():
    for words in ("square windows, and a pad of 0", "two axes, and p is", "p is dropped, and"):
        result = result_of(words)
        assert [cause.sure for cause in result.cause] == ["sure", "sure"]
        assert result.verdict == "wrong"


def test_each_of_two_mistakes_is_counted_on_its_own_cases():
    result = result_of("scores shifted in place")
    shift, log = result.cause
    assert "change of the arguments on all" in shift.why
    wrong = [row for row in result.rows if any(c.output == "loss" and not c.ok for c in row.cells)]
    assert [result.rows[k] for k in log.cases] == wrong
    assert f"it gives your loss on {len(wrong)} of the" in log.why
    assert "\n  It changed its argument x.\n" in repr(result)


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("the place of the maximum is divided", "The place in the window is divided with /"),
        ("the row in the window is divided", "The place in the window is divided with /"),
        ("the output's index is divided", "An index is divided with /"),
    ],
)
def test_what_is_divided_is_no_size(words, title):
    assert result_of(words).cause[0].title == title


def test_a_share_that_is_dropped_is_no_share_that_is_kept():
    unscaled = result_of("p is the share to drop, and nothing is scaled").cause[0]
    assert "gets 1 - p times what it gets in the test" in unscaled.cause
    kept = result_of("a coin of a half, not scaled").cause[0]
    assert kept.id == unscaled.id
    assert "gets p times" in kept.cause


@pytest.mark.parametrize(
    ("words", "said"),
    [("ones make it", "np.ones(cache.shape) is float64 "), ("whole numbers make it", "of whole ")],
)
def test_the_remark_on_float64_is_of_the_function(words, said):
    (remark,) = result_of(words).remarks
    assert remark.title == "dx: float64 for float32"
    assert said in remark.cause
    assert "zeros" not in remark.cause
