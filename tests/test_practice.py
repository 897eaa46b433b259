"""The checks that say what is wrong: they accept what is right, and name the cause of the rest."""

import json
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from docutils import nodes

import nndl
from book._tools.tangle import ROOT
from nndl import mistakes, practice
from nndl.im2col import conv_backward_im2col, conv_forward_im2col
from nndl.practice import limits, origins
from nndl.practice.candidates import attempts, entries, together
from nndl.practice.checking import concluded
from nndl.practice.comparing import compared, expectations
from nndl.practice.exercises import exercises
from nndl.practice.results import Row
from nndl.practice.watching import Watcher
from tests.layers import LAYERS
from tests.support.right_bodies import RIGHT
from tests.support.student_bodies import WRITTEN, bodies

ALL = exercises()
STUDENTS = list(bodies(WRITTEN + RIGHT))


@pytest.fixture
def hasty(monkeypatch):
    """Give up on a function sooner."""
    monkeypatch.setattr(Watcher.__init__, "__defaults__", (False, 0.2))


# What is right.


@pytest.mark.parametrize("name", ALL)
def test_the_function_of_the_book_is_right(name):
    exercise = ALL[name]
    for alias in exercise.aliases:
        result = practice.check(alias, exercise.reference())
        assert result.ok
        assert result.verdict == "right"
        assert not result.cause + result.remarks
        assert json.loads(result.to_json())["ok"]


# Layers that are other ways of computing one that has an exercise, or no layers of the courses.
ELSEWHERE = {"conv_forward_im2col", "conv_backward_im2col", "conv_forward_winograd",
             "conv_backward_winograd"}  # fmt: skip


def test_every_layer_has_an_exercise():
    known = {exercise.function.rpartition(".")[2] for exercise in ALL.values()}
    for layer in LAYERS.values():
        _, *functions = layer.naive  # of a loss, the tests make a pair
        own = {name for name in functions if hasattr(nndl, name)}
        missing = own - known - ELSEWHERE
        assert not missing, f"write an exercise in nndl/practice/layers: {missing}"


def test_a_case_can_be_had_by_its_name():
    given = practice.case("conv_backward", "stride 2")
    assert [*given] == ["x", "w", "b", "conv_param", "dout"]
    dout = given.pop("dout")
    function, forward = ALL["conv_backward"].reference(), ALL["conv_forward"].reference()
    dx, *_ = function(dout, forward(**given)[1])
    dx[...] = 0  # what is given is a copy
    assert practice.conv_backward_naive(function).ok
    with pytest.raises(ValueError, match="no case 'other'; there are 'by hand, one window', "):
        practice.case("conv_backward", "other")


def test_a_pair_with_a_cache_of_its_own_is_right():
    result = practice.conv_backward(conv_backward_im2col, forward=conv_forward_im2col)
    assert result.ok
    assert result.own_forward


def test_each_case_is_another_one():
    """Cases differ in what sets them apart, and none is large."""
    for exercise in ALL.values():
        names = [case.name for case in exercise.cases()]
        assert len(names) == len(set(names))
        assert all(case.size < 5000 for case in exercise.cases())
        assert "by hand" in names[0] or exercise.random


def test_no_scores_lie_on_the_kink_of_the_hinge():
    for case in ALL["svm_loss"].cases():
        x, y = case.arguments["x"].astype(float), case.arguments["y"]
        margins = x - x[np.arange(len(y)), y][:, None] + 1
        margins[np.arange(len(y)), y] = 1
        assert np.abs(margins).min() > 1e-9


# What is wrong.


def first_of(result):
    """The names of the first cause, and of those that are equal to it."""
    return {result.cause[0].id, *result.cause[0].equal} if result.cause else set()


@pytest.mark.parametrize(
    ("name", "causes", "function"), STUDENTS, ids=[f"{k}-{s[0]}" for k, s in enumerate(STUDENTS)]
)
def test_what_a_student_wrote_is_judged_and_explained(name, causes, function):
    result = practice.check(name, function)
    assert result.ok == (causes == ["right"]), repr(result)
    if not result.ok:
        assert first_of(result) & set(causes), repr(result)


