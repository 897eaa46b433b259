"""What narrow screens need, on a small book: Verified, outputs, figures, formulas, drawers."""

import pytest
from bs4 import BeautifulSoup

from book._ext.nndl_book import check_layers, enlarged_figures, output_lines, stacked_tables
from tests.support.narrow_pages import EQUATIONS, LOST
from tests.support.site_visits import ARGUMENTS, SETTLED, find_browser, served
from tests.test_site_ext import ROOT, built_book, parsed

BROWSER = find_browser()


def test_a_cells_layers_are_those_whose_functions_it_calls():
    code = "out, cache = conv_forward_fast(x, w)\ndx = spatial_batchnorm_backward(max_pool)"
    assert check_layers.layers_in(code) == ("conv", "spatial_batchnorm")
    assert check_layers.layers_in("softmax_loss(x, y); noise_forward(x)") == ("softmax",)
    assert check_layers.layers_in("model.loss(X)") == ()


LINES = [
    ("dx error: 1e-09  (bound 1e-08)\ndw error: 1e-09  (bound 1e-08)\n", ["line", "line"]),
    ("a   1\nbb  2\n", ["columns"]),
    ("layer     size\nconv      12\nnot in columns\n", ["columns", "line"]),
    ("one  gap\nother\n", ["line", "line"]),
    ("a &lt; b   1\n", ["line"]),
]


@pytest.mark.parametrize(("text", "kinds"), LINES)
def test_lines_break_and_columns_stay(text, kinds):
    head = '<div class="output stream highlight-myst-ansi notranslate"><div class="highlight"><pre>'
    body = output_lines.OUTPUT.sub(output_lines.wrap, f"{head}<span></span>{text}</pre></div>")
    found = parsed_text(body)
    assert [span["class"][0] for span in found.select("pre > span[class]")] == kinds
    assert found.pre.text == parsed_text(f"<pre>{text}</pre>").pre.text, "no letter is lost"


def parsed_text(html):
    return BeautifulSoup(html, "html.parser")


def test_every_figure_has_a_link_to_its_file():
    figure = (
        '<figure id="f"><img alt="" src="{}" /><figcaption>\n<p>'
        '<span class="caption-number">Fig. 8.1 </span>Words.'
        '<a class="headerlink" href="#f">#</a></p>\n</figcaption></figure>'
    )
    html = enlarged_figures.FIGURE.sub(enlarged_figures.add_link, figure.format("../_images/a.svg"))
    link = parsed_text(html).select_one("p > a.enlarge")
    assert (link["href"], link["aria-label"]) == ("../_images/a.svg", "Enlarge figure 8.1")
    assert enlarged_figures.FIGURE.sub(enlarged_figures.add_link, html) == html, "one is enough"


