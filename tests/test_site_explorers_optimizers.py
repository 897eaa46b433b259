"""The explorer of update rules: its steps are those of nndl, and its surfaces those drawn here."""

import numpy as np
import pytest

from book._explorers import optimizers
from nndl.gradient_check import eval_numerical_gradient, rel_error
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
CONFIGS = {
    "sgd": {"learning_rate": 0.05},
    "sgd_momentum": {"learning_rate": 0.03, "momentum": 0.8},
    "sgd_nesterov_momentum": {"learning_rate": 0.03, "momentum": 0.8},
    "rmsprop": {"learning_rate": 0.1, "decay_rate": 0.9},
    "adam": {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.99},
}
GIVEN = """([rule, config, w, gradients]) => {
    const path = [], c = {...config};
    for (const dw of gradients) {
        NNDL.optimizers.rules[rule](w, dw, c);
        path.push([...w]);
    }
    return path;
}"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written_page(tmp_path_factory.mktemp("explorer"), "optimizers")


def test_the_figure_is_readable_on_a_phone_and_on_both_pages():
    pytest.importorskip("matplotlib")
    assert not unreadable("optimizers")


def test_the_rules_are_those_of_nndl_step_by_step(browser, path):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(60, 7)) * 10.0 ** rng.integers(-3, 3, size=7)
    start = rng.normal(size=7)
    assert set(CONFIGS) == set(optimizers.RULES)
    with opened(browser, path, patient=False) as (page, _):
        for name, rule in optimizers.RULES.items():
            w, config, expected = start.copy(), dict(CONFIGS[name]), []
            for dw in gradients:
                w, config = rule(w, dw, config)
                expected.append(w.copy())
            given = [name, CONFIGS[name], start.tolist(), gradients.tolist()]
            found = np.array(page.evaluate(GIVEN, given))
            # A weight may pass near 0, where little is left of it: errors are those of its start.
            assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()
            given[1] = CONFIGS[name] | {"learning_rate": CONFIGS[name]["learning_rate"] * 1.001}
            other = np.array(page.evaluate(GIVEN, given))
            assert np.abs(other - expected).max() > 1e-6 * np.abs(expected).max()


def test_surfaces_and_the_paths_on_them_are_those_of_python(browser, path):
    rng, noise = np.random.default_rng(1), optimizers.data()["noise"]
    call = """([name, w]) => {
        const {height, slope} = NNDL.optimizers.surfaces[name];
        return [height(w), slope(w)];
    }"""
    descend = """([name, rule, config, w, noise]) => NNDL.optimizers.descend(
        rule, {...config}, NNDL.optimizers.surfaces[name].slope, w, noise.length, noise)"""
    with opened(browser, path, patient=False) as (page, _):
        for name, surface in optimizers.SURFACES.items():
            w = rng.uniform(-1, 1, size=2)
            numerical = eval_numerical_gradient(surface.height, w, verbose=False)
            assert rel_error(surface.slope(w), numerical) < 1e-7
            height, slope = page.evaluate(call, [name, w.tolist()])
            assert rel_error(height, surface.height(w)) <= 1e-12
            assert rel_error(np.array(slope), surface.slope(w)) <= 1e-12
            # 30 steps: beyond, round-off grows on a bent surface as any difference does.
            for rule in optimizers.RULES:
                rate = surface.other_rate if rule in optimizers.FIXED else surface.rate
                config = CONFIGS[rule] | {"learning_rate": rate}
                added = noise[:30] * surface.noise
                given = [name, rule, config, list(surface.start), added.tolist()]
                found = np.array(page.evaluate(descend, given))
                expected = optimizers.descend(
                    optimizers.RULES[rule], config, surface.slope, surface.start, added, steps=30
                )
                assert np.abs(found - expected).max() <= 1e-10 * np.abs(expected).max()


def test_the_map_is_what_the_theory_says(browser, path):
    chart = optimizers.data()["chart"]
    radius = """([rates, momenta, curvature]) => momenta.map((m) => rates.map((r) =>
        Math.max(...curvature.map((c) => NNDL.optimizers.radius(r, m, c)))))"""
    rates, momenta, curvature = (chart[key] for key in ("rates", "momenta", "curvature"))
    with opened(browser, path, patient=False) as (page, _):
        found = page.evaluate(radius, [rates.tolist(), momenta.tolist(), curvature.tolist()])
    for m, row, digits in zip(momenta, found, chart["digits"], strict=True):
        for rate, largest, gained in zip(rates, row, digits, strict=True):
            roots = [np.abs(np.roots([1, -(1 + m - rate * c), m])).max() for c in curvature]
            assert largest == pytest.approx(
                max(roots), rel=1e-6
            )  # of double roots, half the digits
            limit = 2 * (1 + m) / curvature.max()
            if abs(rate / limit - 1) > 1e-9:
                assert (gained > 0) == (rate < limit) == (largest < 1)
            if largest < 0.95:  # in the long run: the beginning costs a digit or so of 200 steps
                assert gained == pytest.approx(-100 * np.log10(largest), abs=2.5)
    assert min(map(min, chart["digits"])) < 0 < max(map(max, chart["digits"]))


def test_by_keys_alone(browser, path):
    with opened(browser, path, patient=False) as (page, live):
        text = said(page, live)
        assert text.startswith("Step 200, height above the lowest: SGD ")
        live.get_by_role("button", name="To the start").press("Enter")
        assert "Step 0, height above the lowest: SGD 78.88, momentum 78.88" in said(page, live)
        live.get_by_role("button", name="Step", exact=True).press("Enter")
        assert "Step 1, " in said(page, live)
        live.get_by_role("slider", name="start").press("Shift+ArrowUp")
        assert "w₁ 1.9" in live.get_by_role("slider", name="start").get_attribute("aria-valuetext")
        live.get_by_role("checkbox", name="Adam").press("Space")
        assert "Adam" not in said(page, live)
        chart = live.get_by_role("slider", name="rate and momentum")
        for _ in range(9):
            chart.press("ArrowRight")
        for _ in range(4):
            chart.press("Shift+ArrowDown")
        assert "At η = 0.075, m = 0 momentum diverges" in said(page, live)
        live.get_by_role("radio", name="saddle").press("Space")
        assert "Step 1, height above the lowest: SGD " in said(page, live)
        chart.press("ArrowUp")  # the map is that of the narrow valley
        assert live.get_by_role("radio", name="narrow valley").is_checked()


def test_it_plays_pauses_and_is_silent_meanwhile(browser, path):
    with opened(browser, path) as (page, live):
        before = said(page, live)
        live.get_by_role("button", name="Play").press("Enter")
        page.wait_for_timeout(350)
        assert live.locator(".explorer-words").inner_text() == before
        live.get_by_role("button", name="Pause").press("Enter")
        step = int(said(page, live).split(",")[0].removeprefix("Step "))
        assert 0 < step < optimizers.STEPS
        assert said(page, live).startswith(f"Step {step},")


def test_with_less_motion_there_are_steps_and_no_play(browser, path):
    with opened(browser, path, reduced_motion="reduce", patient=False) as (page, live):
        assert not live.get_by_role("button", name="Play").count()
        live.get_by_role("button", name="To the start").press("Enter")
        live.get_by_role("button", name="Step", exact=True).press("Enter")
        assert said(page, live).startswith("Step 1,")
        live.get_by_role("button", name="To the end").press("Enter")
        assert said(page, live).startswith("Step 200,")


def test_by_touch_on_a_phone(browser, path):
    for width in (390, 360):
        with opened(browser, path, width, has_touch=True, is_mobile=True) as (page, live):
            ring = live.get_by_role("slider", name="start")
            ring.scroll_into_view_if_needed()
            x, y = middle(ring)
            top = page.evaluate("scrollY")
            finger(page, (x, y), (x + 20, y + 10), (x + 60, y + 25))
            assert page.evaluate("scrollY") == top
            assert middle(ring) == (pytest.approx(x + 60, abs=3), pytest.approx(y + 25, abs=3))
            chart = live.get_by_role("slider", name="rate and momentum")
            chart.scroll_into_view_if_needed()
            x, y = middle(chart)
            page.touchscreen.tap(x + 80, y)
            assert middle(chart) == (pytest.approx(x + 80, abs=3), pytest.approx(y, abs=3))
            assert not misfits(page, live)
