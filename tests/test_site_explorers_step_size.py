"""The explorer of the step: its differences are NumPy's, and the V stays as one goes."""

import numpy as np
import pytest

from nndl.gradient_check import eval_complex_gradient_array
from tests.support.explorer_page import (
    BROWSER,
    finger,
    middle,
    misfits,
    opened,
    said,
    unreadable,
    written_page,
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
FUNCTIONS = {
    "exp": np.exp,
    "sin": np.sin,
    "square": lambda x: x * x,
    "large": lambda x: x * x * x + x.dtype.type(1000),
    "kink": np.abs,
}
# Square, product and sum are IEEE 754's, to the last bit. Of exp and sin the browser gives what is
# next to the true value; NumPy's are up to 1 unit in the last place off, and 2.5 in float32.
ULPS = {"float32": 3, "float64": 2}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return written_page(tmp_path_factory.mktemp("step_size"), "step_size")


def computed(page, name, x, h, kind, dtype):
    """What the page computes for arrays of places and steps: rows of four numbers."""
    call = """([name, x, h, kind, dtype]) => x.map((v, i) =>
        Object.values(NNDL.step_size.difference(name, v, h[i], kind, dtype)))"""
    return np.array(page.evaluate(call, [name, x.tolist(), h.tolist(), kind, dtype])).T


def mistakes(page, name, kind, dtype):
    """How many of 200 random differences are not those of NumPy, in each of the four numbers."""
    rng = np.random.default_rng([ord(c) for c in name + kind + dtype])
    x, h = rng.uniform(0.01, 3, 200), 10 ** -rng.uniform(1, 15, 200)
    above, below, apart, slope = computed(page, name, x, h, kind, dtype)
    x, h = x.astype(dtype), h.astype(dtype)
    f = FUNCTIONS[name]
    ends = f(x + h), f(x - h) if kind == "centered" else f(x)
    width = 2 * h if kind == "centered" else h
    ulps = ULPS[dtype] if name in ("exp", "sin") else 0
    pairs = zip((above, below), ends, strict=True)
    wrong = [np.sum(np.abs(a - b) > ulps * np.spacing(np.abs(b))) for a, b in pairs]
    own = above.astype(dtype) - below.astype(dtype)
    return [*wrong, np.sum(apart != own), np.sum(slope != own / width)]


def test_each_difference_is_numpys(browser, address):
    with opened(browser, address) as (page, _):
        for name in FUNCTIONS:
            for kind in ("centered", "onesided"):
                for dtype in ("float32", "float64"):
                    assert mistakes(page, name, kind, dtype) == [0, 0, 0, 0], (name, kind, dtype)


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("r(r(r(x * x) * x) + 1000)", "r(r(x * x) * x) + 1000", "large"),
        ("const above = f(r(x + h), r)", "const above = f(x + h, r)", "square"),
        ("slope: r(apart /", "slope: (apart /", "square"),
    ],
)
def test_a_rounding_that_is_left_out_is_found(browser, tmp_path, right, wrong, name):
    with opened(browser, written_page(tmp_path, "step_size", planted=(right, wrong))) as (
        page,
        _,
    ):
        assert sum(mistakes(page, name, "centered", "float32")) > 10


def test_the_predicted_terms_are_those_of_the_chapter(browser, address):
    """The slope by the complex step; truncation as measured where nothing else counts."""
    with opened(browser, address) as (page, _):
        known = page.evaluate(
            "Object.entries(NNDL.step_size.FUNCTIONS).map(([k, f]) => [k, f.x, f.d])"
        )
        for name, x, (value, slope, *_) in known:
            f, at = FUNCTIONS[name], np.array([float(x)])
            assert f(at)[0] == pytest.approx(value, rel=1e-15)
            if name != "kink":
                exact = eval_complex_gradient_array(f, at, np.ones(1))[0]
                assert exact == pytest.approx(slope, rel=1e-14)
            for kind, h in (("centered", 0.01), ("onesided", 1e-4)):
                call = "([n, h, k]) => NNDL.step_size.predicted(n, h, k, 'float64')"
                terms = page.evaluate(call, [name, h, kind])
                ends = f(at + h) - (f(at - h) if kind == "centered" else f(at))
                error = abs(ends[0] / (2 * h if kind == "centered" else h) / slope - 1)
                if name != "kink":
                    assert error == pytest.approx(terms["truncation"], rel=0.01, abs=1e-11)
                share = 1 if kind == "centered" else 2
                assert terms["rounding"] == pytest.approx(share * 2**-53 * abs(value / slope) / h)


def test_keys_move_the_step_and_what_was_visited_stays(browser, address):
    with opened(browser, address, patient=False) as (page, live):
        handle = page.get_by_role("slider", name="Step h")
        handle.focus()
        before = said(page, live)
        for _ in range(3):
            page.keyboard.press("Shift+ArrowLeft")
        assert page.locator(".explorer-words").inner_text() == before, "speaks while one moves"
        words = said(page, live)
        assert "h = 1.0e−5, centered, float64" in words
        assert "truncation 2e−11" in words
        dots = page.locator("path.centered.float64:not(.ring)")
        assert dots.get_attribute("d").count("M") == 31
        page.get_by_label("float32").check()
        assert "float32: the slope is off by" in said(page, live)
        assert dots.get_attribute("d").count("M") == 31
        page.get_by_label("one-sided").check()
        handle.focus()
        for _ in range(9):
            page.keyboard.press("Shift+ArrowLeft")
        assert "The step is lost" in said(page, live)
        page.get_by_label("|x| at 0.001").check()
        page.get_by_label("centered", exact=True).check()
        handle.focus()
        for _ in range(13):
            page.keyboard.press("Shift+ArrowRight")
        assert "The kink at 0 lies inside the step" in said(page, live)
        page.get_by_role("button", name="Clear").click()
        assert page.locator("svg path.centered:not(.ring)").get_attribute("d").count("M") == 1


def test_a_finger_drags_the_step_and_the_page_stays(browser, address):
    with opened(browser, address, width=390, has_touch=True) as (page, _):
        x, y = middle(page.get_by_role("slider", name="Step h"))
        finger(page, *((x - 10 * k, y + 8 * k) for k in range(12)))
        assert page.evaluate("scrollY") == 0
        assert page.locator("path.centered.float64:not(.ring)").get_attribute("d").count("M") > 30


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits(browser, address, width):
    with opened(browser, address, width=width) as (page, live):
        page.get_by_label("Predicted terms").check()
        for name in ("eˣ at 1", "x³ + 1000 at 2"):
            page.get_by_label(name).check()
            assert misfits(page, live) == []


def test_the_sweep_is_an_animation_and_a_step_where_motion_is_not_wanted(browser, address):
    with opened(browser, address) as (page, live):
        button = page.get_by_role("button", name="Sweep")
        button.click()
        curve = "path.centered.float64:not(.ring)"
        marks = f"document.querySelector('{curve}').getAttribute('d').split('M').length - 1"
        page.wait_for_function(f"{marks} > 3")
        page.get_by_role("button", name="Stop").click()
        assert page.evaluate(marks) < 100
    with opened(browser, address, reduced_motion="reduce") as (page, live):
        before = said(page, live)
        page.get_by_role("button", name="Smaller h").click()
        page.wait_for_timeout(200)
        assert page.locator("path.centered.float64:not(.ring)").get_attribute("d").count("M") == 6
        assert said(page, live) != before


def test_its_figure_is_readable_on_a_phone_and_in_the_dark():
    assert not unreadable("step_size")
