"""Equations, the lines of code that implement them, and symbols: how a page ties them together."""

import json
import re

import pytest

from book._ext.nndl_book import symbol_letters, typesetting
from book._tools.equation_lines import numbered_equations, with_classes
from book._tools.tangle import chapter_paths
from tests.support.site_visits import ARGUMENTS, find_browser, served
from tests.test_site_ext import built_book, parsed

BROWSER = find_browser()
TEXT = r"""# A chapter

:::{chapter-head}
Afterwards you can add.
:::

$$
\text{out}_{nf} = b_f + \sum_{c} \bar x_{nc}\; w_{fc}
% term window: \bar x_{nc}
% term bias: b_f
$$ (eq-out)

Here $x$ is wide, $\text{d}\bar x$ is not, and $HH_\ell$ is high. Nobody said what $t$ is.
Then $a + 1$.

$$
a = b
% no line: a name
$$ (eq-name)

The last is {eq}`eq-out`.
"""
CODE = '''def forward(x, w, b):
    """By (eq-out)."""
    window = pad(x)  # (eq-out: window)
    # (eq-out)
    out = sum(
        window * w
    )
    return out + b  # (eq-out: bias)'''
SYMBOLS = r"""
[table.sizes]
chapters = []

[[table.sizes.row]]
symbol = ['x', 'w']
code = '`x`, `w`'
shape = ['(N, C)', '(F, C)']
held_by = 'forward'
meaning = 'what goes *everywhere*'
introduced = 'part/chapter'

[[table.sizes.row]]
symbol = ['f']
meaning = 'first'
introduced = 'part/chapter'

[[table.sizes.row]]
symbol = ['f']
meaning = 'second'
introduced = 'part/chapter'

[[table.sizes.row]]
symbol = ['\text{d}\bar x']
meaning = 'a gradient & its frame'
introduced = 'part/chapter'

[[table.sizes.row]]
symbol = ['HH_\ell']
meaning = 'height of layer $\ell$'
introduced = 'part/chapter'

[table.own]
chapters = ['chapter']

[[table.own.row]]
symbol = ['x']
meaning = 'what goes in here'
introduced = 'part/chapter'

[[table.own.row]]
symbol = ['a + 1']
meaning = 'two letters and a sign'
introduced = 'part/chapter'

[[table.own.row]]
symbol = ['\bar x']
meaning = 'the framed input'
introduced = 'part/chapter'
"""
TABLE = "# Notation\n\n```{symbols} sizes\n```\n\n```{symbols} own\n```\n"


