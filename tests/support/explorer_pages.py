"""A page with one explorer and nothing else, for tests of what it does: no book need be built."""

from contextlib import contextmanager
from importlib import import_module

from book._ext.nndl_book import explorers
from tests.support.site_visits import ARGUMENTS, find_browser

COUNT = """() => {
    const words = document.querySelector(".explorer-words");
    window.said = 0;
    new MutationObserver(() => said++).observe(words, { childList: true });
}"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{colors} body {{ margin: 0; padding: 0 15px; font: 16px sans-serif; }}
* {{ box-sizing: border-box; }}</style>
{head}
</head><body>
<{tag} class="explorer" role="group" aria-label="{name}"{mode}>
<script type="application/json">{data}</script>
</{tag}>
</body></html>
"""


def explorer_page(folder, name, mode="", faults=()):
    """Write the page of an explorer into a folder, and give its address.

    ``faults`` are ``(right, wrong)``, replacements in its own script; each must be found once.
    """
    made = import_module(f"book._explorers.{name}")
    needed = ["explorer", *getattr(made, "NEEDS", []), name]
    for script in needed:
        text = (explorers.HOME / f"{script}.js").read_text(encoding="utf-8")
        for right, wrong in faults if script == name else ():
            assert text.count(right) == 1, right
            text = text.replace(right, wrong)
        (folder / f"{script}.js").write_text(text, encoding="utf-8")
    head = [f'<script defer src="{script}.js"></script>' for script in needed]
    for script in needed:
        if (sheet := explorers.HOME / f"{script}.css").exists():
            head.append(f"<style>{sheet.read_text(encoding='utf-8')}</style>")
    page = folder / f"{name}.html"
    text = PAGE.format(
        name=name,
        tag=f"nndl-{name.replace('_', '-')}",
        mode=f' data-mode="{mode}"' if mode else "",
        colors=explorers.colors(),
        head="\n".join(head),
        data=explorers.as_json(made.data()),
    )
    page.write_text(text, encoding="utf-8")
    return page.as_uri()


@contextmanager
def chromium():
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def visits(browser, folder, name):
    """A function that opens an explorer in a page of its own; no page may have had an error."""
    contexts, wrong = [], []

    def opened(mode="", faults=(), width=1280, **how):
        viewport = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=viewport, **how))
        contexts[-1].set_default_timeout(8000)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(explorer_page(folder, name, mode, faults))
        page.wait_for_function("document.readyState === 'complete'")
        assert wrong == []
        assert page.locator(".explorer.live").count() == 1
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def words(page):
    """What the explorer says, once it has come to rest."""
    page.wait_for_timeout(500)  # longer than it waits before it speaks
    return page.locator(".explorer-words").inner_text()


def shown(page, label):
    """What a table of numbers shows, as rows of texts."""
    rows = page.get_by_role("grid", name=label, exact=True).get_by_role("row")
    return rows.evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )


def as_shown(values):
    """The same of an array of whole numbers, or of few digits."""
    return [[f"{value:g}".replace("-", "−") for value in row] for row in values]
