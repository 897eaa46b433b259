"""What to do about an exception: the words of its cause."""

import ast
import linecache
import re

import numpy as np
import pytest

from nndl import practice
from nndl.practice.names_like import misspelled, names_like
from nndl.practice.remedies import advice
from nndl.practice.stops import stop_of
from tests.support.unseen import bodies, last

HERE = {body.words: body for body in bodies("raising")}


def first(source, exercise="relu_forward"):
    """The first cause of a function with this body."""
    number = len(HERE) + abs(hash(source))
    return practice.check(exercise, last(source, "remedies", number)).cause[0]


def in_relu(body):
    """A forward pass of relu with these lines in it, from line 2 on."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"def relu_forward(x):\n{lines}    return np.maximum(x, 0), x\n"


@pytest.mark.parametrize(
    ("body", "id", "title", "words"),
    [
        # None.
        ("s = None\ns += x.sum()", "none-used", "The variable s is still None, as line 2 set it",
         "Line 3 changes what is there, and there is nothing yet: the first step has to give s"),
        ("s = None\nfor row in x:\n    s += row", "none-used", "as line 2 set it",
         "s needs a start, before the loop."),
        ("s, t = None, 1\nnp.sqrt(s)", "none-used", "The variable s is still None, as line 2 set",
         "No line gives it a value: that has to be before line 3."),
        ("s = None\ns[0]\ns = x", "none-used", "as line 2 set it", "Line 4 gives it one after"),
        ("s = None\nif x.sum() > 1e9:\n    s = x + 1\ns < 3", "none-used", "as line 2 set it",
         'Line 4 gives it a value, and did not run here: it stands inside of "if x.sum() >'),
        ("s = x + 1\ns = None\ns.shape", "none-used", "as line 3 set it", "Line 2 stands before"),
        ("s = None\nfor s in [None]:\n    s + 1", "none-used", "The variable s is None here", ""),
        ("s = [x]\ns = s.append(x)\ns[0]", "none-used", "s.append returns None, in line 3",
         "call it in a line alone, without =."),
        ("d = {'a': 1}\nd.get('b') * 2", "none-used",
         "The dictionary d has no entry 'b' here, so get gives None",
         "A default is the second argument: d.get('b', ...)."),
        ("d = {}\nif x.sum() > 1e9:\n    d.setdefault('b', 1)\nv = d.get('b')\nv * 2", "none-used",
         "The dictionary d has no entry 'b' here, so get gives None, in line 5",
         'inside of "if x.sum() > 1000000000.0:", which did not run here. A default belongs'),
        ("d = {}\nif len(x):\n    v = d.get('b')\n    d['b'] = v * 2", "none-used",
         "The dictionary d has no entry 'b' here", "A default is the second argument"),
        # An entry that is missing.
        ("d = {'rate': 1}\nd['rtae']", "key-missing", "The dictionary d has no entry 'rtae'",
         "It has 'rate', which is probably meant."),
        ("d = {'rate': 1}\nd['Rates']", "key-missing", "has no entry 'Rates'", "It has 'rate'"),
        ("d = {'beta1': 1}\nd['beta2']", "key-missing", "has no entry 'beta2'",
         "It has 'beta1' here."),
        ("d = {}\nd['a']\nd['a'] = 1", "key-missing", "has no entry 'a'", "Line 4 sets it, after"),
        ("d = {}\nif x.sum() > 1e9:\n    d = {'a': 1}\nelse:\n    d[1] = 2\nd['a']", "key-missing",
         "has no entry 'a'", 'Line 4 sets it, inside of "if x.sum() > 1000000000.0:"'),
        # A name that is defined nowhere.
        ("sqrt(4)", "unknown-name", "The name sqrt is defined nowhere", "NumPy has it: write np.s"),
        ("sqrt + 1", "unknown-name", "The name sqrt is defined nowhere", "No line sets it"),
        ("pi + 1", "unknown-name", "The name pi", "NumPy has it: write np.pi."),
        ("random.rand(2)", "unknown-name", "The name random", "NumPy has it: write np.random."),
        ("maximun(4)", "unknown-name", "The name maximun", "A name like it is np.maximum."),
        ("math.sqrt(4)", "unknown-name", "The name math", "import math is missing."),
        ("numpy.sqrt(4)", "unknown-name", "The name numpy", "NumPy is not imported"),
        ("weights = 1\nweigths + 1", "unknown-name", "The name weigths",
         "weights is a name like it here."),
        ("dx_a, dx_b = 1, 2\ndx", "unknown-name", "The name dx",
         "dx_a and dx_b are names like it here."),
        ("d = {'stride': 1}\nstride", "unknown-name", "The name stride",
         "d has such an entry: d['stride']."),
        ("affine_forward(x)", "unknown-name", "The name affine_forward",
         "The book has it: from nndl import affine_forward."),
        # A variable without a value.
        ("for row in x:\n    s += row", "unset", "The variable s has no value yet",
         "Line 3 changes what is there, and no line gives it a start: that belongs before any"),
        ("len(x)\nlen = 3", "unset", "The variable len has no value yet",
         "len is Python's own, and line 3 makes it a variable of the function"),
        ("s + 1\ns = 2", "unset", "The variable s has no value yet", "Line 3 sets it first"),
        ("if x.sum() > 1e9:\n    s = 2\ns", "unset", "The variable s has no value yet",
         'Line 3 sets it, inside of "if x.sum() > 1000000000.0:", which did not run here.'),
        ("if x.sum() > 1e9:\n    s = 2\nelif x.sum() > 1e8:\n    s = 3\ns", "unset",
         "The variable s has no value yet", "Lines 3 and 5 set it, and none of them ran here."),
        # A name that an object has not.
        ("np.maximun(x, 0)", "numpy-1", "NumPy has no maximun", "A name like it is np.maximum."),
        ("np.random.unifrom()", "numpy-1", "NumPy has no random.unifrom", "is np.random.uniform."),
        ("np.fill(x, 0)", "numpy-1", "NumPy has no fill", "It is a method of arrays: x.fill"),
        ("np.relu(x)", "numpy-1", "NumPy has no relu, or has it no more", ""),
        ("x.shpae", "attribute-missing", "An array has no shpae, and x is one",
         "A name like it is x.shape."),
        ("x.exp()", "attribute-missing", "An array has no exp, and x is one",
         "NumPy has it as a function: np.exp(x)."),
        ("(x + x * np.maximum(x + 1, 7 * x - 12) + 1).exp()", "attribute-missing",
         "An array has no exp", "NumPy has it as a function: np.exp(...)."),
        ("d = {'rate': 1}\nd.rate", "attribute-missing", "A dictionary has no rate, and d is one",
         "An entry stands in brackets: d['rate']."),
        ("t = (x, x)\nt.shape", "attribute-missing", "A tuple has no shape, and t is one",
         "Take its parts apart first."),
        ("t = [x, x]\nt.shape", "attribute-missing", "A list has no shape, and t is one",
         "np.array(t) makes an array of it."),
    ],
)  # fmt: skip
def test_a_cause_says_what_to_do(body, id, title, words):
    cause = first(in_relu(body))
    assert cause.id == id
    assert title in cause.title
    assert words in cause.cause if words else not cause.cause


def test_a_cache_that_nobody_unpacks_is_named():
    cause = HERE["x is not taken from the cache"]
    result = practice.check(cause.exercise, cause.function)
    assert result.cause[0].cause == (
        "The cache is never unpacked: what the forward pass had is in it."
    )


def test_a_function_that_returns_nothing_is_named():
    source = "def helper(x):\n    x + 1\n\n\n"
    source += in_relu("y = helper(x)\na, b = y") + "relu_forward = relu_forward\n"
    cause = first(source)
    assert (cause.id, cause.title) == ("none-used", "The function helper returned None, in line 6")


def test_what_is_looked_up_runs_nothing_of_the_readers():
    source = (
        "class Loud(dict):\n    def __contains__(self, key):\n        raise SystemExit\n\n\n"
        + in_relu("d = Loud(a=1)\nd['b']")
        + "relu_forward = relu_forward\n"
    )
    cause = first(source)
    assert (cause.id, cause.title) == ("key-missing", "A dictionary has no entry of this name.")


@pytest.mark.parametrize(
    ("name", "other"),
    [("bate1", "beta1"), ("Stride", "stride"), ("learningrate", "learning_rate"), ("pad", "pads"),
     ("maximun", "maximum"), ("shpae", "shape"), ("runing_mean", "running_mean"), ("n", "N")],
)  # fmt: skip
def test_a_slip_of_the_pen_is_one(name, other):
    assert misspelled(name, other)
    assert misspelled(other, name)
    assert names_like(name, ["dout", other, "cache"]) == [other]


@pytest.mark.parametrize(
    ("name", "other"),
    [("beta1", "beta2"), ("gamma", "dgamma"), ("H_out", "W_out"), ("running_mean", "running_var"),
     ("pool_h", "pool_w"), ("m", "v"), ("dx", "dw"), ("pool_height", "pool_width"), ("x", "x")],
)  # fmt: skip
def test_two_names_are_two(name, other):
    assert not misspelled(name, other)
    assert not misspelled(other, name)


def test_the_second_stop_is_named_where_it_is_sure():
    body = HERE["np.lib.pad, and sizes that are divided with /"]
    cause = practice.check(body.exercise, body.function).cause[0]
    assert cause.cause == (
        "np.pad does the same. Next it stops because lines 5 and 6 divide a size with /, which"
        " gives a float; // does not."
    )
    older = in_relu("n = len(x) / 1\nfor k in xrange(n):\n    pass")
    words = "line 2 divides a size with /, which gives a float; // does not."
    assert first(older).cause == f"It is range now. Next it stops because {words}"
    assert first(in_relu("x.ptp()")).cause == "np.ptp(a) does the same."
    whole = in_relu("n = len(x) / 1\nn = int(n)\nnp.lib.pad(x, 1)\nnp.zeros((n, 1))")
    assert first(whole).cause == "np.pad does the same."
    unused = in_relu("n = len(x) / 1\nnp.lib.pad(x, 1)\nnp.sqrt(n)")
    assert first(unused).cause == "np.pad does the same."


def test_it_is_said_on_which_cases_it_stops():
    body = HERE["a misspelled variable, in the test alone"]
    result = practice.check(body.exercise, body.function)
    few = sum(bool(row.seen.raised) for row in result.rows)
    assert 0 < few < len(result.rows)
    assert f"It stops where mode is test ({few} of {len(result.rows)} cases): " in repr(result)
    assert "No call came to its end" not in repr(result)


def test_where_only_a_later_call_stops_it_is_said():
    body = HERE["sqrt without np., in the test alone"]
    result = practice.check(body.exercise, body.function)
    text = repr(result)
    trained = sum(row.case.arguments["bn_param"]["mode"] == "train" for row in result.rows)
    words = f"; on {trained} of them the first call comes to its end, and the test afterwards does"
    assert words in text.splitlines()[0]
    assert f"On {trained} cases the first call came to its end" in text
    assert "No call came to its end" not in text


def test_a_refusal_of_the_readers_own_is_no_stop():
    def forward(x):
        if x.ndim > 2:
            raise ValueError("two axes, please")
        return np.maximum(x, 0), x

    assert "It stops " not in repr(practice.relu_forward(forward))


def test_the_very_expression_is_found():
    source = "def f(x):\n    return (1 +\n        x['b'])\n"
    f = last(source, "remedies", 0)
    with pytest.raises(KeyError) as caught:
        f({"a": 1})
    stop = stop_of(caught.value, f.__code__.co_filename)
    assert ast.unparse(stop.node) == "x['b']"
    assert stop.number == 3
    assert not any(advice(caught.value, "another file"))


def test_titles_name_no_line_that_is_not_there():
    for body in HERE.values():
        cause = practice.check(body.exercise, body.function).cause[0]
        source = body.function.__code__.co_filename
        numbers = [int(n) for n in re.findall(r"[Ll]ines? (\d+)", cause.title + cause.cause)]
        count = len(linecache.getlines(source))
        assert all(0 < number <= count for number in numbers), cause