def with_symbols(book):
    (book / "symbols.toml").write_text(SYMBOLS, encoding="utf-8")
    (book / "notation.md").write_text("# Notation\n", encoding="utf-8")
    toc = book.parent / "_toc.yml"
    text = toc.read_text(encoding="utf-8")
    if "parts" in text:
        more = ", {caption: II, chapters: [{file: notation}]}]}"
        toc.write_text(text.removesuffix("]}") + more, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("equations")
    what = {"text": TEXT, "cells": [([], None, CODE)], "second": TABLE, "change": with_symbols}
    done = built_book(folder, **what)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def chapter(folder):
    return parsed(folder, "part/chapter.html")


def previews(folder, name):
    text = (folder / "_build/html/_static/previews" / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(re.search(r"\] = (.*);\n$", text)[1])


def test_a_line_is_a_region_with_its_number(chapter):
    regions = chapter.select("div.highlight .eq-line")
    assert [region.text.strip().splitlines()[0] for region in regions] == [
        "window = pad(x)  # (1)",
        "# (1)",
        "return out + b  # (1)",
    ]
    assert regions[1].text.strip() == "# (1)\n    out = sum(\n        window * w\n    )"
    links = [region.select_one("a.equation") for region in regions]
    assert [a["id"] for a in links] == ["line-eq-out", "line-eq-out-2", "line-eq-out-3"]
    assert [region["data-lights"] for region in regions] == [
        "#equation-eq-out,#equation-eq-out .term-window",
        "#equation-eq-out",
        "#equation-eq-out,#equation-eq-out .term-bias",
    ]
    assert {a["href"] for a in chapter.select("a.equation")} == {"#equation-eq-out"}
    copied = "".join(pre.text for pre in chapter.select("div.cell_input pre"))
    assert copied.strip() == re.sub(r"\(eq-out(: \w+)?\)", "(1)", CODE)


def test_an_equation_has_its_terms_and_leads_to_its_first_line(chapter):
    equation = chapter.find(id="equation-eq-out")
    assert equation.select_one("mjx-math .term-bias").name == "mjx-msub"
    window = equation.select_one("mjx-math .term-window")
    assert window["data-lights"] == ".eq-line:has(#line-eq-out)"
    every = ".eq-line:has(#line-eq-out,#line-eq-out-2,#line-eq-out-3)"
    assert equation["data-lights"] == every
    assert not equation.select("math [class]"), "no class where a screen reader reads"
    assert "%" not in chapter.select_one("article").text
    link = equation.select_one(".eqno a.number")
    assert (link.text, link["href"]) == ("(1)", "#line-eq-out")
    assert link["aria-label"] == "(1), in code: line 3 of forward, and 2 more"
    other = chapter.find(id="equation-eq-name").select_one(".eqno a.number")
    assert (other["href"], other["aria-label"]) == ("#symbols-eq-name", "(2), symbols")
    assert chapter.find(id="symbols-eq-name")
    assert not chapter.find(id="equation-eq-name").has_attr("data-lights")


def test_the_list_of_lines_shows_their_code(folder):
    shown = previews(folder, "part/chapter")["line-eq-out"]
    lines = re.findall(r'<a href="#([\w-]+)">([^<]+)</a><pre>([^<]+)</pre>', shown)
    assert lines == [
        ("line-eq-out", "line 3 of forward", "window = pad(x)"),
        ("line-eq-out-2", "line 7 of forward", "out = sum(\n    window * w\n)"),
        ("line-eq-out-3", "line 8 of forward", "return out + b"),
    ]


def test_a_page_has_its_symbols_and_means_its_own(folder):
    found = previews(folder, "part/chapter")
    text = "\n".join(found[sign] for sign in found["symbols"])
    assert "what goes in here" in text, "a chapter's own meaning holds"
    assert "what goes *everywhere*" in text
    assert "first" not in text, "two that are equally near say nothing"
    assert "second" not in text
    assert "a gradient &amp; its frame" in text
    assert "two letters and a sign" in text, "though no letter is it"
    here = previews(folder, "part/second")
    assert "what goes in here" not in "\n".join(here[sign] for sign in here["symbols"])


@pytest.mark.parametrize(
    ("tex", "known", "symbols"),
    [
        ("x + y", ["x"], ["x", None, None]),
        (r"\bar x + x", [r"\bar x", "x"], [r"\bar x", r"\bar x", None, "x"]),
        (r"\bar y", ["y"], [None, "y"]),  # the accent comes first
        ("x_i x'", ["x_i", "x'", "i"], ["x_i", "i", "x'", None]),  # an index has its own meaning
        ("HHW", ["HH", "W"], ["HH", "HH", "W"]),
        (r"\text{d}x\,x", [r"\text{d}x", "x"], [r"\text{d}x", r"\text{d}x", "x"]),
        (r"\text{x} x", ["x"], [None, "x"]),  # upright letters are others
        (r"\frac{x}{\left(\frac{1}{x}\right)}", ["x"], ["x", None, "x", None]),
    ],
)
def test_a_letter_belongs_to_the_largest_symbol_around_it(tex, known, symbols):
    def drawn(text):
        return symbol_letters.elements(typesetting.typeset(text, False)[0])

    names = {symbol_letters.glyphs(drawn(name)): name for name in known}
    found = symbol_letters.symbols_of(drawn(tex), names)
    assert [names.get(key) for key in found] == symbols


def test_without_scripts_the_head_leads_to_the_notation(chapter):
    (link,) = chapter.select(".chapter-head .symbols a")
    assert (link.text, link["href"]) == ("symbols", "../notation.html")


def test_a_table_has_the_columns_that_its_rows_need(folder):
    first, second = parsed(folder, "part/second.html").select("article table")
    heads = [[cell.text for cell in table.select("thead th")] for table in (first, second)]
    assert heads == [["symbol", "in code", "shape", "meaning"], ["symbol", "meaning"]]
    assert len(first.select("tbody tr")) == 5


def test_a_notebook_has_nothing_of_it(folder):
    (file,) = (folder / "_build/html/notebooks").glob("*chapter*.ipynb")
    text = file.read_text(encoding="utf-8")
    assert "% term" not in text
    assert "term-" not in text
    assert "% no line" not in text
    assert "symbols" not in text
    assert "# (1)" in text


def test_a_marked_term_changes_nothing_of_how_an_equation_looks():
    """Its glyphs, and the spaces between them, though these may belong to the whole term now."""
    texts = [path.read_text(encoding="utf-8") for path in chapter_paths()]
    found = [m for text in texts for m in numbered_equations(text).values() if m.terms]
    assert len(found) >= 8
    plain = typesetting.typeset_all([(m.tex, True) for m in found])
    marked = typesetting.typeset_all([(with_classes(m.tex, m.terms), True) for m in found])
    looks = re.compile(r'<mjx-c class="([^"]*)"|(space="\d"|texclass="(?!ORD)\w+"|style="[^"]*")')
    for one, other in zip(plain, marked, strict=True):
        assert looks.findall(one[0]) == looks.findall(other[0])
        assert re.sub("</?mrow>", "", one[1]) == re.sub("</?mrow>", "", other[1])


def test_what_ties_nothing_is_a_warning(tmp_path):
    text = "# A chapter\n\n$$\na + b\n% term left: c\n$$ (eq-a)\n\n$$\nb\n% why not\n$$ (eq-b)\n"
    code = "y = 1  # (eq-a: left)"
    done = built_book(tmp_path, text=f"{text}\n```{{symbols}} none\n```\n", code=code,
                      change=with_symbols)  # fmt: skip
    assert done.returncode != 0
    for said in (
        "term left: 'c' is 0 times in the equation, expected once",
        "'% why not' is neither",
        "code names (eq-a: left), the equation has no term of this name",
        "symbols.toml has no table none",
    ):
        assert said in done.stderr


# --- In a browser --------------------------------------------------------------------------------

in_browser = pytest.mark.skipif(not BROWSER, reason="no Chromium: make browser")
LIT = """() => [...document.querySelectorAll(".lit")].map((node) => node.id
    || [...node.classList].find((name) => name.startsWith("term-")) || node.innerText.trim())"""
BIAS, WINDOW = "return out + b  # (1)", "window = pad(x)  # (1)"


@pytest.fixture(scope="module")
def pages(folder):
    from playwright.sync_api import sync_playwright

    errors = []
    with sync_playwright() as playwright, served(folder / "_build/html") as base:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)

        def visit(**options):
            page = browser.new_context(**options).new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"{base}part/chapter.html")
            for summary in page.query_selector_all("details:not([open]) > summary"):
                summary.evaluate("(node) => node.parentNode.open = true")
            return page

        yield visit
        browser.close()
    assert not errors


