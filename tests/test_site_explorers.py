"""Explorers: figures that one can touch. What all of them promise, on a small book that has all."""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from book._ext.nndl_book import explorers
from tests.support.site_visits import AXE, SETTLED, find_browser, served
from tests.test_site_ext import built_book, notebook

BROWSER = find_browser()
in_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
NAMES = sorted(file.stem for file in explorers.HOME.glob("*.py"))
TEXT = """# Explorers

## {name}

:::{{explorer}} {name}
:label: The {name}
:alt: The figure of {name}
A caption with $x$.
:::
"""


def needed(name):
    """The scripts that an explorer needs besides the one that all need."""
    return getattr(import_module(f"book._explorers.{name}"), "NEEDS", [])


def test_there_are_explorers():
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_an_explorer_needs_is_there(name):
    for script in needed(name):
        assert script not in NAMES
        assert (explorers.HOME / f"{script}.js").exists()


@pytest.mark.parametrize("name", NAMES)
def test_an_explorer_has_its_files_and_they_are_short(name):
    for part in (*needed(name), name):
        script = (explorers.HOME / f"{part}.js").read_text(encoding="utf-8")
        assert len(script.splitlines()) < 300
        assert not re.search(r"\b(import|export)\b.*\bfrom\b|https?://(?!www\.w3\.org)", script)
    assert f'explorer("{name}"' in script


def test_data_are_what_json_can_say():
    data = {"a": np.arange(3), "b": np.float32(0.1), 3: [np.array([0.123456789])], "c": "</script>"}
    expected = '{"a":[0,1,2],"b":0.1,"3":[[0.1234568]],"c":"\\u003c/script>"}'
    assert explorers.as_json(data) == expected
    with pytest.raises(ValueError, match="JSON"):
        explorers.as_json({"a": np.array([np.nan])})


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The address of the pages, one for each explorer, in a folder that is served."""
    folder = tmp_path_factory.mktemp("explorers")

    def pages(book):
        for name in NAMES:
            notebook(book / "part" / f"{name}.ipynb", [], text=TEXT.format(name=name))
        files = "".join(f", {{file: part/{name}}}" for name in NAMES)
        toc = (
            (folder / "_toc.yml")
            .read_text(encoding="utf-8")
            .replace("chapter}]", f"chapter}}{files}]")
        )
        (folder / "_toc.yml").write_text(toc, encoding="utf-8")

    result = built_book(folder, change=pages)
    assert result.returncode == 0, result.stderr
    return folder / "_build" / "html"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{explorer} nothing\n:label: a\n:alt: b\n", "no nothing.py"),
        ("{explorer} max_pool\n:alt: b\n", "needs :label:"),
        ("{explorer} conv\n:label: a\n:alt: b\n:mode: up\n", "no mode up"),
    ],
)
def test_an_explorer_that_is_not_there_fails_the_build(tmp_path, text, says):
    result = built_book(tmp_path, second=f"# A page\n\n:::{text}:::\n")
    assert result.returncode != 0
    assert says in result.stderr


@in_browser
@pytest.mark.parametrize("name", NAMES)
def test_an_explorer_by_keys_on_a_phone_in_the_dark_without_scripts_and_on_paper(
    book, browser, name
):
    axe = Path(pytest.importorskip("axe_playwright_python").__file__).parent / "axe.min.js"
    address = (book / "part" / f"{name}.html").as_uri()
    element = f"nndl-{name.replace('_', '-')}"
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(address)
    figure = page.locator(f"{element} figure img:visible")
    assert figure.count() == 1
    figure.scroll_into_view_if_needed()
    assert figure.get_attribute("alt")
    plain.close()
    for width, theme in ((390, "dark"), (1280, "light")):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))  # noqa: B023
        page.goto(address)
        page.evaluate(SETTLED)
        live = page.locator(f"{element}.live")
        live.wait_for()
        assert not page.locator(f"{element} figure img:visible").count()
        words = live.locator(".explorer-words")
        assert words.get_attribute("aria-live") == "polite"
        before = words.inner_text()
        assert before
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.add_script_tag(path=str(axe))
        assert not page.evaluate(AXE, [{"include": [element]}, {}])
        small = live.locator("button:visible, input:visible, [tabindex='0']:visible").evaluate_all(
            "all => all.filter(e => e.getBoundingClientRect().height < 23.5"
            " && !e.closest('label')).map(e => e.outerHTML.slice(0, 120))"
        )
        assert not small
        assert changes_by_keys(page, live, words, before)
        page.emulate_media(media="print")
        page.locator(f"{element} figure img:visible").wait_for()
        assert page.locator(f"{element} figure img:visible").count() == 1
        assert not live.locator(".explorer-stage").is_visible()
        assert not wrong
        context.close()


def changes_by_keys(page, live, words, before):
    """Whether some key on some control changes what the explorer says."""
    controls = live.locator("button:visible, input:visible, select:visible, [tabindex='0']:visible")
    for k in range(controls.count()):
        controls.nth(k).focus()
        for key in ("ArrowRight", "ArrowUp", "Enter", "Space"):
            page.keyboard.press(key)
            page.wait_for_timeout(500)  # longer than an explorer waits before it speaks
            if words.inner_text() != before:
                return True
    return False


@in_browser
def test_a_page_loads_its_own_explorers_and_nothing_from_elsewhere(book, browser):
    with served(book) as address:
        for name in ("chapter", *NAMES):
            page, asked = browser.new_page(), []
            page.on("request", lambda request: asked.append(request.url))  # noqa: B023
            page.goto(f"{address}/part/{name}.html")
            scripts = {
                Path(url).stem for url in asked if "_explorers" in url and url.endswith("js")
            }
            needs = set() if name == "chapter" else {"explorer", name, *needed(name)}
            assert scripts == needs
            assert all(url.startswith((address, "data:", "blob:")) for url in asked)
            page.close()