def judged(exercise, candidate):
    """The result of a candidate's observations, as if they were a reader's."""
    rows = [
        Row(case, expected, seen, compared(case, expected, seen))
        for (case, expected), seen in zip(expectations(exercise), candidate.seen, strict=True)
    ]
    return concluded(exercise, rows, own_forward=True)


@pytest.mark.parametrize("name", ALL)
def test_every_mistake_of_the_catalogue_is_found_and_named(name):
    """As itself, or as one that does the very same on these inputs, in each of its forms."""
    exercise = ALL[name]
    for mistake in entries(exercise):
        if mistake.function != exercise.function:
            continue
        candidate = together(exercise, mistake)
        assert candidate, f"nothing shows of {mistake.id}, {mistake.wrong}"
        result = judged(exercise, candidate)
        told = {k for k, (case, _) in enumerate(expectations(exercise)) if case.told}
        beyond = mistake.shows == "dtype" or {k for k, _ in candidate.wrong} <= told
        assert result.ok == beyond
        named = (result.cause or result.remarks)[0]
        assert mistake.id in (named.id, *named.equal), repr(result)
        assert named.sure == "sure"


def test_mistakes_that_are_called_equal_are_so():
    for exercise in (ALL["conv_forward"], ALL["max_pool_backward"], ALL["batchnorm_forward"]):
        known = [attempt.whole for attempt in attempts(exercise)]
        for candidate in known:
            result = judged(exercise, candidate)
            assert result.cause or result.remarks  # of what is beyond the exercise
            for cause in result.cause:
                for other in cause.equal:
                    assert any(o.wrong == candidate.wrong for o in known if o.ids == (other,))


def test_two_mistakes_at_once_are_both_named():
    def conv_backward(dout, cache):
        x, w, _, param = cache
        (HH, WW), s, p = w.shape[2:], param["stride"], param["pad"]
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        dx, dw = np.zeros(xp.shape), np.zeros(w.shape)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                at = np.s_[:, :, i * s : i * s + HH, j * s : j * s + WW]
                dx[at] += np.tensordot(dout[:, :, i, j], w, (1, 0))
                dw += np.tensordot(dout[:, :, i, j], xp[at], (0, 0))
        return dx[:, :, p:-p, p:-p], dw, dout.mean(axis=0).sum(axis=(1, 2))

    result = practice.conv_backward(conv_backward)
    assert {c.id for c in result.cause} == {"conv-backward-negative-slice", "conv-backward-db-mean"}
    assert all(cause.sure == "sure" for cause in result.cause)


def test_what_is_unknown_is_not_guessed():
    """The inputs that separate right from wrong are said, and no cause is."""
    three = 3  # of a function around it, which is why no line of it is changed

    def max_pool_forward(x, pool_param):
        out, _ = ALL["max_pool_forward"].reference()(x, pool_param)
        return out + 0.125 * (pool_param["stride"] == three), None

    result = practice.max_pool_forward(max_pool_forward)
    assert not result.ok
    assert not result.cause
    assert "Which mistake this is, is not known here." in repr(result)
    assert "it is wrong exactly where stride is 3" in repr(result)


# What functions do besides returning something.


def blank(*arguments, **settings):
    raise NotImplementedError


def nothing(*arguments, **settings):
    return None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("function", [blank, nothing])
def test_a_blank_fails_kindly(name, function):
    result = practice.check(name, function)
    assert result.verdict == "unfinished"
    assert repr(result) == (f"{name}: not written yet. practice.hint({name!r}, 1) gives a start.")


def endless(x):
    while True:
        pass


def stubborn(x):
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722  (that is what is tested)
            pass


def deep(x):
    return deep(x)


def enormous(x):
    return np.ones((10**6, 10**6)), x


