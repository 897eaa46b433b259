"""The explorer of computational graphs: it computes as nndl.autodiff does, and draws what fits."""

import math
import re
from functools import cache

import numpy as np
import pytest

from book._explorers import graph
from nndl.autodiff import Scalar, backpropagate
from nndl.gradient_check import rel_error
from tests.support.explorer_page import (
    BROWSER,
    misfits,
    opened,
    said,
    unreadable,
    written_page,
)

NAMES = ["x", "y", "z"]
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
CALL = """([text, given]) => {
    const nodes = NNDL.graph.parse(text), result = NNDL.graph.evaluate(nodes, given);
    return [result.wrong?.message ?? null, result.values[nodes.at(-1).name], result.gradients];
}"""
TRY = f"""try {{ return ({CALL})(one); }} catch (error) {{ return [error.message, null, null]; }}"""
ERROR = """text => {
    try { NNDL.graph.parse(text); } catch (error) { return [error.message, error.from, error.to]; }
    return null;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return written_page(tmp_path_factory.mktemp("graph"), "graph")


@pytest.fixture(scope="module")
def page(browser, address):
    """A page whose functions are asked, and which nobody touches."""
    with opened(browser, address) as (page, _):
        yield page


def drawn(rng, names, depth):
    """A random formula: its text, and a function that computes it from a dict of numbers."""
    if depth == 0 or rng.random() < 0.1:
        if rng.random() < 0.7:
            name = str(rng.choice(names))
            return name, lambda given: given[name]
        number = float(rng.integers(1, 30)) / 10
        return str(number), lambda given: number
    (s, f), (t, g) = (drawn(rng, names, depth - 1) for _ in range(2))
    k = int(rng.integers(-2, 4))
    one = Scalar(1)  # what makes a Scalar of a number, so that it has exp and log
    kinds = [
        (f"({s} + {t})", lambda v: f(v) + g(v)),
        (f"({s} - {t})", lambda v: f(v) - g(v)),
        (f"({s} * {t})", lambda v: f(v) * g(v)),
        (f"({s} / {t})", lambda v: f(v) / g(v)),
        (f"max({s}, {t})", lambda v: np.maximum(f(v), g(v))),
        (f"exp({s})", lambda v: (one * f(v)).exp()),
        (f"log({s})", lambda v: (one * f(v)).log()),
        (f"sqrt({s})", lambda v: (one * f(v)) ** 0.5),
        (f"({s})^{k}", lambda v: (one * f(v)) ** k),
        (f"-{s}", lambda v: -(one * f(v))),
    ]
    return kinds[int(rng.integers(len(kinds)))]


@cache
def cases():
    """Random formulas that have a value and a gradient: text, names' values, value, gradient."""
    rng, found = np.random.default_rng(5), []
    while len(found) < 400:
        text, function = drawn(rng, NAMES, 3)
        given = dict(zip(NAMES, rng.normal(size=3).round(3).tolist(), strict=True))
        leaves = {name: Scalar(value) for name, value in given.items()}
        try:
            loss = function(leaves)
            if not isinstance(loss, Scalar) or len(text) > 90:
                continue
            grads = [float(grad) for grad in backpropagate(loss, *leaves.values())]
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            continue
        if all(map(math.isfinite, [loss.value, *grads])):
            found.append((text, given, loss.value, grads))
    return found


def disagreements(page):
    """The errors of values and gradients on random formulas, all those that the page takes."""
    errors = []
    answers = page.evaluate(f"all => all.map(one => {{ {TRY} }})", [case[:2] for case in cases()])
    for (text, _, value, grads), (message, found, gradients) in zip(cases(), answers, strict=True):
        if message is None:
            gradient = np.array([gradients.get(name, 0.0) for name in NAMES])
            off = [abs(found - value), np.abs(gradient - grads).max()]
            relative = [rel_error(found, value), rel_error(gradient, np.array(grads))]
            errors += np.minimum(off, relative).tolist()  # what cancels to 0 has roundings alone
        else:
            assert re.search("no name in it|no operation yet|has room", message), (text, message)
    return np.array(errors)


