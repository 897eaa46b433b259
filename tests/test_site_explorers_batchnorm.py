"""The explorer of batch normalization: its passes are those of nndl."""

import numpy as np
import pytest

from book._explorers import batchnorm
from nndl.gradient_check import rel_error
from nndl.layers import batchnorm_backward, batchnorm_forward
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
PASSES = """([x, dout, settings]) => {
    const pass = NNDL.batchnorm.forward(x, settings);
    return {out: pass.out, ...NNDL.batchnorm.backward(dout, pass, settings.gamma)};
}"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written_page(tmp_path_factory.mktemp("explorer"), "batchnorm")


def test_the_figure_is_readable_on_a_phone_and_on_both_pages():
    pytest.importorskip("matplotlib")
    assert not unreadable("batchnorm")


def cases():
    """Batches of 1 to 12 numbers, with their upstream gradients and settings."""
    rng = np.random.default_rng(1)
    for N in (1, 2, 3, 8, 12):
        for eps in (1e-8, 1e-5, 10.0):
            x, dout = rng.normal(size=N) * 10.0 ** rng.integers(-1, 2), rng.normal(size=N)
            gamma, beta = rng.normal(size=2)
            yield x, dout, {"gamma": gamma, "beta": beta, "eps": eps}


def test_the_passes_are_those_of_nndl(browser, path):
    with opened(browser, path, patient=False) as (page, _):
        for x, dout, settings in cases():
            found = page.evaluate(PASSES, [x.tolist(), dout.tolist(), settings])
            gamma, beta = np.array([settings["gamma"]]), np.array([settings["beta"]])
            param = {"mode": "train", "eps": settings["eps"]}
            out, cache = batchnorm_forward(x[:, None], gamma, beta, param)
            grads = batchnorm_backward(dout[:, None], cache)
            assert rel_error(np.array(found["out"]), out[:, 0]) <= 1e-12
            # Of dx much may cancel, of two numbers nearly all: beside what is added, it is right.
            added = np.abs(gamma * dout).max() / cache[1]
            assert np.abs(np.array(found["dx"]) - grads[0][:, 0]).max() <= 1e-12 * added
            scale = np.abs(dout).sum() * 4
            assert abs(found["dgamma"] - grads[1][0]) <= 1e-12 * scale
            assert abs(found["dbeta"] - grads[2][0]) <= 1e-12 * scale
            if len(x) > 2:  # a sigma that is taken for a constant would be seen
                constant = gamma / cache[1] * (dout - dout.mean())
                assert np.abs(constant - grads[0][:, 0]).max() > 1e-6 * added


def test_running_averages_and_test_mode_are_those_of_nndl(browser, path):
    rng = np.random.default_rng(2)
    param, one, zero = {"mode": "train", "momentum": 0.7}, np.full(1, 1.5), np.full(1, -0.5)
    settings = {"gamma": 1.5, "beta": -0.5, "eps": 1e-5}
    running = {"mean": 0, "variance": 0, "batches": 0}
    step = """([running, x, settings]) => {
        const {forward, follow, test} = NNDL.batchnorm;
        const next = follow(running, forward(x, settings), 0.7);
        return [next, test(x, settings, next).out];
    }"""
    with opened(browser, path, patient=False) as (page, _):
        for _ in range(5):
            x = rng.normal(2, 3, size=6)
            running, out = page.evaluate(step, [running, x.tolist(), settings])
            batchnorm_forward(x[:, None], one, zero, param)
            assert rel_error(running["mean"], param["running_mean"][0]) <= 1e-12
            assert rel_error(running["variance"], param["running_var"][0]) <= 1e-12
            expected, _ = batchnorm_forward(x[:, None], one, zero, param | {"mode": "test"})
            assert rel_error(np.array(out), expected[:, 0]) <= 1e-12
    assert running["batches"] == 5


def test_by_keys_alone(browser, path):
    with opened(browser, path, patient=False) as (page, live):
        point = live.locator("[role=slider][tabindex='0']")
        assert point.count() == 1
        point.focus()
        before = said(page, live)
        page.keyboard.press("Home")
        focused = "document.activeElement.getAttribute('aria-label')"
        assert page.evaluate(focused) == "x of example 0"
        page.keyboard.press("ArrowRight")
        assert page.evaluate(focused) == "x of example 1"
        page.keyboard.press("Shift+ArrowUp")
        first = batchnorm.data()["x"][1]
        value = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
        assert value == f"{first + 1:.1f}".removesuffix(".0").replace("-", "−")
        assert said(page, live) != before
        page.keyboard.press("End")
        assert page.evaluate(focused) == "x of example 7"
        live.get_by_role("radio", name="all 1").press("Space")
        assert "dx is 0 for all" in said(page, live)
        live.get_by_label("batch size N").press("Home")
        assert live.locator("[role=slider]").count() == 1
        assert "σ = 3.2e−3" in said(page, live)
        live.get_by_role("button", name="Train on this batch").press("Enter")
        assert "After 1 batch:" in live.inner_text()
        live.get_by_role("radio", name="test").press("Space")
        assert said(page, live).startswith("Test mode")
        assert "no example reaches" in live.inner_text()


def test_one_outlier_moves_every_output_and_shrinks_every_gradient(browser, path):
    x = batchnorm.data()["x"][: batchnorm.SIZE].copy()
    one = np.eye(batchnorm.SIZE)[1][:, None]
    largest = []
    with opened(browser, path, patient=False) as (page, live):
        for press in (False, True):
            if press:
                live.get_by_role("button", name="Make an outlier").press("Enter")
                x[-1] = batchnorm.OUTLIER
            _, cache = batchnorm_forward(x[:, None], np.ones(1), np.zeros(1), {"mode": "train"})
            largest.append(np.abs(batchnorm_backward(one, cache)[0]).max())
            assert f"at most {largest[-1]:.3f}" in said(page, live)
            assert f"dx reaches 8 of {batchnorm.SIZE}" in said(page, live)
    assert largest[1] < 0.6 * largest[0]


def test_by_touch_on_a_phone(browser, path):
    for width in (390, 360):
        with opened(browser, path, width, has_touch=True, is_mobile=True) as (page, live):
            before = said(page, live)
            point = live.locator("[role=slider]").nth(3)
            point.scroll_into_view_if_needed()
            x, y = middle(point)
            top = page.evaluate("scrollY")
            finger(page, (x, y), (x, y - 15), (x, y - 40), (x, y - 60))
            assert page.evaluate("scrollY") == top  # the page does not scroll under the finger
            assert middle(point)[1] == pytest.approx(y - 60, abs=3)
            assert said(page, live) != before
            assert not misfits(page, live)


def test_it_is_silent_while_a_point_is_dragged(browser, path):
    with opened(browser, path) as (page, live):
        before = said(page, live)
        x, y = middle(live.locator("[role=slider]").nth(2))
        page.mouse.move(x, y)
        page.mouse.down()
        words = live.locator(".explorer-words")
        for k in range(1, 9):
            page.mouse.move(x, y - 8 * k)
            page.wait_for_timeout(30)
            assert words.inner_text() == before
        page.mouse.up()
        assert said(page, live) != before