def leaving(x):
    sys.exit(0)


# A weak reference may end just where no further call fits, and cannot say so but by this warning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("function", "cause"),
    [(endless, "endless"), (deep, "recursion"), (enormous, "memory"), (leaving, "exit")],
)
def test_a_function_that_does_not_return_is_survived(hasty, function, cause):
    result = practice.relu_forward(function)
    assert result.cause[0].id == cause
    assert result.rows[0].seen.raised.line
    assert result.rows[0].seen.raised.line in repr(result)


def test_a_recursion_is_looked_into_once_a_case(monkeypatch):
    """Its calls are hundreds, and all of them stand at one line."""
    looked, scope_at = [], origins.scope_at
    monkeypatch.setattr(origins, "scope_at", lambda *a: looked.append(a) or scope_at(*a))
    result = practice.relu_forward(deep)
    assert 0 < len(looked) <= len(result.rows)


def test_an_endless_loop_that_catches_everything_ends(hasty):
    found = []
    run = threading.Thread(target=lambda: found.append(practice.relu_forward(endless)))
    run.start()  # beside the main thread there are no signals, as in a browser
    run.join(20)
    assert found[0].cause[0].id == "endless"


def test_a_million_lines_are_not_kept():
    def relu_forward(x):
        for _ in range(3000):
            print("a line of print")
        return np.maximum(0, x), x

    result = practice.relu_forward(relu_forward)
    assert result.ok
    assert len(result.rows[0].seen.printed) <= 2 * limits.PRINTED


def test_what_surrounds_the_call_is_as_before():
    streams, seed = (sys.stdout, sys.stderr, sys.stdin), np.random.get_state()  # noqa: NPY002
    practice.relu_forward(deep)
    assert (sys.stdout, sys.stderr, sys.stdin) == streams
    assert str(np.random.get_state()) == str(seed)  # noqa: NPY002
    assert sys.gettrace() is None or "coverage" in sys.modules


def test_an_exception_is_shown_with_the_readers_own_line():
    def affine_forward(x, w, b):
        rows = x.reshape(len(x), -1)
        return rows.dot(b), None

    rows = practice.affine_forward(affine_forward).rows
    raised = [row.seen.raised for row in rows if row.seen.raised]
    assert raised  # where the sizes do not fit by chance
    assert {one.line for one in raised} == {"return rows.dot(b), None"}


def test_a_second_call_that_differs_is_seen():
    calls = []

    def relu_forward(x):
        calls.append(x)
        return np.maximum(0, x) + (len(calls) % 2 == 0), x

    result = practice.relu_forward(relu_forward)
    assert any(cell.output == "second call" for row in result.rows for cell in row.cells)


def test_a_cache_that_is_changed_is_seen():
    def relu_backward(dout, cache):
        cache[cache <= 0] = 0
        return dout * (cache > 0)

    result = practice.relu_backward(relu_backward)
    assert not result.ok
    assert "it changed its argument cache" in repr(result)


def test_the_global_random_state_is_told_and_not_failed():
    def relu_forward(x):
        np.random.seed(0)  # noqa: NPY002
        return np.maximum(0, x), x

    result = practice.relu_forward(relu_forward)
    assert result.ok
    assert "it used the global random state" in repr(result)


def test_what_layer_norm_writes_into_its_settings_is_told_and_not_failed():
    def layernorm_forward(x, gamma, beta, ln_param):
        ln_param["mode"] = "train"
        centered = x - x.mean(axis=1, keepdims=True)
        sigma = np.sqrt(x.var(axis=1, keepdims=True) + ln_param.get("eps", 1e-5))
        return gamma * centered / sigma + beta, None

    result = practice.layernorm_forward(layernorm_forward)
    assert result.ok
    assert "it writes 'mode' into ln_param" in repr(result)


