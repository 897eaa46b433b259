"""Kinds of bodies that a check once judged or explained wrongly, each by a body of its own."""

import re
from itertools import pairwise

import numpy as np
import pytest

from nndl import practice
from nndl.practice.exercises import exercises
from nndl.practice.grading import child, judging
from nndl.practice.separating import WORDS, conditions, separates

ALL = exercises()
BOOK = {name: exercise.reference() for name, exercise in ALL.items()}


def write(source, name, **known):
    """The function of a source, whose lines are known as those of a notebook's cell are."""
    import linecache

    file = f"<cell {abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    space = {"np": np, "__name__": "cell", **known}
    exec(compile(source, file, "exec"), space)
    return space[name]


def causes(result):
    return [cause.id for cause in result.cause]


# What is right.


@pytest.mark.parametrize("spatial", [False, True])
def test_averages_that_are_updated_in_place_are_right(spatial):
    name = "spatial_batchnorm_forward" if spatial else "batchnorm_forward"

    def forward(x, gamma, beta, bn_param):
        if bn_param["mode"] == "test":
            return BOOK[name](x, gamma, beta, bn_param)
        shape, axes = ((1, -1, 1, 1), (0, 2, 3)) if spatial else ((1, -1), (0,))
        share = bn_param.get("momentum", 0.9)
        mean, var = x.mean(axis=axes), x.var(axis=axes)
        for key, new in (("running_mean", mean), ("running_var", var)):
            average = bn_param.setdefault(key, np.zeros(len(gamma), dtype=x.dtype))
            average *= share
            average += (1 - share) * new
        hat = (x - mean.reshape(shape)) / np.sqrt(var + bn_param.get("eps", 1e-5)).reshape(shape)
        return gamma.reshape(shape) * hat + beta.reshape(shape), None

    result = practice.check(name, forward)
    assert result.verdict == "right", repr(result)


def test_an_array_that_a_network_uses_again_is_compared_as_it_was():
    class Again(BOOK["two_layer_net"]):
        def loss(self, X, y=None):
            found = super().loss(X, y)
            if y is None:
                for grad in getattr(self, "kept", {}).values():
                    grad[...] = 0
                return found
            self.kept = found[1]
            return found

    assert practice.two_layer_net(Again).ok


# The forward pass beside.

DIVIDES = """
def conv_forward_naive(x, w, b, conv_param):
    size = (x.shape[2] + 2 * conv_param["pad"] - w.shape[2]) / conv_param["stride"] + 1
    return np.zeros((len(x), len(w), size, size)), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    return book(dout, cache)
"""


def test_a_right_backward_pass_is_right_beside_a_forward_pass_that_does_not_run():
    result = practice.conv_backward(
        write(DIVIDES, "conv_backward_naive", book=BOOK["conv_backward"])
    )
    assert result.ok
    text = repr(result)
    assert "; the forward pass beside it does not run\n" in text
    assert "'float' object cannot be interpreted as an integer  [line 4: return np.zeros(" in text
    assert "The book's was used in its place. This pass is right by itself." in text
    assert "The book&#x27;s was used in its place." in result._repr_html_()


