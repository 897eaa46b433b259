"""Explorers with tables of numbers: visits to their pages, and what the tables show."""

from contextlib import contextmanager

from tests.support.explorer_page import written_page

COUNT = """() => {
    const words = document.querySelector(".explorer-words");
    window.said = 0;
    new MutationObserver(() => said++).observe(words, { childList: true });
}"""


@contextmanager
def visits(browser, folder, name):
    """A function that opens an explorer in a page of its own; no page may have had an error."""
    contexts, wrong = [], []

    def opened(mode="", planted=None, width=1280, **how):
        viewport = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=viewport, **how))
        contexts[-1].set_default_timeout(8000)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(written_page(folder, name, planted, mode).as_uri())
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
