"""What breaks, exercises, solutions and controls as the site shows them, on a small book."""

import json
import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from book._ext.nndl_book import chapter_links, fold_names, folded_code
from book._ext.nndl_book.check_lines import looks_like_check
from book._ext.nndl_book.mistake_diffs import named_in, pieces, split
from book._ext.nndl_book.mistake_text import cases, harms, row
from book._tools.tangle import chapter_paths
from nndl import mistakes
from tests.support.site_visits import ARGUMENTS, AXE, OPEN, SETTLED, find_browser, served
from tests.test_site_ext import built_book

BROWSER = find_browser()
CATALOGUE = mistakes.load()
FLIPPED, SQUARE = CATALOGUE["conv-forward-flipped"], CATALOGUE["conv-forward-square"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "dx: 3 of 6 entries wrong, relative error up to 1.00",
            ("harm", "dx", "wrong", True, ("3 of 6", "1.00")),
        ),
        ("dx, without: unharmed", ("harm", "dx, without", "unharmed", False, ())),
        (
            "dx: has shape (4, 6), expected (4, 2, 3)",
            ("harm", "dx", "wrong", True, ("has shape (4, 6), expected (4, 2, 3)",)),
        ),
        (
            "ValueError: they do not fit",
            ("harm", "raises", "ValueError", True, ("they do not fit",)),
        ),
        (
            "f: x has shape (2,), expected (3,)",
            ("harm", "raises", "an error", True, ("f: x has shape (2,), expected (3,)",)),
        ),
        (
            "small scores: loss 7.9 instead of 6.9",
            ("harm", "loss", "wrong", True, ("7.9 instead of 6.9",)),
        ),
        ("loss 6.9 instead of 6.9", ("harm", "loss", "unharmed", False, ("6.9",))),
        ("a right gradient: refused", ("verdict", "a right gradient", "refused", True, ())),
        ("a NaN gradient: refused", ("verdict", "a NaN gradient", "refused", False, ())),
        ("dx sums to zero: True", ("fact", "dx sums to zero", "True", False, ())),
        ("right [ 10.   1.]", ("fact", "right", "[ 10.   1.]", False, ())),
        ("stride 2, pad 1", None),
        ("plain  reg 0.0:  loss 0e+00", None),
    ],
)
def test_a_line_about_a_mistake_is_a_row_or_none(line, told):
    found = row(line)
    assert (found and tuple(found)) == told


def test_a_case_heads_the_rows_below_it():
    text = "dx: unharmed\nstride 1\ndx: unharmed\n\ntest:\nsum: 2\nIt ends.\n"
    text += "dx error: 0.0  (bound 1e-8)"
    found = cases(text, looks_like_check)
    assert [(case.title, case.kind, len(case.rows)) for case in found] == [
        ("", "harm", 1),
        ("stride 1", "harm", 1),
        ("test", "fact", 1),
        ("", "text", 1),
        ("", "text", 1),
    ]


# Sentences that cells print about a mistake, and numbers that they set in columns themselves.
LEFT = re.compile(
    r"24 inputs were negative, .*|5 wins twice, .*|(plain|batch norm) +reg .*:  loss .*"
)


def outputs(path):
    """The code and the printed text of each cell of a chapter."""
    for cell in json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            streams = [out for out in cell["outputs"] if out.get("name") == "stdout"]
            yield "".join(cell["source"]), "".join("".join(out["text"]) for out in streams)


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_nothing_that_is_printed_about_a_mistake_stays_raw(path):
    for source, text in outputs(path):
        shown = list(pieces(text, named_in(source)))
        diffs = [piece for mistake, piece in shown if mistake]
        if not diffs and text and "planted.diff()" in source:
            before, diff, after = split(text)
            assert diff, f"{path.name}: the diff is not found in\n{text}"
            shown = [(None, before), (None, after)]
        elif not diffs and not named_in(source) and not any(map(harms, text.splitlines())):
            assert "entries wrong" not in text
            continue
        for mistake, piece in shown:
            for case in [] if mistake else cases(piece, looks_like_check):
                if case.kind == "text":
                    (line,) = case.rows
                    assert looks_like_check(line) or LEFT.fullmatch(line), line