def test_in_place_on_its_own_arrays_is_fine():
    def softmax_loss(x, y):
        x = x - x.max(axis=1, keepdims=True)
        x -= np.log(np.exp(x).sum(axis=1, keepdims=True))
        n = np.arange(len(y))
        loss = -x[n, y].mean()
        np.exp(x, out=x)
        x[n, y] -= 1
        x /= len(y)
        return loss, x

    assert practice.softmax_loss(softmax_loss).ok


# Conventions.


def test_another_convention_is_named_and_explained():
    result = practice.relu_backward(lambda dout, cache: dout * (cache >= 0))
    assert not result.ok
    assert result.verdict == "convention"
    assert result.convention == ["relu-backward-open-at-zero"]
    assert "any slope from 0 to 1 is defensible" in repr(result)


def test_float64_is_told_and_not_failed():
    def max_pool_forward(x, pool_param):
        out, cache = ALL["max_pool_forward"].reference()(x, pool_param)
        return out.astype(np.float64), cache

    result = practice.max_pool_forward(max_pool_forward)
    assert result.ok
    assert result.verdict == "convention"
    assert result.convention == ["pool-forward-float64"]


# Hints, and how results look.


@pytest.mark.parametrize("name", ALL)
def test_hints_help_and_hold_no_solution(name):
    exercise = ALL[name]
    texts = [practice.hint(name, level) for level in (1, 2, 3)]
    assert len(set(texts)) == 3
    source = mistakes.inspect.getsource(exercise.reference()).split('"""')[-1]
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in source.splitlines()]
    for text in texts:
        assert f"book/{exercise.read}" in text
        assert not [line for line in lines if len(line) > 25 and line in text]
    chapter, _, section = exercise.read.partition("#")
    headings = re.findall(r"(?m)^#+ (.*)$", (ROOT / "book" / f"{chapter}.md").read_text("utf-8"))
    assert section in {nodes.make_id(heading) for heading in headings}, "as the page has it"


def test_the_first_hint_is_that_of_the_mistake_that_was_found():
    practice.relu_backward(lambda dout, cache: dout * (cache >= 0))
    assert mistakes.load()["relu-backward-open-at-zero"].hint in practice.hint("relu_backward", 1)
    practice.relu_backward(ALL["relu_backward"].reference())
    assert mistakes.load()["relu-backward-open-at-zero"].hint not in practice.hint("relu_backward")


def test_a_result_shows_the_smallest_case_and_escapes_what_it_shows():
    def relu_forward(x):
        raise ValueError("<b> & co")

    result = practice.relu_forward(relu_forward)
    assert (
        "The smallest case that fails, 'by hand':\n  x = [[-2.,  3.],\n       [ 1., -1.]]"
        in repr(result)
    )
    assert "<b>" in repr(result)
    assert "<b>" not in result._repr_html_()
    assert "&lt;b&gt; &amp; co" in result._repr_html_()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: practice.check("nothing", abs), ValueError, "no exercise 'nothing'"),
        (lambda: practice.conv_forward(3), TypeError, "expected a function, not 3"),
        (lambda: practice.hint("conv_forward", 4), ValueError, "expected 1, 2 or 3"),
        (lambda: practice.nothing, AttributeError, "no exercise 'nothing'"),
    ],
)
def test_what_cannot_be_checked_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_catalogue_has_what_students_do():
    catalogue = mistakes.load().values()
    assert len(catalogue) >= 180
    assert {m.shows for m in catalogue} == {"values", "dtype", "arguments", "raises"}
    assert all((m.bodies is None) == (m.of is None) for m in catalogue)
    assert all(m.bodies <= m.of for m in catalogue if m.bodies is not None)


def test_practice_needs_neither_numba_nor_scipy():
    program = (
        "import sys; sys.modules['numba'] = sys.modules['scipy'] = None\n"
        "from nndl import practice\nfrom nndl.layers import relu_backward as f\n"
        "assert practice.relu_backward(f).ok and 'nndl.practice.candidates' in sys.modules\n"
        "import nndl; assert practice.names()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