def test_a_convention_is_no_headline_alone_beside_a_forward_pass_that_does_not_run():
    def refuses(x, pool_param):
        raise RuntimeError("not today")

    def ties(dout, cache):
        x, p = cache
        dx = np.zeros_like(x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                at = np.s_[:, :, i * p["stride"] : i * p["stride"] + p["pool_height"],
                           j * p["stride"] : j * p["stride"] + p["pool_width"]]  # fmt: skip
                top = x[at] == x[at].max(axis=(2, 3), keepdims=True)
                dx[at] += top * dout[:, :, i : i + 1, j : j + 1]
        return dx

    result = practice.max_pool_backward(ties, forward=refuses)
    assert result.verdict == "convention"
    assert repr(result).splitlines()[0].endswith("; the forward pass beside it does not run")
    assert "does not run: RuntimeError: not today" in repr(result)


def test_a_forward_pass_that_is_wrong_elsewhere_is_not_to_be_checked_first():
    def picky(x, pool_param):
        assert (x.shape[2] - pool_param["pool_height"]) % pool_param["stride"] == 0
        return BOOK["max_pool_forward"](x, pool_param)

    def overlaps_lost(dout, cache):
        dx = BOOK["max_pool_backward"](dout, cache)
        return dx * (1 + (cache[1]["stride"] == 1))

    result = practice.max_pool_backward(overlaps_lost, forward=picky)
    failing = {k for k, row in enumerate(result.rows) if not row.ok}
    assert failing
    assert result.beside.wrong
    assert not failing & set(result.beside.wrong)
    assert "check it first" not in repr(result)
    assert re.search("forward pass beside it is wrong on .*AssertionError", repr(result))


def test_a_forward_pass_that_is_wrong_on_the_same_cases_is_to_be_checked_first():
    def no_gap(x, gamma, beta, bn_param):
        out, cache = BOOK["batchnorm_forward"](2 * x, gamma, beta, bn_param)
        return out + 1, cache

    def half(dout, cache):
        dx, dgamma, dbeta = BOOK["batchnorm_backward"](dout, cache)
        return dx, dgamma, dbeta / 3

    text = repr(practice.batchnorm_backward(half, forward=no_gap))
    assert "The forward pass beside it is wrong on these cases, too: check it first. On " in text


def test_a_dropout_whose_forward_pass_alone_fails_has_a_right_backward_pass():
    def rows_alone(x, dropout_param):
        rng = np.random.default_rng(dropout_param["seed"])
        p = dropout_param["p"]
        mask = (rng.random(x.shape[:2]) < p) / p
        out = x * mask if dropout_param["mode"] == "train" else x
        return out, (dropout_param, mask)

    def back(dout, cache):
        return dout * cache[1] if cache[0]["mode"] == "train" else dout

    result = practice.dropout_backward(back, forward=rows_alone)
    assert result.ok
    assert "wrong on 'training, images' alone: ValueError" in repr(result)
    assert "This pass is right by itself." in repr(result)


# What is not counted.


def test_a_crash_is_right_on_no_case():
    def fails(x, pool_param):
        raise RuntimeError("always")

    first, *rest = repr(practice.max_pool_forward(fails)).splitlines()
    assert re.fullmatch(r"max_pool_forward: wrong: right on 0 of \d+ cases", first)
    [row] = [line for line in rest if line.startswith("  not a number ")]
    assert "beyond what is asked, not counted: RuntimeError" in row


def test_a_pool_that_refuses_nan_skips_none():
    def strict(x, pool_param):
        if np.isnan(x).any():
            raise ValueError("NaN")
        return BOOK["max_pool_forward"](x, pool_param)

    result = practice.max_pool_forward(strict)
    assert result.verdict == "right"
    assert not result.remarks, repr(result)
    assert "<td>·</td><td>not a number</td>" in result._repr_html_()


def test_float64_and_the_global_random_state_get_a_word_once():
    def back(dout, cache):
        np.random.seed(1)  # noqa: NPY002
        return BOOK["relu_backward"](dout, cache).astype(float)

    result = practice.relu_backward(back)
    text = repr(result)
    assert result.ok
    assert text.count("it used the global random state") == 1
    assert "Not counted: dx: float64 for float32. No number is wrong by it:" in text


# What matches.


def test_exceptions_alone_make_no_slip():
    def element(x, w, b, conv_param):
        out, cache = BOOK["conv_forward"](x, w, b, conv_param)
        out[0, 0, 0, 0] = w[:1, :1]
        return out, cache

    result = practice.conv_forward(element)
    assert causes(result) == ["array-for-number"]
    assert "gives the same numbers" not in repr(result)


def test_what_explains_one_output_says_so():
    def back(dout, cache):
        dx, dw, db = BOOK["affine_backward"](dout, cache)
        return dx * np.cos(np.arange(dx.size)).reshape(dx.shape), dw, db[None]

    result = practice.affine_backward(back)
    assert result.cause[0].id == "affine-backward-db-row"
    assert result.cause[0].sure != "sure"
    assert "it gives your db on all " in result.cause[0].why
    assert "; dx has another cause" in result.cause[0].why


def test_the_same_places_with_other_numbers_are_possible_at_most():
    wave = np.sin  # of a function around it, which is why no line of it is changed

    def pool(x, pool_param):
        out, cache = BOOK["max_pool_forward"](x, pool_param)
        square = pool_param["pool_height"] == pool_param["pool_width"]
        return out + (0 if square else wave(np.arange(out.size)).reshape(out.shape)), cache

    result = practice.max_pool_forward(pool)
    assert not result.ok
    assert all(cause.sure == "possible" for cause in result.cause)
    assert all("nearly" not in cause.why for cause in result.cause)
    assert "it is wrong exactly where HH is not WW" in repr(result)


def test_mistakes_that_do_the_same_are_named_by_their_titles():
    from nndl import mistakes

    for exercise in (ALL["conv_backward"], ALL["max_pool_forward"]):
        for mistake in mistakes.load().values():
            if mistake.function != exercise.function or mistake.shows != "values":
                continue
            result = practice.check(exercise.name, mistake.apply())
            lines = [x for x in repr(result).splitlines() if "On these inputs the same" in x]
            assert not [x for x in lines for known in mistakes.load() if known in x]


def test_writing_in_place_leaves_the_numbers_right():
    def forward(x):
        x[x < 0] = 0
        return x, x

    first = repr(practice.relu_forward(forward)).splitlines()[0]
    assert first.startswith("relu_forward: wrong, though its numbers are right: ")


# Exceptions that say what it is.


@pytest.mark.parametrize(
    ("line", "title", "instead"),
    [
        ("np.int(3.5)", "np.int was removed from NumPy, in line 2: np.int(3.5)", "int without np."),
        ("np.product(x.shape)", "np.product was removed", "np.prod does the same."),
        ("np.mat(x)", "np.mat was removed", "np.asmatrix does the same."),
        ("np.lib.pad(x, 1)", "np.lib.pad was removed", "np.pad does the same."),
        ("np.reshape(x, newshape=(-1,))", "newshape was removed", "Its name is shape now."),
        ("reduce(max, x.shape)", "reduce is of Python 2", "from functools import reduce"),
        ("list(xrange(3))", "xrange is of Python 2", "It is range now."),
        ("{}.has_key(1)", "has_key is of Python 2", "key in the dictionary"),
    ],
)
def test_a_name_that_is_gone_stands_in_the_title(line, title, instead):
    source = f"def relu_forward(x):\n    {line}\n    return np.maximum(x, 0), x\n"
    cause = practice.relu_forward(write(source, "relu_forward")).cause[0]
    assert cause.id in ("numpy-1", "python-2")
    assert cause.sure == "sure"
    assert title in cause.title
    assert f", in line 2: {line}" in cause.title
    assert instead in cause.cause


@pytest.mark.parametrize(
    "use",
    ["np.zeros(np.prod((1, size)))", "range(np.float64(size))", "np.zeros((2, size))",
     "np.arange(9)[: np.float64(size)]", "np.pad(w, np.float64(size))"],
)  # fmt: skip
def test_a_float_for_a_size_is_a_division(use):
    source = (
        f"def conv_forward(x, w, b, conv_param):\n    size = x.shape[2] / 1\n    return {use}\n"
    )
    result = practice.conv_forward(write(source, "conv_forward"))
    assert causes(result) == ["conv-forward-true-division"]
    assert result.cause[0].sure == "sure"


# What is not written.


@pytest.mark.parametrize(
    ("source", "cause", "words"),
    [
        (
            "def relu_forward(x):\n    out = None\n    outt = abs(x)\n    return out, x\n",
            "assigned-elsewhere",
            "The result is assigned to outt, and out is returned",
        ),
        (
            "def relu_forward(x):\n    def relu_forward(x):\n        return np.maximum(0, x), x\n",
            "inner-uncalled",
            "The body stands in an inner function, relu_forward, that nobody calls",
        ),
        (
            "def relu_forward(x):\n    out = None\n    y = np.maximum(0, x)\n    return out, y\n",
            "value-none",
            "out is not written yet: it stays None",
        ),
        ("def relu_forward(x):\n    out = None\n    return out, x\n", "unfinished", ""),
        (
            "def relu_forward(x):\n    out = None\n    out = out.astype(int)\n    return out, x\n",
            "unfinished",
            "",
        ),
    ],
)
def test_a_blank_and_what_only_looks_like_one(source, cause, words):
    result = practice.relu_forward(write(source, "relu_forward"))
    assert causes(result) == [cause]
    assert (result.verdict == "unfinished") == (cause == "unfinished")
    assert words in repr(result)


def test_an_output_that_is_still_the_number_0_is_not_written():
    def back(dout, cache):
        _, dw, db = BOOK["affine_backward"](dout, cache)
        return 0.0, dw, db

    result = practice.affine_backward(back)
    assert causes(result) == ["not-written"]
    assert "dx is not written yet" in repr(result)


# Other arguments.


def flat_forward(x, gamma, beta, G, gn_param):
    N = len(x)
    rows = x.reshape(N, G, -1)
    hat = rows - rows.mean(axis=2, keepdims=True)
    hat = (hat / np.sqrt(rows.var(axis=2, keepdims=True) + gn_param["eps"])).reshape(x.shape)
    out = gamma[None, :, None, None] * hat + beta[None, :, None, None]
    return out, (hat, gamma)


def test_parameters_of_c_numbers_are_a_convention():
    result = practice.spatial_groupnorm_forward(flat_forward)
    assert not result.ok
    assert result.verdict == "convention"
    assert result.convention == ["groupnorm-parameters-flat"]
    assert "here they come as (1, C, 1, 1)" in repr(result)
    given = child.seen(ALL["spatial_groupnorm_forward"], flat_forward, 3.0)
    assert judging.judged("spatial_groupnorm_forward", given)["verdict"] == "convention"


def test_a_grader_says_the_same_of_the_forward_pass_beside():
    backward = write(DIVIDES, "conv_backward_naive", book=BOOK["conv_backward"])
    given = child.seen(ALL["conv_backward"], backward, 3.0)
    judged = judging.judged("conv_backward", given)
    assert judged["verdict"] == "right"
    assert judged["text"] == repr(practice.conv_backward(backward))


# What separates right from wrong.


def test_cases_tell_height_from_width():
    for name in ("conv_forward", "max_pool_forward"):
        shapes = [expected.values["out"].shape[2:] for _, expected in
                  practice.expectations(ALL[name])]  # fmt: skip
        assert any(2 <= h < w for h, w in shapes)
        assert any(2 <= w < h for h, w in shapes)
    traits = [case.traits for case in ALL["conv_backward"].cases()]
    assert any(one["a remainder"] and one["pad"] for one in traits)


def test_no_condition_holds_by_chance():
    cases = ALL["conv_forward"].cases()
    texts = [text for text, _ in conditions(cases)]
    assert not [text for text in texts if re.search(r"not:|\b[NCF] (is [^1]|> [^1])", text)]
    double = {k for k, case in enumerate(cases) if not case.single}
    assert separates(cases, double) == (
        "it is wrong on every case but in float32, which is compared less strictly"
    )
    assert separates(cases, set(range(len(cases)))) == "it is wrong on every case"


def test_a_condition_is_a_sentence():
    named = {name for exercise in ALL.values() for case in exercise.cases()
             for name, value in case.traits.items() if isinstance(value, bool)}  # fmt: skip
    told = {name for name in named if re.search(r" (=|is|are) ", name)}
    assert named - told - {"by hand", "float32"} <= WORDS.keys()
    texts = {text for exercise in ALL.values() for text, _ in conditions(exercise.cases())}
    assert "the number of steps > 1" in texts
    assert not [text for text in texts if re.search(r"\b(is|are) (is|are|>)", text)]
    several = r"(?<!number of )\b(?!eps)\w+s (is|>) "  # "steps is 1", "features > 1"
    assert not [text for text in texts if re.search(several, text)]


def an_adam(begin, ahead=0, mean=True):
    """A reader's, with what t begins with, what the powers add to it, and dw for its mean."""

    def adam(w, dw, config):
        given = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": begin}
        for name, value in given.items():
            config.setdefault(name, value)
        beta1, beta2, config["t"] = config["beta1"], config["beta2"], config["t"] + 1
        config["m"] = beta1 * config.get("m", 0) + (1 - beta1) * dw
        config["s"] = beta2 * config.get("s", 0) + (1 - beta2) * dw**2
        t = config["t"] + ahead
        m = (config["m"] if mean else dw) / (1 - beta1**t)
        root = np.sqrt(config["s"] / (1 - beta2**t))
        return w - config["learning_rate"] * m / (root + config["epsilon"]), config

    return adam


def test_the_t_that_is_kept_tells_mistakes_of_equal_numbers_apart():
    assert practice.adam(an_adam(0)).ok
    for function, id in ((an_adam(1), "adam-t-begins-at-1"), (an_adam(0, 1), "adam-t-one-more")):
        (cause,) = practice.adam(function).cause
        assert (cause.id, cause.sure) == (id, "sure")


def test_a_first_step_that_is_alike_is_no_cause_of_the_others():
    """The mean that adds whole gradients has the same first step, and another second one."""
    result = practice.adam(an_adam(0, mean=False))
    assert not result.ok
    assert not result.cause
    assert "What is known: it is wrong on every case." in repr(result)


def test_what_is_known_is_not_said_beside_a_likely_cause():
    def back(dout, cache):
        dx, dw, db = BOOK["affine_backward"](dout, cache)
        return dx * np.cos(np.arange(dx.size)).reshape(dx.shape), dw, db[None]

    result = practice.affine_backward(back)
    assert result.cause[0].sure == "likely"
    assert "What is known" not in repr(result)


def test_numbers_of_the_right_shape_are_not_taken_for_a_mistake_of_shapes():
    def back(dout, cache):
        centered, sigma, _ = cache
        dx, _, dbeta = BOOK["batchnorm_backward"](dout, cache)
        return dx, np.sum(dout * (2 + (centered / sigma) ** 2), axis=0), dbeta

    result = practice.batchnorm_backward(back, forward=BOOK["batchnorm_forward"])
    assert not result.ok
    shapes = {"batchnorm-backward-keeps-axis", "batchnorm-backward-sums-everything"}
    assert not shapes & set(causes(result)), repr(result)


# What a cache may hold.


def with_a_cache(kept):
    """The book's max pooling, with something else in its cache."""

    def forward(x, pool_param):
        out, _ = BOOK["max_pool_forward"](x, pool_param)
        return out, kept(x, pool_param)

    return forward


def windows(x, pool_param):
    """An object array of small arrays."""
    kept = np.empty(x.shape[:2], dtype=object)
    for at in np.ndindex(*kept.shape):
        kept[at] = np.array(np.unravel_index(x[at].argmax(), x[at].shape))
    return x, kept, pool_param


@pytest.mark.parametrize(
    "kept",
    [
        windows,
        lambda x, pool_param: [[x, [x, (x,)]], {"at": [x[0], windows(x, pool_param)]}],
        lambda x, pool_param: (value for value in x),
        lambda x, pool_param: np.zeros(2, [("at", object), ("size", int)]),
    ],
)
def test_whatever_a_cache_holds_a_right_function_is_right(kept):
    result = practice.max_pool_forward(with_a_cache(kept))
    assert result.verdict == "right", repr(result)


def test_a_cache_of_arrays_in_an_array_that_differs_at_the_next_call_is_seen():
    calls = []

    def counting(x, pool_param):
        calls.append(1)
        kept = windows(x, pool_param)[1]
        kept[0, 0] = kept[0, 0] + len(calls)
        return kept

    result = practice.max_pool_forward(with_a_cache(counting))
    assert "remembers" in causes(result)


def test_a_backward_pass_takes_an_array_of_arrays_from_its_cache():
    def backward(dout, cache):
        x, _, pool_param = cache
        return BOOK["max_pool_backward"](dout, (x, pool_param))

    forward = with_a_cache(windows)
    assert practice.max_pool_backward(backward, forward=forward).ok


# The line in which a value was made that fails in another one.

FLAT = """
def max_pool_forward_naive(x, pool_param):
    stride = pool_param["stride"]
    rows = (x.shape[2] - pool_param["pool_height"]) / stride + 1
    columns = (x.shape[3] - pool_param["pool_width"]) // stride + 1
    mean = x / 2
    starts = np.arange(rows)[:, None] * stride
    places = (starts * x.shape[3] + np.arange(columns)).ravel()
    return {}, (x, pool_param)
"""


@pytest.mark.parametrize(
    "used",
    [
        "np.take(x, places)",
        "x.ravel()[places]",
        "np.zeros((len(x), rows))",
        "[0 for _ in range(rows)]",
    ],
)
def test_a_size_that_is_divided_is_named_with_its_line_wherever_it_fails(used):
    source = FLAT.format(used)
    result = practice.max_pool_forward(write(source, "max_pool_forward_naive"))
    assert causes(result) == ["pool-forward-true-division"]
    cause = result.cause[0]
    assert cause.sure == "sure"
    assert f", in line 9: return {used}, (x, pool_param)" in cause.why
    assert "the / is in line 4: rows = (x.shape[2] - pool_param" in cause.why
    thing = "index" if "places" in used else "size of an array"
    assert f"a float is no {thing}; // gives a whole number" in cause.cause


@pytest.mark.parametrize(
    "change", [("/ stride + 1\n    columns", "// stride + 1.0\n    columns"),
               ("rows = (x.shape[2] - pool_param[\"pool_height\"]) / stride + 1",
                "rows = float(int((x.shape[2] - pool_param[\"pool_height\"]) / stride + 1))")]
)  # fmt: skip
def test_a_float_index_that_nothing_divided_is_no_division(change):
    source = FLAT.format("np.take(x, places)").replace(*change)
    result = practice.max_pool_forward(write(source, "max_pool_forward_naive"))
    assert causes(result) == ["raises"]


def test_a_size_that_a_helper_is_given_is_looked_for_where_it_was_divided():
    source = """
def empty(rows):
    return np.zeros((2, rows))


def conv_forward_naive(x, w, b, conv_param):
    size = (x.shape[2] + 2 * conv_param["pad"] - w.shape[2]) / conv_param["stride"] + 1
    return empty(size), None
"""
    result = practice.conv_forward(write(source, "conv_forward_naive"))
    assert causes(result) == ["conv-forward-true-division"]
    assert (
        "in line 3: return np.zeros((2, rows)); the / is in line 7: size =" in result.cause[0].why
    )


UNPACKS = """
def max_pool_forward_naive(x, pool_param):
    height, width, stride = {}
    rows = (x.shape[2] - height) // stride + 1
    return x[:, :, :rows], None
"""


def test_the_keys_that_a_dictionary_is_unpacked_to_are_named():
    function = write(UNPACKS.format("pool_param"), "max_pool_forward_naive")
    result = practice.max_pool_forward(function)
    assert [(c.id, c.sure) for c in result.cause] == [("dict-unpacked", "sure")]
    why = result.cause[0].why
    assert "come from line 3: height, width, stride = pool_param" in why
    conv = UNPACKS.replace("max_pool_forward_naive(x, ", "conv_forward_naive(x, w, b, ")
    result = practice.conv_forward(write(conv.format("pool_param"), "conv_forward_naive"))
    assert causes(result) == ["dict-unpacked"], "three names for two entries"


def test_values_that_a_dictionary_is_unpacked_to_are_no_keys():
    function = write(UNPACKS.format("pool_param.values()"), "max_pool_forward_naive")
    assert "dict-unpacked" not in causes(practice.max_pool_forward(function))


# Dropout in the test.


def without_scale(x, dropout_param):
    """The scale in the test instead of in training."""
    p, mask = dropout_param["p"], None
    if dropout_param["mode"] == "test":
        return x * p, (dropout_param, mask)
    mask = np.random.default_rng(dropout_param["seed"]).random(x.shape) < p
    return x * mask, (dropout_param, mask)


def test_a_backward_pass_without_the_factor_of_its_forward_pass_in_the_test_is_named():
    def backward(dout, cache):
        dropout_param, mask = cache
        return dout if dropout_param["mode"] == "test" else dout * mask

    result = practice.dropout_backward(backward, forward=without_scale)
    assert causes(result)[0] == "dropout-backward-test-factor"

    def scaled(dout, cache):
        dropout_param, mask = cache
        return dout * (dropout_param["p"] if mask is None else mask)

    assert practice.dropout_backward(scaled, forward=without_scale).ok


def test_a_cache_that_is_none_in_the_test_is_named():
    def forward(x, dropout_param):
        out, cache = BOOK["dropout_forward"](x, dropout_param)
        return out, None if dropout_param["mode"] == "test" else cache

    def backward(dout, cache):
        dropout_param, mask = cache
        return dout if dropout_param["mode"] == "test" else dout * mask

    result = practice.dropout_backward(backward, forward=forward)
    assert [(c.id, c.sure) for c in result.cause] == [("cache-none", "sure")]

    def careful(dout, cache):
        return dout if cache is None else backward(dout, cache)

    assert practice.dropout_backward(careful, forward=forward).ok


UNPACKED = """
def max_pool_backward_naive(dout, cache):
    x, rows, columns, pool_param = {}
    return x
"""


def test_a_cache_of_another_layout_is_named():
    backward = write(UNPACKED.format("cache"), "max_pool_backward_naive")
    result = practice.max_pool_backward(backward)
    assert [(c.id, c.sure) for c in result.cause] == [("cache-layout", "sure")]
    assert "holds here: an array of shape (1, 1, 2, 2), a dict." in result.cause[0].cause
    assert "practice.max_pool_backward(yours, forward=your_forward)" in result.cause[0].cause
    own = practice.max_pool_backward(backward, forward=BOOK["max_pool_forward"])
    assert [(c.id, c.sure) for c in own.cause] == [("cache-layout", "likely")]
    assert "the forward pass beside it" in own.cause[0].cause


def test_values_that_are_no_cache_are_not_called_one():
    backward = write(UNPACKED.format("cache[0]"), "max_pool_backward_naive")
    assert "cache-layout" not in causes(practice.max_pool_backward(backward))


def test_a_name_in_another_place_of_the_cache_is_named_where_nothing_comes_back():
    def backward(dout, cache):
        w, x, b, conv_param = cache
        return x @ conv_param, w, b

    cause = practice.conv_backward(backward).cause[0]
    assert (cause.id, cause.sure) == ("cache-layout", "likely")
    assert cause.why == "w has another place in the book's cache, in: w, x, b, conv_param = cache"


def test_the_words_of_the_readers_line_say_nothing_of_its_exception():
    def forward(x):
        shape, size = [1]
        return x + size, shape

    assert causes(practice.relu_forward(forward)) == ["raises"]


# Words.


def test_one_exception_on_all_cases_is_said_once():
    def forward(x, pool_param):
        return undefined, None  # noqa: F821

    result = practice.max_pool_forward(forward)
    text, said = repr(result), "NameError: name 'undefined' is not defined"
    table = text.split("\n\n")[1].splitlines()
    counted = sum(not row.case.told for row in result.rows)
    told = [row.case.name for row in result.rows if row.case.told]
    assert "not a number" in told
    assert [line.split("  ")[1] for line in table] == [f"all {counted} cases", *told]
    assert said in table[0]
    assert result._repr_html_().count("<tr><td>✗</td>") == 1
    assert "No call came to its end" in text


def test_an_exception_on_some_cases_is_said_once_where_it_goes_on():
    def forward(x, pool_param):
        if pool_param["stride"] > 1:
            raise RuntimeError("not today")
        return BOOK["max_pool_forward"](x, pool_param)

    result = practice.max_pool_forward(forward)
    text = repr(result)
    table = text.split("\n\n")[1].splitlines()
    assert len(table) == len(result.rows)
    said = [line for line in table if "RuntimeError: not today" in line]
    same = [line for line in table if line.endswith("  the same")]
    assert said
    assert len(said) + len(same) == sum(bool(row.seen.raised) for row in result.rows)
    assert not any(a.endswith("out ok") and b.endswith("the same") for a, b in pairwise(table))
    assert "No call came to its end" not in text
    assert "This is likely: RuntimeError: not today" in text


def test_a_convention_is_called_one():
    def forward(x, dropout_param):
        return BOOK["dropout_forward"](x, dropout_param | {"p": 1 - dropout_param["p"]})

    text = repr(practice.dropout_forward(forward))
    assert "The convention: p is taken as the share to drop" in text
    assert "This is:" not in text


def test_shapes_that_differ_by_axes_of_one_are_shown():
    def forward(x, pool_param):
        out, cache = BOOK["max_pool_forward"](x, pool_param)
        return out[None], cache

    text = repr(practice.max_pool_forward(forward))
    assert "  your out of shape (1, 1, 1, 1, 1) = " in text
    assert "  expected out of shape (1, 1, 1, 1) = " in text


def test_a_count_of_a_helpers_cases_says_whose_they_are():
    source = """
def batchnorm_forward(x, gamma, beta, bn_param):
    return book(x, gamma, 0 * beta, bn_param)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache
"""
    function = write(source, "spatial_batchnorm_forward", book=BOOK["batchnorm_forward"])
    result = practice.spatial_batchnorm_forward(function)
    assert result.cause[0].title.startswith("batchnorm_forward, which it calls, is wrong: ")
    assert result.cause[0].why.startswith("by the check of batchnorm_forward, ")
