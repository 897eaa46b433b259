"""What the tests of the site rest on: one build for all workers, and texts that are of one kind."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import alike_parts, whole_site
from tests.support.site_visits import ARGUMENTS, AXE, COLORS, find_browser
from tests.support.text_kinds import ALONE, MARK


def test_one_builds_and_others_wait_for_it(tmp_path):
    built = []

    def make(source, target):
        built.append(target)
        return subprocess.CompletedProcess([], 3, stderr="said")

    with ThreadPoolExecutor(4) as threads:
        found = {*threads.map(lambda _: whole_site.built_once(tmp_path, make), range(4))}
    assert found == {(3, "said", tmp_path / "whole-site" / "_build" / "html")}
    assert len(built) == 1


def test_a_build_that_breaks_off_keeps_nobody_waiting(tmp_path):
    def make(source, target):
        raise KeyError("of the build")

    with pytest.raises(KeyError, match="of the build"):
        whole_site.built_once(tmp_path, make)
    code, messages, _ = whole_site.built_once(tmp_path, make)
    assert (code, messages) == (None, "the build did not end")


# Fifty paragraphs and one that is too faint, for each reason that makes it of another kind.
PLAIN = "<p>A paragraph like all the others.</p>"
FAULTS = {
    "nothing": "",
    "a color": '<p style="color: #aaa">A faint one.</p>',
    "a class": '<p class="faint">A faint one.</p>',
    "a ground": '<div style="background: #777">{}</div>',
    "a shade": '<div style="opacity: 0.4">{}</div>',
    "a place": '<div style="position: relative; height: 2em"><div style="position: absolute; '
    'background: #777">{}</div></div>',
    "what is around": '<blockquote class="faint">{}</blockquote>',
    "the theme": '<p class="in-dark">A faint one.</p>',
}
STYLE = """p { color: #333 } .faint, .faint p { color: #aaa } body { background: #fff }
[data-theme=dark] .in-dark { color: #ccc }"""


@pytest.fixture(scope="module")
def page():
    from axe_playwright_python.base import AXE_SCRIPT
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        page = browser.new_page()
        page.axe = AXE_SCRIPT
        yield page
        browser.close()


@pytest.mark.skipif(not find_browser(), reason="no Chromium: make browser")
@pytest.mark.parametrize("place", [0, 25, 50])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faint_text_among_many_is_found(page, fault, place):
    body = [PLAIN] * 50
    body.insert(place, FAULTS[fault].format(PLAIN))
    html = f"<!doctype html><title>a</title><style>{STYLE}</style><main>{''.join(body)}</main>"
    page.set_content(html)
    page.evaluate(page.axe)
    found = {}
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        page.evaluate(MARK, [ALONE, {}, True])
        assert page.locator("[data-look]").count() < 8, "few are measured"
        found[theme] = page.evaluate(AXE, [{"include": ["html"]}, COLORS])
    assert bool(found["dark"]) == (fault != "nothing")
    assert bool(found["light"]) == (fault not in ("nothing", "the theme"))


@pytest.mark.skipif(not find_browser(), reason="no Chromium: make browser")
def test_a_kind_is_measured_twice_on_all_pages_and_what_has_its_own_place_on_each(page):
    sticky = f'<div style="position: sticky; top: 0; background: #fff">{PLAIN}</div>'
    measured = {}
    for expected in (2, 2, 1, 1):  # a plain one, until there were two, and the other
        page.set_content(f"<!doctype html><title>a</title><style>{STYLE}</style>{PLAIN}{sticky}")
        page.evaluate(page.axe)
        measured = page.evaluate(MARK, [ALONE, measured, True])
        assert page.locator("[data-look]").count() == expected
    page.set_content(f"<!doctype html><title>a</title><style>{STYLE}</style>{FAULTS['a class']}")
    page.evaluate(page.axe)
    page.evaluate(MARK, [ALONE, measured, True])
    assert page.evaluate(AXE, [{"include": ["html"]}, COLORS]), "one of a kind that is new"


LINKS = """<style>a { color: #0000ee } .none a { text-decoration: none; color: #224 }</style>"""


@pytest.mark.skipif(not find_browser(), reason="no Chromium: make browser")
@pytest.mark.parametrize("place", [0, 25, 50])
def test_a_link_that_looks_like_the_text_around_it_is_found_among_many(page, place):
    said = "<p{}>A paragraph with <a href='#a'>a link</a> in it.</p>"
    body = [said.format("")] * 50
    for fault in (False, True):
        if fault:
            body.insert(place, said.format(" class=none"))
        html = f"<!doctype html><title>a</title><style>{STYLE}</style>{LINKS}{''.join(body)}"
        page.set_content(html)
        page.evaluate(page.axe)
        page.evaluate(MARK, [ALONE, {}, True])
        assert page.locator("[data-link]").count() == 2 + fault
        found = page.evaluate(AXE, [{"include": ["html"]}, COLORS])
        assert [rule for rule, *_ in found] == ["link-in-text-block"] * fault


@pytest.mark.skipif(not find_browser(), reason="no Chromium: make browser")
def test_what_is_around_the_article_is_measured_where_it_is_asked(page):
    page.set_content(f"<!doctype html><title>a</title>{PLAIN}<article>{PLAIN}</article>")
    page.evaluate(page.axe)
    for around in (True, False):
        page.evaluate(MARK, [ALONE, {}, around])
        assert page.locator("[data-look]").count() == 1 + around


# Fifty entries of a catalogue, and one that differs in what a style or a reader's tool goes by.
ENTRY = '<div class="box any{n}"><h2>Entry {n}</h2><p>Its <b>words</b> {n}.</p></div>'
OTHERS = {
    "a class with a style": ('class="box', 'class="faint box'),
    "an inline color": ("<b>", '<b style="color: #aaa">'),
    "an element more": ("<p>", '<p><input type="checkbox">'),
    "a role": ("<p>", '<p role="banana">'),
    "a word less": ("<b>words</b>", "<a href='#'></a>"),
}


@pytest.mark.skipif(not find_browser(), reason="no Chromium: make browser")
@pytest.mark.parametrize("fault", ["nothing", *OTHERS])
def test_of_parts_that_are_built_alike_two_stay_and_every_other_one(page, fault):
    entries = [ENTRY.format(n=n) for n in range(50)]
    if fault != "nothing":
        entries.append(ENTRY.format(n=50).replace(*OTHERS[fault]))
    body = f"<main><article class='bd-article'><h1>a</h1>{''.join(entries)}</article></main>"
    page.set_content(f"<!doctype html><html lang=en><title>a</title><style>{STYLE}</style>{body}")
    page.evaluate(page.axe)
    page.evaluate(alike_parts.THIN, alike_parts.ALONE)
    assert page.locator(".box").count() == alike_parts.ALONE + (fault != "nothing")
    page.evaluate(MARK, [ALONE, {}, True])
    found = page.evaluate(AXE, [{"include": ["html"]}, {}])
    assert bool(found) == (fault != "nothing"), found


@pytest.mark.skipif(not find_browser(), reason="no Chromium: make browser")
def test_a_table_and_a_grid_keep_what_they_have_to_have(page):
    row = "<tr><td>1</td></tr>"
    table = f"<table><tbody>{row * 9}</tbody></table>"
    cells = "<div role='row'><span role='gridcell'>1</span></div>" * 9
    grid = f"<div role='grid' aria-label='numbers'>{cells}</div>"
    page.set_content(f"<article class='bd-article'>{table}<p>a</p>{table * 2}{grid * 5}</article>")
    page.evaluate(alike_parts.THIN, alike_parts.ALONE)
    assert (
        page.evaluate("[...document.querySelectorAll('table')].map(t => t.rows.length)") == [2] * 3
    )
    assert page.locator("[role=gridcell]").count() == 45
