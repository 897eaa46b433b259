"""The page of all mistakes: what is measured of them, their cards, and the filter above them."""

import json
import re
import shutil

import pytest

from book._ext.nndl_book import (
    gallery_course,
    gallery_filter,
    gallery_harms,
    gallery_page,
    gallery_store,
)
from nndl import mistakes
from tests.support import whole_site
from tests.support.site_visits import ARGUMENTS, AXE, SETTLED, find_browser, served
from tests.test_site_ext import ROOT, built_book, parsed

BROWSER = find_browser()
CATALOGUE = mistakes.load()
# The small book has a glossary, whose page may as well be this one.
PAGE = (ROOT / "book" / "mistakes.md").read_text(encoding="utf-8")
PAGE = re.sub(r"\{doc\}`(.*?) <workbook>`|\{py:func\}", r"\1", PAGE)
PAGE = PAGE.replace(" {cite:p}`ECEC147,CS231n`", "").replace(
    "## The mistakes", "```{glossary}\nunused\n: Nowhere.\n```\n\n## The mistakes"
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gallery")
    whole = whole_site.temporary_folder(tmp_path_factory)
    if (whole / "whole-site").exists():  # what that build measures need not be measured again
        _, _, site = whole_site.built_once(whole)
        kept = folder / "_build" / ".doctrees" / "gallery.json"
        kept.parent.mkdir(parents=True)
        shutil.copy(site.parent / ".doctrees" / "gallery.json", kept)
    done = built_book(folder, second="# Another\n", glossary=PAGE)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def measured(small):
    """What the build measured, read from where it keeps it."""
    folder = next(small.rglob("gallery.json")).parent
    before = (folder / "gallery.json").read_bytes()
    found = gallery_store.stored(folder)
    assert (folder / "gallery.json").read_bytes() == before, "nothing changed, nothing is measured"
    return found


@pytest.fixture(scope="module")
def cards(small):
    found = parsed(small, "glossary.html").select("div.box.mistake")
    return {card["id"].removeprefix("mistake-"): card for card in found}


def harms(seen):
    return {row.name: row for row in seen.harms}


def test_what_is_measured_is_what_the_tests_of_the_catalogue_say(measured):
    seen = measured["conv-backward-negative-slice"]
    found = harms(seen)
    assert found["dx"].details == "shape (1, 1, 0, 0), expected (1, 1, 2, 2)"
    assert (found["dx"].where, found["dx"].bands) == ("exactly where pad is 0", ("shape",))
    assert found["dw"].effect == found["db"].effect == "unharmed"
    assert seen.course == "passes", "the course's convolution has pad 1"

    flipped = measured["conv-forward-flipped"]
    assert flipped.course == "fails"
    assert harms(flipped)["out"].where == "on every case"

    stride = measured["conv-forward-stride-ignored"]
    assert "stride > 1" in harms(stride)["out"].where
    assert stride.course == "fails", "the course's convolution has stride 2 forward"

    overflow = measured["softmax-loss-no-shift"]
    assert overflow.course == "passes", "its scores are small"
    assert "nan" in harms(overflow)["loss"].bands

    square = harms(measured["conv-backward-square"])
    assert {row.effect for row in square.values()} == {"raises"}
    assert square["dx"].where == "exactly where HH is not WW"

    assert not measured["conv-forward-float64"].in_values
    assert harms(measured["conv-forward-float64"])["dtype"].where == "exactly where it is float32"
    assert "arguments" in harms(measured["numerical-gradient-not-restored"])
    assert measured["batchnorm-forward-test-no-root"].course == "", "no case is in test mode"


def test_what_a_notebook_measures_is_measured(measured):
    """Gradients of dropout with a seed, and the toy network of the first assignment."""
    for mistake, course in {
        "dropout-backward-unmasked": "fails",
        "dropout-backward-scaled-twice": "fails",
        "dropout-backward-no-test-mode": "passes",  # its gradient is taken in training alone
        "first-net-relu-open": "fails",
        "first-net-penalty-loss-doubled": "fails",
        "first-net-penalty-on-biases": "passes",  # they are 0 in it
        "first-net-climbs": "",  # its training is judged by eye
        "dropout-not-inverted": "",
        "first-net-same-batch": "",
    }.items():
        assert measured[mistake].course == course, mistake
    known = [seen for seen in measured.values() if seen.course]
    assert len(known) > 2.5 * (len(measured) - len(known))


@pytest.mark.parametrize(
    ("mistake", "kind"),
    [
        ("softmax-loss-log-of-zero", "passes"),
        ("conv-forward-flipped", "fails"),
        ("dropout-not-inverted", "eye"),
        ("batchnorm-forward-test-no-root", "eye"),
        ("avg-pool-forward-square", "none"),
        ("rel-error-mean", "none"),
    ],
)
def test_what_decides_no_number_is_left_to_the_eye_or_to_nobody(measured, cards, mistake, kind):
    seen = measured[mistake]
    assert gallery_course.kind(seen) == kind
    assert f"course-{kind}" in cards[mistake]["class"]
    text = cards[mistake].text.replace("’", "'")
    assert gallery_page.SAID[kind] in text
    if kind in ("eye", "none"):
        assert gallery_page.SAID[kind] + gallery_course.reason(seen.exercise) in text


def test_an_error_is_that_of_gradient_checks(measured):
    """Twice the gradient is off by |2a - a| / (|2a| + |a|), whatever the case."""
    found = harms(measured["cnn-filters-unpenalized"])
    assert found["dW1"].details == "error 1"
    assert found["db1"].effect == "unharmed"
    halved = harms(measured["numerical-gradient-half-step"])["grad"]
    assert (halved.details, halved.bands) == ("error 0.33", ("half",))


@pytest.mark.parametrize(
    ("error", "name"),
    [(1.0, "whole"), (0.95, "whole"), (0.5, "half"), (0.2, "half"), (0.1, "tenth"), (1e-5, "small"),
     ("shape", "shape"), ("nan", "nan")],
)  # fmt: skip
def test_every_error_has_a_band(error, name):
    assert gallery_harms.band(error) == name
    assert name in gallery_filter.SIZES


def test_what_was_kept_is_measured_again_when_the_package_changes(tmp_path, monkeypatch):
    results = iter([{"a": gallery_harms.Measured("relu", 1, "", ())}, {}])
    monkeypatch.setattr(gallery_store, "measure", lambda: next(results))
    assert list(gallery_store.stored(tmp_path)) == ["a"]
    assert list(gallery_store.stored(tmp_path)) == ["a"]
    file = tmp_path / "gallery.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"key": "another"}))
    assert gallery_store.stored(tmp_path) == {}


def test_every_mistake_has_its_card_with_its_diff(cards):
    assert cards.keys() == CATALOGUE.keys()
    for name, card in cards.items():
        mistake = CATALOGUE[name]
        assert mistake.title in card.h4.text.replace("’", "'")
        assert card.select_one("div.diff pre").text.strip("\n") == mistake.diff().strip("\n")
        assert mistake.function in card.select_one("p.in").text
        assert (str(mistake.of) in card.select_one("p.in").text) == bool(mistake.of)


def test_a_card_has_the_row_of_each_array_and_the_classes_of_its_table(cards, measured):
    assert measured.keys() == CATALOGUE.keys(), "give it a run in gallery_beyond"
    for name, card in cards.items():
        classes, table = set(card["class"]), card.select_one("table.effects")
        if name not in measured:
            assert table is None
            assert "any-unmeasured" in classes
            continue
        rows = [[cell.text.strip() for cell in row(["th", "td"])] for row in table.select("tr")[1:]]
        fates = {array: row[1] for row in rows for array in row[0].split(", ")}
        for row in measured[name].harms:
            if "," not in row.name:
                assert fates[row.name] == row.effect
            if row.name in gallery_harms.ASIDE:
                continue
            if row.effect != "unharmed":
                assert f"{row.group}-wrong" in classes
                assert all(f"{row.group}-{band}" in classes for band in row.bands)
            elif row.group == row.name:
                assert (f"{row.name}-right" in classes) != (f"{row.name}-wrong" in classes)
    dropped = cards["conv-backward-negative-slice"]
    assert {"layer-convolution", "dx-wrong", "dx-shape", "dw-right", "course-passes"} <= {
        *dropped["class"]
    }


def test_the_likeliest_comes_first(cards):
    conv = [CATALOGUE[name] for name, card in cards.items() if "layer-convolution" in card["class"]]
    shares = [mistake.bodies / mistake.of if mistake.of else -1 for mistake in conv]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0


def test_the_page_is_light_and_its_titles_are_found(small):
    import gzip

    page = (small / "_build/html/glossary.html").read_bytes()
    assert len(gzip.compress(page)) < 300_000
    records = (small / "_build/html/_static/search/records.js").read_text(encoding="utf-8")
    assert CATALOGUE["conv-backward-negative-slice"].title in records
    assert parsed(small, "glossary.html").select_one("form.gallery-filter").has_attr("hidden")


@pytest.fixture(scope="module")
def page(small):
    from playwright.sync_api import sync_playwright

    with served(small / "_build" / "html") as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        page = browser.new_page(reduced_motion="reduce", viewport={"width": 390, "height": 800})
        page.set_default_timeout(10_000)
        page.goto(base + "glossary.html")
        page.evaluate(SETTLED)
        yield page
        browser.close()


def listed(page):
    """The mistakes that can be seen, and what is said of their number."""
    seen = page.evaluate(
        "[...document.querySelectorAll('.box.mistake')].filter(c => c.checkVisibility())"
        ".map(c => c.id.slice(8))"
    )
    return seen, page.inner_text(".gallery-filter output")


if BROWSER:

    def test_a_wrong_dw_beside_a_right_dx_leads_to_its_cause_in_three_clicks(page, measured):
        every = len(CATALOGUE)
        assert listed(page)[1] == f"{every} of {every} mistakes"
        page.select_option("select[name=layer]", "layer-convolution")
        page.select_option("select[name=wrong]", "dw")
        page.select_option("select[name=error]", "{wrong}-half")
        page.select_option("select[name=right]", "dx")
        seen, said = listed(page)
        assert said == f"{len(seen)} of {every} mistakes"
        wanted = {
            name
            for name, one in measured.items()
            if CATALOGUE[name].function.startswith("conv_layers.conv_")
            and (found := harms(one)).keys() >= {"dx", "dw"}
            and (found["dx"].effect, found["dw"].effect) == ("unharmed", "wrong")
            and "half" in found["dw"].bands
        }
        assert set(seen) == wanted
        assert 0 < len(seen) <= 8
        page.click(".gallery-filter button")
        page.wait_for_function(
            f"document.querySelector('.gallery-filter output').textContent.startsWith('{every} ')"
        )

    def test_the_filter_works_by_keyboard_and_a_link_shows_its_card(page):
        page.focus("select[name=course]")
        page.keyboard.press("ArrowDown")
        seen, said = listed(page)
        assert said.startswith(f"{len(seen)} of ")
        assert "conv-backward-negative-slice" in seen
        assert "conv-forward-flipped" not in seen
        page.evaluate("location.hash = '#mistake-conv-forward-flipped'")
        page.wait_for_function(
            "document.querySelector('#mistake-conv-forward-flipped').checkVisibility()"
        )
        assert len(listed(page)[0]) == len(CATALOGUE)

    def test_nothing_leaves_a_phone_and_nothing_stops_a_reader(page):
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.select_option("select[name=layer]", "layer-dropout")
        from axe_playwright_python.base import AXE_SCRIPT

        hidden = "document.querySelectorAll('section[hidden]').forEach(s => s.remove())"
        page.evaluate(hidden)  # axe would walk through all of them
        page.evaluate(AXE_SCRIPT)
        assert page.evaluate(AXE, [{"include": [".bd-article"]}, {}]) == []