def test_a_diff_that_is_in_no_catalogue_is_found():
    diff = "     a\n-    b = 1\n+    b = 2\n     c"
    assert split(f"first\n{diff}\nlast: 1\n") == ("first\n", diff, "last: 1\n")
    assert split("a - b\n 1 x 1: 2\n") == ("a - b\n 1 x 1: 2\n", "", "")


def test_names_that_stand_twice_go_on():
    found = fold_names.names(["Imports", "Code", "Code", "Code"], ["Fast", "Fast", "Fast", "Code"])
    assert found == ["", ", Fast, 1", ", Fast, 2", ", Code"]


def test_folded_code_says_what_it_defines():
    source = "import a\n\ndef f():\n    def g():\n        pass\n\nclass H:\n    pass\n"
    assert folded_code.defined(source) == ["f", "H"]


def test_equations_and_quoted_words_of_docstrings():
    line = "A sum, equations (1), (2) and (4); equation (3) of Adam and (2)"
    linked = chapter_links.link_equations(line, "convolution/conv_forward")
    start = "A sum, equations :eq:`eq-dense`, :eq:`eq-demands` and :eq:`eq-channels`; "
    assert linked == start + "equation (3) of Adam and (2)"
    assert chapter_links.QUOTED.sub(r"``\1``", "in mode 'train', a layer's") == (
        "in mode ``'train'``, a layer's"
    )


WRONG = "out: 9 of 96 entries wrong, relative error up to 0.50"
SHOWN = f"""{FLIPPED.diff()}

stride 2, pad 1
{WRONG}
db: unharmed
stride 1, pad 1
out: unharmed
ValueError: no
It ends.
"""
AGAIN = f"{SQUARE.diff()}\n\nout: unharmed\n{SQUARE.diff()}\n\nValueError: no\n"
HELD = "dx error: 1e-09  (bound 1e-08)\n"
FAILED = "dx error: 1e-01  (bound 1e-08)\n"
CODE = [
    (["hide-input"], None, "import a"),
    ([], SHOWN, 'show("conv-forward-flipped")'),
    ([], AGAIN, 'show("conv-forward-square")\nshow("conv-forward-square", 2)'),
    ([], f"dx: unharmed\n{HELD}", "other()"),
    ([], f"{FLIPPED.diff()}\n\nsum: 3\n", 'show("x-y")'),
    ([], f"a\n{HELD}b\n", "one()"),
    (["planted"], HELD + FAILED, "two()"),
    ([], HELD * 3, "three()"),
    ([], HELD * 3, "four()"),
    (["hide-input"], "1\n", "def f():\n    pass"),
    (["hide-input"], None, "def g():\n    pass"),
    ([], None, 'def h():\n    """One.\n\n    Two.\n    """'),
]
BEGIN = """
# A chapter

A line with `code`, $x$ and [a link](second.ipynb).

| a | b |
|---|---|
| [a `link`](second.ipynb) | 2 |

$$
a = b
$$ (eq-a)

## What breaks

Mistakes.
"""
EXERCISES = """
# Another

Text.

## Exercises

:::{exercise} Sizes, $x$ (easy)
:label: ex-a
How large?
:::

:::{solution-start} ex-a
:class: dropdown
:::

So large.

:::{solution-end}
:::

:::{exercise} Find the bug
:label: ex-b
Where?
:::

:::{solution-start} ex-b
:class: dropdown
:::

There.

:::{solution-end}
:::

:::{exercise}
:label: ex-c
Who?
:::

:::{solution-start} ex-c
:class: dropdown
:::

You.

:::{solution-end}
:::
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The folder of a built book, and its two chapters."""
    folder = tmp_path_factory.mktemp("breaks")
    done = built_book(folder, second=EXERCISES, cells=CODE, text=BEGIN)
    assert done.returncode == 0, done.stderr[-2000:]
    html = folder / "_build" / "html"
    names = ("part/chapter.html", "part/second.html")
    return html, *(BeautifulSoup((html / n).read_text("utf-8"), "html.parser") for n in names)