def test_values_and_gradients_are_those_of_autodiff(page):
    errors = disagreements(page)
    assert len(errors) > 500
    assert errors.max() <= 1e-12


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(total, { by, slot }) => total +", "(total, { by, slot }) => 0 * total +"),  # forks
        ("-a / (b * b)", "-a / b"),
        ("(a >= b ? [1, 0] : [0, 1])", "(a >= b ? [0, 1] : [1, 0])"),
        ("1 / (2 * out)", "1 / out"),
        ("k * a ** (k - 1)", "a ** (k - 1)"),
        ("local: () => [1, -1]", "local: () => [1, 1]"),
    ],
)
def test_a_wrong_derivative_is_found(browser, tmp_path, right, wrong):
    with opened(browser, written_page(tmp_path, "graph", planted=(right, wrong))) as (page, _):
        assert np.mean(disagreements(page) > 1e-3) > 0.01


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x^2", -4.0),
        ("2 - x - 1", -1.0),
        ("8 / x / 2", 2.0),
        ("2 * x^-1", 1.0),
        ("x ** 3 − 1 · x", 6.0),
        ("u = x*x; v = u + u; v*v", 64.0),
        ("1e1 * x + .5", 20.5),
        ("max(x, max(3, x)) + ln(exp(x))", 5.0),
        ("--x", 2.0),
    ],
)
def test_formulas_mean_what_they_mean_on_paper(page, text, value):
    assert page.evaluate(CALL, [text, {"x": 2}])[1] == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "says", "place"),
    [
        ("w * * x", "a number, a name or a bracket is missing", "*"),
        ("2 x", "A product is written with *", "x"),
        ("max(x)", "takes two numbers", "max"),
        ("tanh(x)", "no function “tanh”", "tanh"),
        ("(x + 1", "A bracket that opens here does not close", "("),
        ("x ^ 0.5", "a whole number", "0.5"),
        ("x $ y", "has no meaning here", "$"),
        ("x +", "The formula ends where", " "),
        ("", "Type a formula", " "),
        ("x + 1)", "This bracket closes nothing", ")"),
        ("3 + 4", "There is no name in it", "3 + 4"),
        ("x", "no operation yet", "x"),
        ("exp x", "needs brackets", "exp"),
        ("x + 1,5", "A decimal has a point", ","),
        ("alert(1)", "no function “alert”", "alert"),
        ("x.constructor", "has no meaning here", "."),
        ("constructor * x", "at most six letters", "constructor"),
        ("u = x*x; u = u + 1", "already means something", "u"),
        ("x = 3 = 4", "Only a name stands before =", "="),
        ("1/0 + x", "a constant that is no number", "+"),
        ("a+b+c+d+e+f+g", "7 names", "a+b+c+d+e+f+g"),
        ("((((((x+1)^2+1)^2+1)^2+1)^2+1)^2+1)^2+exp(exp(x))", "numbers", None),
        ("x + " * 40 + "x", "longer than 90", None),
    ],
)
def test_a_bad_formula_gets_a_message_at_its_place(page, text, says, place):
    message, start, end = page.evaluate(ERROR, text)
    assert says in message
    assert place is None or f"{text} "[start:end] == place


@pytest.mark.parametrize("text", ["toString * x", "proto + x", "valueOf(x)"])
def test_names_of_the_language_are_names_like_others(page, text):
    """Or a message: never something that the language means by them."""
    error = page.evaluate(ERROR, text)
    assert error is not None or page.evaluate(CALL, [text, {"x": 2, "proto": 3}])[1] == 5


def test_a_formula_is_typed_and_what_is_wrong_is_said_in_its_place(browser, address):
    with opened(browser, address, patient=False) as (page, live):
        formula = page.get_by_label("Formula")
        formula.fill("w * * x")
        assert page.locator("mark").inner_text() == "*"
        assert formula.get_attribute("aria-invalid") == "true"
        assert "is missing" in said(page, live)
        formula.fill("log(p) * q")
        assert not page.locator(".wrong").inner_text()
        assert formula.get_attribute("aria-invalid") == "false"
        page.get_by_label("p, as a number").fill("-1")
        assert "log needs a number above 0, and p is −1" in page.locator(".wrong").inner_text()
        assert page.get_by_role("button", name="Next").is_disabled()
        page.get_by_label("p, as a number").fill("1")
        assert not page.get_by_role("button", name="Next").is_disabled()


def test_the_steps_ask_who_used_it_and_with_what_derivative(browser, address):
    with opened(browser, address, patient=False) as (page, live):
        next_step, words = page.get_by_role("button", name="Next"), [said(page, live)]
        next_step.focus()
        for k in range(14):
            page.keyboard.press("Enter")
            words.append(said(page, live) if k in (0, 5, 6, 7, 13) else "")
        assert words[0].startswith("w = 2, x = 3, b = −1, y = 3. The first gate will compute u =")
        assert words[1].startswith("Forward: u = w · x = 2 · 3 = 6.")
        assert "dL = 1" in words[6]
        assert words[7].startswith("Who used e?")
        assert "Forks add: de = dL · e + dL · e = 1 · 2 + 1 · 2 = 4" in words[7]
        assert words[8].endswith("dy = de · (−1) = 4 · (−1) = −4.")
        assert words[14].endswith("dw = du · x = 4 · 3 = 12.")
        assert next_step.is_disabled()
        assert "dw = 12" in page.locator("svg").text_content()
        page.get_by_label("x", exact=True).focus()
        page.keyboard.press("ArrowRight")
        assert "4.40 · 3.10 = 13.64" in said(page, live)
        page.get_by_role("button", name="Back").click()
        assert "dw" not in page.locator("svg").text_content()
        page.get_by_role("button", name="Reset").click()
        assert "u =" not in page.locator("svg").text_content()


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_every_example_fits_with_all_its_numbers(browser, address, width):
    more = [
        "(a*b + c*d + e*f)^2 / 2",
        "max(x*y, y*z) + max(y*z, x*z) + x*y",
        "exp(-(x*x+y*y)/2) / (1+x*x)",
    ]
    with opened(browser, address, width=width) as (page, live):
        for text in [*(formula for _, formula, _ in graph.EXAMPLES), *more]:
            page.get_by_label("Formula").fill(text)
            page.get_by_role("button", name="To the end").click()
            assert page.locator("svg .gradient").count() > 2
            assert misfits(page, live) == [], text


def test_its_figure_is_readable_on_a_phone_and_in_the_dark():
    assert not unreadable("graph")