@in_browser
def test_pointing_at_a_line_or_an_equation_lights_the_other(pages):
    page = pages()
    page.hover(f".eq-line:has-text('{BIAS}')")
    assert page.evaluate(LIT) == ["equation-eq-out", "term-bias", BIAS]
    outline = "(node) => getComputedStyle(node).outlineStyle"
    assert page.eval_on_selector(".eq-line.lit", outline) == "solid"
    assert page.eval_on_selector(".term-bias", outline) == "dashed"
    page.hover("#equation-eq-out mjx-math .term-window mjx-mi")
    assert page.evaluate(LIT) == ["equation-eq-out", WINDOW]
    page.hover("#equation-eq-out mjx-math > mjx-mo >> nth=0")
    assert len(page.evaluate(LIT)) == 4
    page.hover("article h1")
    assert page.evaluate(LIT) == []


@in_browser
def test_the_same_with_the_keyboard_and_the_number_lists_lines_and_symbols(pages):
    page = pages()
    page.focus("#line-eq-out-3")
    assert page.evaluate(LIT) == ["equation-eq-out", "term-bias", BIAS]
    page.focus("#equation-eq-out a.number")
    assert len(page.evaluate(LIT)) == 4
    box = page.wait_for_selector(".preview")
    said = box.inner_text()
    assert "line 7 of forward" in said
    assert "what goes *everywhere*" in said
    assert "the framed input" in said
    page.keyboard.press("Escape")
    assert not page.query_selector(".preview")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#line-eq-out"
    page.focus("#symbols-eq-name")
    assert page.evaluate(LIT) == []


