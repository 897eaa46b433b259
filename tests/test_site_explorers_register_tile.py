"""The explorer of the register tile: its model is nndl's, its rates are those on record."""

import json
import re

import pytest

from book._explorers import register_tile
from nndl.fast.kernels import blocking
from tests.support.explorer_page import (
    BROWSER,
    middle,
    misfits,
    opened,
    said,
    unreadable,
    written_page,
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
SIZES = [(R, V) for R in range(1, blocking.MAX_MR + 1) for V in range(1, blocking.MAX_NV + 1)]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written_page(tmp_path_factory.mktemp("explorer"), "register_tile")


def test_the_rates_are_those_on_record():
    timings = json.loads(register_tile.TIMINGS.read_text(encoding="utf-8"))["micro_kernel"]
    machine = register_tile.data()["machines"]["wide"]
    assert timings["date"] in machine["of"]
    assert len(machine["rates"]) == sum("best" in name for name in timings["values"])
    for size, rates in machine["rates"].items():
        name = "tile " + size.replace("x", " x ")
        assert rates == [timings["values"][f"{name}, {which}"] for which in ("best", "worst")]


def test_the_figure_is_readable_on_a_phone_and_on_both_pages():
    pytest.importorskip("matplotlib")
    assert not unreadable("register_tile")


def test_the_page_expects_what_nndl_expects(browser, path):
    machine = register_tile.data()["machines"]["wide"]
    model = """([sizes, machine]) => sizes.map(([R, V]) => [
        NNDL.register_tile.cycles(R, V, machine), NNDL.register_tile.needs(R, V)])"""
    with opened(browser, path, patient=False) as (page, _):
        found = page.evaluate(model, [SIZES, machine])
        wrong = page.evaluate(model, [SIZES, machine | {"each": 0}])
    assert found == [[blocking.cycles(R, V), R * V + V + 1] for R, V in SIZES]
    assert wrong != found


def test_by_keys_alone(browser, path):
    with opened(browser, path, patient=False) as (page, live):
        assert "4 × 4: 16 multiply–adds for 8 loads" in said(page, live)
        assert "21 of 32 registers" in said(page, live)
        cell = live.locator("td[tabindex='0']")
        assert cell.count() == 1
        cell.focus()
        for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Home"):
            page.keyboard.press(key)
        assert said(page, live).startswith("1 × 1: 1 multiply–add for 2 loads")
        assert "the latency" in said(page, live)
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("1 ×")
        page.keyboard.press("End")
        assert "It waits for the loads" in said(page, live)
        live.get_by_label("rows R").press("End")
        text = said(page, live)
        assert "91 registers are needed, and there are 32: 59 sums" in text
        assert "measured" not in text  # such a size is not on record
        live.get_by_role("radio", name="32, AVX-512").focus()
        page.keyboard.press("ArrowRight")
        assert "there are 16" in said(page, live)
        assert "nothing was measured" in live.inner_text()


def test_the_table_shows_the_record(browser, path):
    rates = register_tile.data()["machines"]["wide"]["rates"]
    with opened(browser, path, patient=False) as (page, live):
        shown = live.locator("td").all_inner_texts()
        places = [f"{R}x{V}" for R in range(1, 15) for V in range(1, 7)]
        for place, text in zip(places, shown, strict=True):
            assert text == (f"{rates[place][0]:.0f}" if place in rates else "·")
        live.get_by_role("radio", name="expected").check()
        machine = register_tile.data()["machines"]["wide"]
        for place, text in zip(places, live.locator("td").all_inner_texts(), strict=True):
            R, V = map(int, place.split("x"))
            assert text == f"{machine['peak'] * R * V / blocking.cycles(R, V):.0f}"
        for size, words in (("4x5", "16 GFLOP/s"), ("6x5", "57 GFLOP/s")):
            R, V = map(int, size.split("x"))
            live.locator("td").nth(6 * (R - 1) + V - 1).click()
            assert words in live.locator(".rates").inner_text()
        assert "where the stack lies badly" in said(page, live)


def test_by_touch_on_a_phone(browser, path):
    for width in (390, 360):
        with opened(browser, path, width, has_touch=True, is_mobile=True) as (page, live):
            page.touchscreen.tap(*middle(live.locator("td").nth(6 * 7 + 2)))
            assert said(page, live).startswith("8 × 3: 24 multiply–adds")
            assert not misfits(page, live)


def test_it_speaks_when_a_slider_rests_and_not_before(browser, path):
    with opened(browser, path) as (page, live):
        before = said(page, live)
        during = live.locator("input[type=range]").first.evaluate(
            """async (input) => {
                const words = document.querySelector(".explorer-words"), heard = [];
                for (let rows = 5; rows < 12; rows++) {
                    input.value = rows;
                    input.dispatchEvent(new Event("input"));
                    await new Promise((done) => setTimeout(done, 30));
                    heard.push(words.textContent);
                }
                return heard;
            }"""
        )
        assert set(during) == {before}
        assert re.match("11 × 4", said(page, live))
