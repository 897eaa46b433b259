"""Search and previews of references: what is found, and that a reader can use both, everywhere."""

import hashlib
import json
import re

import pytest

from book._ext.nndl_book import search_index, search_text, search_words
from tests.support.site_visits import find_browser, served
from tests.test_site_ext import built_book, parsed

BROWSER = find_browser()
WORLDS = ["served", "file"]  # a page from the file system may read scripts, and nothing else


def in_browser(test):
    """Leave a test out where there is no browser, which tests/test_site.py speaks of."""
    return test if BROWSER else None


FIRST = """# Sliding windows

The convolution of a window, and {term}`stride`.

$$
a = b
$$ (eq-window)

## Padding the border

Here the keep probability is a half, as {eq}`eq-window` says. {cite}`Somebody2001` too.

:::{exercise} Count them
:label: ex-count
How many windows are there?
:::
"""
SECOND = """# Another

By {eq}`eq-window`, {numref}`fig-logo`, {numref}`ex-count`, and {cite:t}`Somebody2001` of strides.
"""
GLOSSARY = """# Glossary

{.glossary}
stride
: How far the window moves.

```{figure} /_static/logo.svg
:name: fig-logo
:alt: a logo

What the logo shows.
```
"""
SOURCE = "@misc{Somebody2001, author = {Body, Some}, title = {A Title}, year = {2001}}\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder of a small site."""
    folder = tmp_path_factory.mktemp("book")
    done = built_book(
        folder, second=SECOND, glossary=GLOSSARY, text=FIRST, bibliography=SOURCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def site(book):
    return book / "_build" / "html"


def script(path):
    """What a script of data assigns."""
    return json.loads(path.read_text(encoding="utf-8").split(" = ", 1)[1].rstrip().rstrip(";"))


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"3 \times 3", "3 × 3"),
        (r"\frac{\lambda}{2}\sum W^2", "λ/2Σ W^2"),
        (r"\text{out}_{ij}\,x", "out_ij x"),
        (r"\left\lfloor a \right\rfloor", "⌊ a ⌋"),
    ],
)
def test_a_formula_in_an_excerpt_is_letters_and_signs(tex, text):
    assert search_text.plain(tex) == text


def test_words_of_one_meaning_are_found_by_each_other():
    assert search_words.others("The colors of batch norm") == {
        "colour", "batchnorm", "batch normalization",
    }  # fmt: skip
    assert not search_words.others("colored, a batch, normal")
    words = [word for same in search_words.WORDS for word in same]
    assert len(words) == len(set(words)), "a word of two meanings"
    assert all(len(same) > 1 for same in search_words.WORDS)


def test_the_engine_is_the_file_of_its_package():
    engine = (search_index.VENDOR / search_index.FILES["minisearch.js"]).read_bytes()
    assert hashlib.sha256(engine).hexdigest() == (
        "03c27931eb603af1d3358579e9885eafdb6a2f5fa9929557b3e77d7e99d06d03"
    )


def test_every_place_has_a_record_and_furniture_has_none(site):
    records = {r["u"]: r for r in script(site / "_static/search/records.js")["records"]}
    chapter = "part/chapter.html"
    assert {uri: r["t"] for uri, r in records.items()} == {
        "intro.html": "A book",
        chapter: "1 Sliding windows",
        f"{chapter}#padding-the-border": "1.1 Padding the border",
        f"{chapter}#equation-eq-window": "Equation (1.1)",
        f"{chapter}#ex-count": "Exercise 1.1 Count them",
        "part/second.html": "2 Another",
        "glossary.html": "Glossary",
        "glossary.html#term-stride": "stride",
        "glossary.html#fig-logo": "Figure 1",
        "bibliography.html": "Bibliography",
        next(uri for uri in records if "#id" in uri): "Body, 2001",
    }
    said = json.dumps(list(records.values()))
    assert not re.search("Show the|Contents|minutes", said)
    for uri in records:
        name, _, anchor = uri.partition("#")
        assert not anchor or parsed(site.parent.parent, name).find(id=anchor), uri


def test_pages_load_no_index(site):
    for name in ("part/chapter.html", "search.html"):
        text = (site / name).read_text(encoding="utf-8")
        assert not re.search(r"searchindex|searchtools|language_data|minisearch|records\.js", text)
    assert not (site / "searchindex.js").exists()