CHECKS = "".join(f"d{name} error: 1e-09  (bound 1e-08)\n" for name in "xw")
PUBLISHED = (
    "out, of a long and telling name error: 1e-09  (bound 1e-08)  published 2.21e-08 to 9e-08\n"
)
MESSAGE = "conv_forward_naive: " + "x has 3 channels, w expects 4, " * 8 + "the end\n"
TABLE = "".join(f"{name:60}{name}\n" for name in ("layer", "conv", "affine"))
TEXT = r"""# A chapter

Here $x$, and ($y$) and the $k$-th; here $z$ is free.

$$
\text{out}_{nfij} = b_f + \sum_{c}\sum_{p}\sum_{q} \bar x_{n,c,\,iS+p,\,jS+q}\; w_{fcpq}
+ \text{much more than a phone has room for}
$$ (eq-wide)

## A section
"""
# The small book has a glossary, whose page may as well list its checks and have a figure.
GLOSSARY = "```{glossary}\nunused\n: Nowhere.\n```\n\n## The checks"
VERIFIED = (ROOT / "book" / "verified.md").read_text(encoding="utf-8").replace("{py:func}", "")
VERIFIED = VERIFIED.replace("## The checks", GLOSSARY)
FIGURE = """
```{figure} /_static/screenshot.png
:alt: The title page.
:name: fig-page

A figure that is wider than any phone.
```
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A book of two chapters and the page of their checks."""
    folder = tmp_path_factory.mktemp("phone")
    cells = [
        ([], CHECKS, "conv_forward_fast(x, w)"),
        ([], PUBLISHED, "softmax_loss(x, y)"),
        ([], MESSAGE),
        ([], TABLE),
    ]
    done = built_book(
        folder,
        second="# Another\n\n## Its section\n",
        glossary=VERIFIED.replace("## How", FIGURE + "\n## How"),
        cells=cells,
        text=TEXT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_verified_is_a_table_a_chapter_below_a_heading_that_leads_to_it(small):
    page = parsed(small, "glossary.html")
    section = page.select_one("section#verified-chapter")
    assert section.select_one("h3 > a")["href"] == "part/chapter.html"
    assert section.select_one("h3 > a").text == "1 A chapter"
    table = section.select_one("table.verified")
    assert [cell.text for cell in table.select("thead th[scope=col]")] == [
        "Check",
        "Value",
        "Bound",
        "Published",
    ]
    rows = table.select("tbody tr")
    assert [row["class"][:1] for row in rows] == [["layer-conv"]] * 2 + [["layer-softmax"]]
    assert "published" in rows[2]["class"]
    assert all(len(row.select("td")) == 4 for row in rows)
    assert page.select_one("form.verified-filter").has_attr("hidden"), "it does nothing by itself"


def test_formulas_hold_what_touches_them(small):
    held = [span.text for span in parsed(small, "part/chapter.html").select("article .held")]
    assert held == ["x,", "(y)", "k-th;"]


@pytest.fixture(scope="module")
def window(small):
    """A window of a browser, and the address of the small book."""
    from playwright.sync_api import sync_playwright

    with served(small / "_build" / "html") as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        yield browser.new_page(reduced_motion="reduce"), base
        browser.close()


def opened(window, name, width):
    page, base = window
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(base + name)
    page.evaluate(SETTLED)
    return page


def in_browser(test):
    """Leave a test out where there is no browser: test_site.py speaks for all."""
    return test if BROWSER else None


CELLS_SEEN = """() => [...document.querySelectorAll("table.verified td")].every(cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const text = range.getBoundingClientRect();
    return text.width > 0 && text.left >= 0 && text.right <= document.documentElement.clientWidth;
})"""


@in_browser
@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_value_bound_and_published_are_seen_at_every_width_and_in_print(window, width):
    page = opened(window, "glossary.html", width)
    assert page.evaluate(CELLS_SEEN)
    if width > 600:  # no paper is narrower
        page.emulate_media(media="print")
        assert page.evaluate(CELLS_SEEN)
        page.emulate_media(media="screen")


@in_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_a_table_stays_one_for_screen_readers(window, width):
    page = opened(window, "glossary.html", width)
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    roles = [node["role"]["value"] for node in tree["nodes"] if not node["ignored"]]
    rows = page.evaluate("document.querySelectorAll('table.verified tr').length")
    assert roles.count("row") == rows
    assert {"table", "rowgroup", "columnheader", "cell"} <= set(roles)


@in_browser
def test_the_filter_lists_what_is_chosen_and_says_how_many(window):
    page = opened(window, "glossary.html", 390)

    def listed():
        rows = page.query_selector_all("table.verified tbody tr")
        return sum(row.is_visible() for row in rows), page.inner_text(".verified-filter output")

    assert listed() == (3, "3 of 3 checks, 1 chapter")
    page.focus("select[name=layer]")
    page.keyboard.press("ArrowDown")  # to softmax
    assert listed() == (1, "1 of 3 checks, 1 chapter")
    page.select_option("select[name=layer]", "layer-none")
    assert listed() == (0, "None of 3 checks")
    page.evaluate("location.hash = '#verified-chapter'")  # a link shows what it leads to
    page.wait_for_function("!document.querySelector('#verified-chapter').hidden")
    assert listed()[0] == 3
    page.check("[name=published]")
    assert listed()[0] == 1
    assert page.query_selector("output[aria-live], output").evaluate("e => e.tagName") == "OUTPUT"


@in_browser
def test_the_head_of_the_table_stays(window):
    page = opened(window, "glossary.html", 390)
    page.add_style_tag(content="table.verified tbody { height: 3000px; }")
    page.evaluate("document.querySelector('table.verified').scrollIntoView()")
    page.evaluate("scrollBy(0, 1500)")
    page.evaluate(SETTLED)
    top = page.evaluate(
        "document.querySelector('table.verified thead').getBoundingClientRect().top"
    )
    assert 0 <= top < 100


@in_browser
def test_what_is_too_wide_scrolls_fades_and_is_reached_and_the_rest_breaks(window):
    page = opened(window, "part/chapter.html", 360)
    assert page.evaluate(LOST) == []
    assert page.evaluate(EQUATIONS) == ["equation-eq-wide"]
    box = page.query_selector("#equation-eq-wide > :not(.eqno)")
    mask = "e => getComputedStyle(e).maskImage"
    start = box.evaluate(mask)
    assert "gradient" in start
    box.evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    page.evaluate(SETTLED)
    assert box.evaluate(mask) != start, "the fade is where there is more"
    message = page.locator("pre .line", has_text="the end")
    assert message.evaluate("e => e.getBoundingClientRect().height") > 30, "in lines, not in one"
    page.add_style_tag(
        content="pre .line { white-space: pre !important; } pre { overflow: hidden !important; }"
    )
    page.evaluate(SETTLED)
    assert page.evaluate(LOST), "what is cut is found"


@in_browser
@pytest.mark.parametrize("how", ["Enter", "click", "image"])  # closed by Escape, button, ground
def test_a_figure_opens_at_its_natural_size_and_closes(window, how):
    page = opened(window, "glossary.html", 390)
    if how == "Enter":
        page.focus("a.enlarge")
        page.keyboard.press("Enter")
    else:
        page.click("a.enlarge" if how == "click" else "article figure img")
    assert "enlarged" in page.get_attribute("dialog.enlarged[open]", "aria-label")
    width = "document.querySelector('dialog.enlarged img').getBoundingClientRect().width"
    natural = "document.querySelector('article figure img').naturalWidth"
    assert page.evaluate(width) == page.evaluate(natural) > 390
    pans = "(() => { const f = document.querySelector('dialog.enlarged figure');"
    assert page.evaluate(pans + "return f.scrollWidth > f.clientWidth && f.tabIndex === 0 })()")
    if how == "Enter":
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "enlarge", "back where one was"
    elif how == "click":
        page.click("dialog.enlarged button")
    else:
        page.mouse.click(20, 20)  # beside the figure
    assert page.query_selector("dialog[open]") is None


@in_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_two_keys_lead_past_all_buttons_to_the_text(window, width):
    page = opened(window, "part/chapter.html", width)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('article.bd-article') !== null")


COPIED = """selection => {
    let text = "what the browser does";
    addEventListener("copy", event => {
        if (event.defaultPrevented) text = event.clipboardData.getData("text/plain");
    }, { once: true });
    const [first, last] = selection.map(name => document.querySelector(name));
    getSelection().setBaseAndExtent(first, 0, last, last.childNodes.length);
    document.execCommand("copy");
    return text;
}"""


@in_browser
def test_formulas_are_copied_as_tex_with_the_words_around_them(window):
    page = opened(window, "part/chapter.html", 1280)
    paragraph = "article section > p:has(mjx-container)"
    line = "Here $x$, and ($y$) and the $k$-th; here $z$ is free."
    assert page.evaluate(COPIED, [paragraph, paragraph]) == line
    inside = f"{paragraph} math"  # a selection that begins within a formula, and ends within one
    found = page.evaluate(COPIED, [inside, "#equation-eq-wide math"])
    first, second = found.split("\n", 1)
    assert first == line.removeprefix("Here ")
    assert second.strip().startswith("(1)")
    assert second.strip().endswith(r"\text{much more than a phone has room for}$$")
    assert page.query_selector_all("article > div[style]") == []
    assert page.evaluate(COPIED, ["article h2", "article h2"]) == "what the browser does"


@in_browser
@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_drawers_close_by_a_button(window, side):
    page = opened(window, "part/chapter.html", 390)
    assert not page.is_visible(".drawer-close")
    page.click(f".{side}-toggle")
    assert page.is_visible(f"#pst-{side}-sidebar-modal .drawer-close button")
    assert side == "secondary" or page.is_visible("#pst-primary-sidebar-modal .search-button-field")
    page.click(f"#pst-{side}-sidebar-modal .drawer-close button")
    assert page.query_selector("dialog[open]") is None
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not page.is_visible(".drawer-close")


@in_browser
def test_a_click_in_the_drawer_of_contents_leads_there_and_marks(window):
    page = opened(window, "part/chapter.html", 390)
    page.click(".secondary-toggle")
    page.click("dialog[open] nav.contents a[href='#a-section']")
    assert page.query_selector("dialog[open]") is None
    assert page.evaluate("location.hash") == "#a-section"
    page.wait_for_function(
        "document.querySelector('nav.contents a[aria-current]')?.hash === '#a-section'"
    )


WORDS = (
    '<table class="table">\n<thead>\n<tr class="row-odd"><th class="head"><p>name</p></th>'
    '<th class="head"><p>shape</p></th><th class="head"><p>meaning</p></th></tr>\n</thead>\n'
    '<tbody>\n<tr class="row-even"><td><p><code>x</code></p></td><td><p>(N, C)</p></td>'
    "<td><p>{}</p></td></tr>\n</tbody>\n</table>"
)


def test_a_table_of_words_knows_its_columns_and_stays_a_table():
    html = stacked_tables.TABLE.sub(stacked_tables.stack, WORDS.format("what goes in, " * 4))
    table = parsed_text(html).table
    assert "stacked" in table["class"]
    assert [cell.get("data-column") for cell in table("td")] == [None, "shape", "meaning"]
    assert [cell["scope"] for cell in table("th")] == ["col"] * 3
    narrow = WORDS.format("12")
    assert stacked_tables.TABLE.sub(stacked_tables.stack, narrow) == narrow