def words(element):
    """The text of an element, with F for each formula, however it is set, and without its "#"."""
    copy = BeautifulSoup(str(element), "html.parser")
    for link in copy.select(".headerlink"):
        link.decompose()
    for formula in copy.select(".math"):
        formula.string = "F"
    return " ".join(copy.get_text(" ").split())


def test_a_mistake_is_a_box_with_a_heading_a_diff_and_a_table(pages):
    box, *_ = pages[1].select("div.box.mistake")
    assert box["id"] == "mistake-conv-forward-flipped"
    assert box.h3.find_parent("section").h2, "one level below its section"
    assert words(box.h3).startswith(f"Mistake {FLIPPED.title}")
    assert words(box.select_one("p.in")) == f"in {FLIPPED.function}"
    assert box.select_one("div.diff pre").text.rstrip("\n") == FLIPPED.diff()
    first, second = box.select("table.effects")
    assert [words(table.caption) for table in (first, second)] == [
        "stride 2, pad 1",
        "stride 1, pad 1",
    ]
    assert [[words(cell) for cell in line.select("th, td")] for line in first.select("tr")] == [
        ["Array", "Effect", "Entries", "Error up to"],
        ["out", "wrong", "9 of 96", "0.50"],
        ["db", "unharmed", ""],
    ]
    assert [words(cell) for cell in second.select("tbody tr")[1].select("th, td")] == [
        "raises",
        "ValueError",
        "no",
    ]
    assert [cell.name for cell in first.select("tbody tr")[0].select("th, td")] == [
        "th", *["td"] * 3,
    ]  # fmt: skip
    assert box.select("pre")[-1].text.strip() == "It ends."
    assert "entries wrong" not in words(pages[1].article), "nothing stays raw"
    assert len(pages[1].select("div.diff")) == 2, "code that names no mistake shows none"


def test_a_mistake_that_is_shown_twice_is_one_box(pages):
    _, box = pages[1].select("div.box.mistake")
    assert len(box.select("div.diff")) == 1
    assert len(box.select("table.effects")) == 2
    assert "Called again" in words(box)
    loose = pages[1].select("div.cell_output > div.cases table.effects")
    assert [words(row) for row in loose[0].select("tbody tr")] == ["dx unharmed"]


def test_checks_say_whether_they_hold(pages):
    for kind, lines in {"holds": [HELD] * 3, "fails": [FAILED]}.items():
        found = [block.text.strip("\n") for block in pages[1].select(f"div.stream.{kind}")]
        assert found == [line.strip("\n") for line in lines]


def test_exercises_are_headings_and_solutions_have_names(pages):
    titles = pages[2].select("div.exercise > h3.admonition-title")
    assert [words(title) for title in titles] == [
        "Exercise 2.1 Sizes, F easy",
        "Exercise 2.2 Find the bug",
        "Exercise 2.3",
    ]
    solutions = pages[2].select("details.solution > summary")
    assert [words(solution) for solution in solutions] == [
        "Solution to Exercise 2.1, Sizes, F",
        "Solution to Exercise 2.2, Find the bug",
        "Solution to Exercise 2.3",
    ]
    assert not pages[2].select("summary a")
    contents = pages[2].select_one("#pst-page-toc-nav")
    assert "Exercise 2.1" not in words(contents)


def test_every_fold_has_a_name_of_its_own(pages):
    for page in pages[1:]:
        names = [words(summary) for summary in page.select("summary")]
        assert len(set(names)) == len(names), names
    found = [words(summary) for summary in pages[1].select("details.code > summary")]
    assert found == ["Imports", "Code of this output", "Code: g"]