def test_every_reference_has_its_preview(site):
    link = re.compile(r"#(equation-|fig-|ex-|term-)|bibliography\.html#")
    seen = set()
    for name in ("part/chapter.html", "part/second.html"):
        for a in parsed(site.parent.parent, name).select("article a[href*='#']:not(.headerlink)"):
            if kind := link.search(a["href"]):
                page, _, anchor = a["href"].partition("#")
                where = (site / name).parent / page if page else site / name
                found = where.resolve().relative_to(site.resolve()).with_suffix(".js")
                html = script(site / "_static/previews" / found)[anchor]
                assert " id=" not in html, anchor
                seen.add(kind[0])
    assert len(seen) == 5


@pytest.fixture(scope="module")
def addresses(site):
    """The site's address over HTTP and in the file system."""
    with served(site) as base:
        yield {"served": base, "file": f"{site.as_uri()}/"}


@pytest.fixture
def opened(browser, addresses):
    """Opens a page; the console of what was opened has to stay silent."""
    errors, contexts = [], []

    def open_page(world, name, **options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(addresses[world] + name)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


FOCUSED = "document.activeElement.textContent"


@in_browser
@pytest.mark.parametrize("world", WORLDS)
def test_one_searches_with_the_keyboard(opened, world):
    page = opened(world, "part/second.html")
    asked = "[...document.scripts].filter(s => /search\\//.test(s.src)).length"
    assert page.evaluate(asked) == 0
    page.keyboard.press("Control+k")
    page.keyboard.type("keep probabilty")
    mark = page.wait_for_selector("dialog[open] .search-list mark")
    assert page.evaluate(asked) == 2
    assert "keep" in mark.text_content()
    assert page.locator("dialog [role=status]").text_content() == "Places found: 1"
    assert "1.1 Padding the border" in page.locator(".search-list li").first.text_content()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == "1.1 Padding the border"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    page.keyboard.press("Escape")
    assert not page.locator("dialog[open]").count()
    page.keyboard.press("Control+k")
    page.keyboard.type("count them")
    page.wait_for_selector("dialog[open] .search-list a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/part/chapter.html#ex-count")


@in_browser
@pytest.mark.parametrize("world", WORLDS)
def test_a_search_has_a_page_of_its_own(opened, world):
    page = opened(world, "search.html?q=strid")
    page.wait_for_selector(".search-list a")
    first = page.locator(".search-list a").first
    assert first.get_attribute("href").endswith("glossary.html#term-stride")


@in_browser
def test_without_scripts_the_page_of_the_search_says_what_else_there_is(opened):
    page = opened("file", "search.html", java_script_enabled=False)
    links = page.locator("article a, .bd-search-container a")
    assert {"genindex.html", "glossary.html"} <= {
        link.get_attribute("href") for link in links.all()
    }


@in_browser
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("#equation-eq-window", "a"),
        ("#fig-logo", "What the logo shows."),
        ("#ex-count", "How many windows are there?"),
        ("#id", "Some Body. A Title. 2001."),
        ("#term-stride", "How far the window moves."),
    ],
)
def test_a_reference_is_shown_in_place(opened, world, link, shown):
    page = opened(world, "part/second.html")
    reference, box = page.locator(f"article a[href*='{link}']").first, page.locator(".preview")
    reference.hover()
    box.wait_for(state="visible")
    assert shown in box.text_content()
    box.hover()  # hoverable, persistent
    page.wait_for_timeout(400)
    assert box.is_visible()
    page.keyboard.press("Escape")  # dismissible
    assert not box.is_visible()


@in_browser
def test_the_focus_shows_a_reference_and_leaves_it(opened):
    page = opened("file", "part/second.html")
    page.locator("article a[href*='#equation-eq-window']").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.locator(".preview").wait_for(state="visible")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.locator(".preview").filter(has_text="a = b").wait_for(state="hidden")


@in_browser
@pytest.mark.parametrize("world", WORLDS)
def test_a_tap_shows_a_reference_in_a_sheet_that_leads_on(opened, world):
    phone = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    page = opened(world, "part/second.html", **phone)
    page.locator("article a[href*='#fig-logo']").tap()
    sheet = page.locator("dialog.preview:modal")
    sheet.wait_for(state="visible")
    # An image in a sheet that was just opened loads in its own time.
    page.wait_for_function("document.querySelector('.preview img').naturalWidth > 0")
    sheet.get_by_text("Close").tap()
    assert not sheet.count()
    page.locator("article a[href*='#fig-logo']").tap()
    sheet.get_by_text("Go there").tap()
    page.wait_for_url("**/glossary.html#fig-logo")
