"""What a page shows first comes early, and stays where it is when the rest comes."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat import v4, write

from book._ext.nndl_book import (
    first_figure,
    later_sections,
    live_bars,
    plain_tokens,
)
from tests.support.live_pages import write_page, write_site
from tests.support.practice_pages import write_practice
from tests.support.site_visits import in_browser, served

STATIC = Path(__file__).resolve().parents[1] / "book" / "_static"


def test_only_tokens_that_look_like_plain_text_lose_their_elements():
    code = '<pre><span></span><span class="k">def</span><span class="w"> </span>'
    code += '<span class="{}">f</span><span class="p">(&lt;</span></pre>'
    page = f'<span class="n">text</span>{code.format("n")}{code.format("nf")}'
    kept = '<pre><span></span><span class="k">def</span> {}(&lt;</pre>'.format
    function = '<span class="nf">f</span>'
    expected = f'<span class="n">text</span>{kept("f")}{kept(function)}'
    assert plain_tokens.unwrap(page) == expected


def test_a_box_ends_where_its_own_div_ends():
    box = '<div class="cell_input docutils container"><div><div>{}</div>\n</div></div>'
    cells = [{"number": 2}, {"number": 5, "why": "a < b"}]
    body = f"{box.format('x')} between {box.format('y')} after"
    found = BeautifulSoup(live_bars.dressed(body, cells, "page"), "html.parser")
    assert [part.get("data-cell") for part in found.find_all(recursive=False)] == [
        "2",
        "2",
        "5",
        "5",
    ]
    first, second = found.select(".live")
    assert first.text == ""
    assert second.text == "Cell 5does not run in the page: a < b"
    assert all(live_bars.ONLY in bar["class"] for bar in (first, second))
    with pytest.raises(ValueError, match="page: 2 cells in the page, 1 in its source"):
        live_bars.dressed(body, cells[:1], "page")


def test_notes_stand_below_the_head_or_the_title():
    title, head = "<h1>A</h1>\n", '<div class="chapter-head docutils container"><p>B</p></div>\n'
    assert live_bars.below_head(f"{title}C", "X") == f"{title}XC"
    assert live_bars.below_head(f"{title}{head}C", "X") == f"{title}{head}XC"


FIGURE = '<img alt="a" class="drawing for-light" src="../_images/{}.for-light.svg">'


@pytest.mark.parametrize(
    ("article", "found"),
    [
        (f"{FIGURE.format('a')}<h2>B</h2>", ["a.for-light.svg", "a.for-dark.svg"]),
        (f"<h2>B</h2>{FIGURE.format('a')}", []),
        (FIGURE.format("b"), ["b.for-light.svg", "b.for-dark.svg"]),
        ("text", []),
    ],
)
def test_a_page_asks_early_for_the_figure_above_its_sections(article, found):
    page = f"<head><title>A</title></head><h2>Menu</h2><article>{article}</article>"
    links = BeautifulSoup(first_figure.preload(page), "html.parser").select("head > link")
    assert [Path(link["href"]).name for link in links] == found
    assert [link["media"] for link in links] == [
        f"(prefers-color-scheme: {theme})" for theme in ("light", "dark")[: len(links)]
    ]


def chapter(lines: int, sections: int = 6) -> str:
    """A page of sections of as many lines, the last one with a target."""
    words = (
        "<p>words and words and words and words and words and words and words and words</p>" * lines
    )
    inside = "".join(f'<section id="s{k}"><h2>{k}</h2>{words}</section>' for k in range(sections))
    return (
        "<!DOCTYPE html><html><head><title>A</title></head><body>"
        f"<section>menu</section><article><section><h1>A</h1>{inside}</section></article></body></html>"
    )


def test_sections_that_begin_below_the_first_screens_are_marked():
    def marked(html):
        page = BeautifulSoup(later_sections.mark(html), "html.parser")
        assert bool(page.select("head > script")) == bool(page.select(".later"))
        return [section["id"] for section in page.select("section.later")]

    assert marked(chapter(12)) == ["s3", "s4", "s5"]
    assert marked(chapter(40)) == ["s1", "s2", "s3", "s4", "s5"]
    assert marked(chapter(1)) == []
    image = '<p><img height="900" class="drawing for-{}"></p>'
    assert marked(chapter(1).replace("<h1>", image.format("light") + "<h1>"))[0] == "s0"
    assert marked(chapter(1).replace("<h1>", image.format("dark") + "<h1>")) == []
    folded = chapter(40).replace("<p>", "<details>").replace("</p>", "</details>")
    assert marked(folded) == []
    assert (
        later_sections.with_class('<section class="a" id="b">')
        == '<section class="later a" id="b">'
    )


# What is there of a page's last section: whether it is left out, and where its heading is.
STATE = """() => {
    const last = document.querySelector("#s5");
    return {
        out: !last.firstElementChild.checkVisibility({ contentVisibilityAuto: true }),
        top: last.firstElementChild.getBoundingClientRect().top,
        left: document.querySelectorAll(".later").length,
        loading: "loading" in document.documentElement.dataset,
    };
}"""


@in_browser
def test_sections_are_laid_out_later_and_jumps_find_them(tmp_path, browser):
    page = later_sections.mark(chapter(60))
    more = '<link rel="stylesheet" href="later.css"><script defer src="later.js"></script></head>'
    page = page.replace("</head>", more).replace("<h1>A", '<h1><img src="slow.png">A')
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    for name in ("later.css", "later.js"):
        (tmp_path / name).write_bytes((STATIC / name).read_bytes())
    done = "!('loading' in document.documentElement.dataset)"
    with served(tmp_path) as base, browser.new_context() as context:
        held, tab = [], context.new_page()
        # Until the image is there, the page loads.
        tab.route("**/slow.png", lambda route: held.append(route))
        tab.goto(f"{base}page.html", wait_until="domcontentloaded")
        before = tab.evaluate(STATE)
        assert before["out"]
        assert before["loading"]
        tab.evaluate("location.hash = '#s5'")
        tab.wait_for_function(f"!({STATE})().out")
        there = tab.evaluate(STATE)["top"]
        assert 0 <= there < 50
        held[0].abort()
        tab.wait_for_function(done)
        after = tab.evaluate(STATE)
        assert after["left"] == 0
        # The margins of two sections, which become one: of some thousand pixels that grew above.
        assert abs(after["top"] - there) < 50, "what the reader looks at has moved"
        # A page that opens in its middle is whole from the beginning.
        whole = context.new_page()
        whole.route("**/slow.png", lambda route: held.append(route))
        whole.goto(f"{base}page.html#s5", wait_until="domcontentloaded")
        state = whole.evaluate(STATE)
        assert not state["loading"]
        assert not state["out"]


HEIGHTS = """() => [...document.querySelectorAll("article > :not([role=status]), section")]
    .map(part => part.offsetTop + part.offsetHeight)"""


@in_browser
def test_what_scripts_add_to_cells_and_exercises_has_its_room(tmp_path, browser):
    """With scripts and without, everything is where it is."""
    write_site(tmp_path, None, [])
    cells = [v4.new_code_cell("x = 1"), v4.new_code_cell("import torch"), v4.new_code_cell("x")]
    write(v4.new_notebook(cells=cells), tmp_path / "own.ipynb")
    write_page(tmp_path, "own", tmp_path / "own.ipynb")
    write_practice(tmp_path)
    with served(tmp_path) as base:
        for name in ("own", "practice_foundations"):
            found = []
            for scripts in (False, True):
                with browser.new_context(java_script_enabled=scripts) as context:
                    page = context.new_page()
                    page.goto(f"{base}{name}.html")
                    if scripts:
                        page.wait_for_selector(".live-run")
                    found.append(page.evaluate(HEIGHTS))
            assert len(found[0]) > 2
            assert found[0] == found[1], name
