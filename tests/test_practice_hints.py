"""Hints after a check are about the cause that it found: a question, its equation, its line."""

import linecache
import re
from itertools import chain

import numpy as np
import pytest

from nndl import mistakes, practice
from nndl.practice.asking import asked, questions
from nndl.practice.exercises import exercises
from nndl.practice.hints import LAST
from nndl.practice.steps import STEPS
from tests.support.student_hints import BODIES, SPACES
from tests.test_site_ext import ROOT

ALL = exercises()
# Ids that only remarks have: what is right gets no hints.
REMARKED = {"result-dtype", "global-random", "writes-settings"}
# What is to be written yet has no mistake: the hints are those from before any check.
FIRST = {"unfinished"}


def defined(source, name):
    """The last function of a source, whose lines are known."""
    file = f"<student {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope = {"np": np, "__name__": "student"}
    exec(compile(source, file, "exec"), scope)
    return scope[re.findall(r"(?m)^(?:def|class) (\w+)", source)[-1]]


def hints(name):
    return [practice.hint(name, level).rpartition("\n(")[0] for level in (1, 2, 3)]


def rules():
    """The ids that rules give to causes, as their sources write them."""
    folder = ROOT / "nndl" / "practice"
    text = "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    made = r"(?:Cause|Mistake|pseudo|candidate|say)\(\s*\"([a-z0-9-]+)\""
    others = (
        r"mistake\(\s*exercise,\s*\"([a-z0-9-]+)\"",
        r"yield \"([a-z-]+)\", \(words",
        r"^    \(r?\".*\",\n?\s*\"([a-z0-9-]+)\",",  # the tables of symptoms and exceptions
        r"^    \(\"(result-[a-z-]+)\",",
    )
    found = set(chain(*(re.findall(pattern, text, re.M) for pattern in (made, *others))))
    steps = re.findall(r"change\(\d, \"([a-z-]+)\"|Change\(\"([a-z-]+)\"", text)
    return found | {f"slip-{a or b}" for a, b in steps}


def test_every_cause_that_a_rule_finds_has_a_question():
    found = rules() - REMARKED - FIRST
    assert len(found) > 60
    assert {"ways-missing", "result-size", "slip-sign", "raises", "eps-written"} <= found
    unasked = {id for id in found if not asked(id) and id not in mistakes.load()}
    assert not unasked


def test_a_question_asks_and_is_not_answered():
    for id, (ask, look) in questions().items():
        assert ask != look, id
        assert "?" in ask or ask.startswith(("Print", "Compute", "Try", "Read", "Compare")), id
        assert look.endswith((".", "?")), id
        assert ask.isascii(), id
        assert look.isascii(), id
        assert len(ask.format("dgamma and dbeta") + look.format("dx")) < 330, id


@pytest.mark.parametrize("function", STEPS)
def test_steps_are_those_of_the_books_function(function):
    exercise = next(one for one in ALL.values() if one.function == function)
    source = mistakes.inspect.getsource(exercise.reference())
    lines = [line.split("#")[0].strip() for line in source.split('"""')[-1].splitlines()]
    for name, text in STEPS[function].items():
        assert name in exercise.outputs or re.search(rf"\b{name}\b", source), name
        assert not [line for line in lines if len(line) > 25 and line in text]


@pytest.mark.parametrize(("name", "cause", "words", "source"), BODIES)
def test_hints_are_of_what_was_found_and_each_says_more(name, cause, words, source):
    result = practice.check(name, defined(source, name))
    assert result.cause[0].id == cause, repr(result)
    ask, equation, line = hints(name)
    for text, word in zip((ask, equation, line), words, strict=True):
        assert word in text, text
    assert len({ask, equation, line}) == 3
    exercise = ALL[name]
    assert equation in "\n".join(exercise.equations) or set(equation.split("\n")) & {
        *exercise.equations
    }
    shown = re.search(r"(?m)^In yours,? .*lines? (\d+)", line)
    assert shown, line
    number = int(shown[1])
    text = source.splitlines()[number - 1].strip()
    assert text.rstrip("\\") in line, "the line of that number"
    # The book's own step is in none of them, unless the reader has it as well.
    known = mistakes.load().get(cause)
    if known and known.right not in source:
        assert known.right not in ask + line


def test_hints_of_different_causes_differ():
    """Of one exercise, as far as the causes have other lines or outputs."""
    seen = {}
    for name, cause, _, source in BODIES:
        practice.check(name, defined(source, name))
        seen.setdefault(name, {})[cause] = tuple(hints(name))
    for name, found in seen.items():
        assert len(set(found.values())) == len(found), name


def test_a_cause_in_a_helper_has_hints_of_the_helper():
    source = SPACES["affine_relu_backward"]
    result = practice.check("affine_relu_backward", defined(source, "affine_relu_backward"))
    assert result.cause[0].of == "relu_backward", repr(result)
    text = practice.hint("affine_relu_backward", 2)
    assert ALL["relu_backward"].equations[0] in text
    assert f"book/{ALL['relu_backward'].read}" in text
    assert "In yours" not in practice.hint("affine_relu_backward", 3), "its lines are elsewhere"


def test_an_unknown_cause_says_what_is_right_and_where_it_is_computed():
    tanh = np.tanh  # of a function around it, which is why no line of it is changed

    def affine_backward(dout, cache):
        x, w, b = cache
        dx = dout.dot(w.T).reshape(x.shape) + tanh(b).sum()
        return dx, x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)

    result = practice.affine_backward(affine_backward)
    assert not result.cause
    ask, equation, line = hints("affine_backward")
    assert "dx that the smallest case points at" in ask
    assert "dw and db are right" in ask
    assert equation == ALL["affine_backward"].equations[0], "of dx alone"
    assert "dx = dout.dot(w.T).reshape(x.shape) + tanh(b).sum()" in line


def test_what_is_not_written_or_right_has_the_hints_from_before():
    LAST.pop("relu_backward", None)
    before = hints("relu_backward")
    practice.relu_backward(lambda dout, cache: dout * (cache >= 0))
    assert hints("relu_backward") != before

    def relu_backward(dout, cache):
        raise NotImplementedError

    practice.relu_backward(relu_backward)
    assert hints("relu_backward") == before
    practice.relu_backward(ALL["relu_backward"].reference())
    assert hints("relu_backward") == before
    assert "relu_backward" not in LAST


@pytest.mark.parametrize("name", ["conv_backward", "softmax_loss", "batchnorm_backward"])
def test_the_equations_are_those_of_the_outputs_that_are_wrong(name):
    exercise = ALL[name]
    for output in exercise.outputs:

        def off(*given, output=output):
            found = exercise.reference()(*given)
            return tuple(
                value + np.tanh(1 + np.abs(value)) if other == output else value
                for other, value in zip(exercise.outputs, found, strict=True)
            )

        practice.check(name, off)
        text = practice.hint(name, 2)
        due = "L = " if output == "loss" else output
        assert due in text
        others = [o for o in exercise.outputs if o != output]
        if output in ("db", "dw", "loss", "dgamma"):
            left = [eq for eq in exercise.equations if eq not in text]
            assert left, f"of {others} something is not shown"