def test_headings_skip_no_level(pages):
    for page in pages[1:]:
        levels = [int(h.name[1]) for h in page.article.select("h1, h2, h3, h4, h5, h6")]
        assert levels[0] == 1
        assert all(b <= a + 1 for a, b in pairwise(levels)), levels


def test_landmarks_have_names(pages):
    page = pages[1]
    names = [nav.get("aria-label") or nav["aria-labelledby"] for nav in page.select("nav")]
    assert len(set(names)) == len(names)
    assert page.select_one(".prev-next-area[role=navigation]")["aria-label"]
    assert page.select_one("footer.bd-footer-content")["aria-label"]


if BROWSER:
    LABELS = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
    ALL = {"include": ["html"]}
    # Where the focus is, and how it looks there and without it.
    FOCUSED = """() => {
        const e = document.activeElement, look = () => {
            const s = getComputedStyle(e);
            return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow].join(" ");
        };
        const box = e.getBoundingClientRect(), ring = getComputedStyle(e);
        const seen = ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2
            && box.width * box.height > 0 && e.checkVisibility({opacityProperty: true});
        const inside = look(); e.blur(); const outside = look(); e.focus({focusVisible: true});
        return [e === document.body ? "" : e.outerHTML.slice(0, 120), seen && inside !== outside];
    }"""

    @pytest.fixture(scope="module")
    def browser(pages):
        """A browser and the address of the book."""
        from playwright.sync_api import sync_playwright

        with served(pages[0]) as base, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
            yield chromium, base
            chromium.close()

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1280, 390])
    def test_axe_finds_nothing_with_everything_open(browser, width, theme):
        from axe_playwright_python.base import AXE_SCRIPT

        found = []
        page = browser[0].new_page(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
        )
        for name in ("part/chapter.html", "part/second.html"):
            page.goto(browser[1] + name)
            page.evaluate(AXE_SCRIPT)
            page.evaluate(SETTLED)
            page.evaluate(OPEN)
            found += page.evaluate(AXE, [ALL, LABELS])
        if width == 390:
            for drawer in ("primary", "secondary"):
                page.click(f"button.{drawer}-toggle")
                found += page.evaluate(AXE, [{"include": [f"#pst-{drawer}-sidebar-modal"]}, LABELS])
                page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        found += page.evaluate(AXE, [{"include": ["dialog[open]"]}, LABELS])
        page.close()
        assert found == []

    def test_every_button_has_a_name_of_its_own(browser):
        page = browser[0].new_page(viewport={"width": 1280, "height": 900})
        page.goto(browser[1] + "part/chapter.html", wait_until="load")
        page.evaluate(SETTLED)
        names = page.evaluate(
            """[...document.querySelectorAll("button, summary")]
            .filter(e => e.checkVisibility() && !e.closest("dialog:not([open])"))
            .map(e => e.getAttribute("aria-label") || e.textContent.trim() || e.title)"""
        )
        page.close()
        assert all(names)
        assert len(set(names)) == len(names), names
        assert any(name.startswith("Copy block ") for name in names)

    @pytest.mark.parametrize("width", [1280, 390])
    def test_focus_is_seen_on_every_stop(browser, width):
        page = browser[0].new_page(
            viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        page.goto(browser[1] + "part/chapter.html")
        page.evaluate(SETTLED)
        page.evaluate(OPEN)
        stops = []
        while len(stops) < 300:
            page.keyboard.press("Tab")
            html, seen = page.evaluate(FOCUSED)
            if not html:
                break
            stops.append(html)
            assert seen, html
        assert "Skip to main content" in stops[0] or "#page-text" in stops[0]
        kinds = ("<summary", "dropdown-toggle", "sidebar-toggle", "<a ", "theme-switch")
        for kind in kinds:
            assert any(kind in stop for stop in stops), (kind, len(stops))
        page.close()