@in_browser
@pytest.mark.parametrize(
    ("letter", "said"),
    [
        ("p .math mjx-mi >> nth=0", "what goes in here"),
        ("p .math mjx-mtext", "a gradient & its frame"),
        ("p .math mjx-mover mjx-mi", "a gradient & its frame"),
        ("p .math mjx-mi:has(.mjx-c1D43B) >> nth=0", "height of layer"),
        ("p .math mjx-mi:has(.mjx-c1D43B) >> nth=1", "height of layer"),
        ("#equation-eq-out mjx-mover mjx-mi", "the framed input"),
        ("p .math mjx-mi:has(.mjx-c1D461)", None),
    ],
)
def test_a_letter_says_what_it_means(pages, letter, said):
    page = pages()
    page.hover(f"article {letter}")
    if said:
        assert said in page.wait_for_selector(".preview").inner_text()
    else:
        page.wait_for_timeout(400)
        assert not page.query_selector(".preview")


@in_browser
@pytest.mark.parametrize("touch", [False, True])
def test_the_head_of_a_chapter_lists_its_symbols(pages, touch):
    page = pages(has_touch=touch, viewport={"width": 390, "height": 300})
    link = page.locator(".chapter-head").get_by_role("link", name="symbols")
    if touch:
        link.tap()
    else:
        link.focus()
        page.keyboard.press("Enter")
    sheet = page.wait_for_selector("dialog.preview:modal")
    said = [p.inner_text() for p in sheet.query_selector_all("p.symbol")]
    assert len(said) == len(set(said)), "a meaning that two symbols share is said once"
    whole = "\n".join(said)
    for meaning in ("what goes in here", "what goes *everywhere*", "a gradient & its frame"):
        assert meaning in whole
    assert sheet.evaluate("(e) => [e === document.activeElement, e.scrollTop]") == [True, 0]
    page.keyboard.press("End")
    page.wait_for_function("(e) => e.scrollTop > 0", arg=sheet)
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.preview')")
    assert link.evaluate("(e) => e === document.activeElement")
    assert page.evaluate("location.pathname").endswith("/chapter.html")


@in_browser
def test_a_tap_lights_too_and_the_number_opens_a_sheet(pages):
    page = pages(has_touch=True, viewport={"width": 390, "height": 800})
    page.tap(f".eq-line:has-text('{BIAS}')", position={"x": 5, "y": 5})
    assert page.evaluate(LIT) == ["equation-eq-out", "term-bias", BIAS]
    page.tap("#equation-eq-out a.number")
    sheet = page.wait_for_selector("dialog.preview:modal")
    assert "line 3 of forward" in sheet.inner_text()
    assert page.evaluate("location.hash") == ""


@in_browser
@pytest.mark.parametrize("media", [{"media": "print"}, {"forced_colors": "active"}])
def test_what_is_lit_has_an_outline_without_colors_and_none_on_paper(pages, media):
    page = pages()
    page.focus("#line-eq-out-3")  # a pointer may find itself beside the line on paper
    page.emulate_media(**media)
    outline = page.eval_on_selector(".eq-line.lit", "(node) => getComputedStyle(node).outlineStyle")
    assert outline == ("none" if "media" in media else "solid")
