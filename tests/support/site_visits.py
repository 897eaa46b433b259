"""Visits to the pages of a built site in headless Chromium: what a test can then ask about.

A page is loaded once, and seen in every view that a test asks about.
"""

import asyncio
import functools
import http.server
import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import alike_parts
from tests.support.narrow_pages import EQUATIONS, LOST, WIDTHS
from tests.support.text_kinds import ALONE, MARK

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses to run as root, as in containers, with its sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing else is reached
]
WINDOWS = 2  # pages open at the same time; a second tab of one window would be put to sleep

WIDE, HEIGHT = 1280, 900
NARROWEST = (320,)  # only whether the page scrolls sideways: what WCAG 1.4.10 asks

# All is laid out, fonts are there, and the boxes that scroll have been marked, before anything is
# looked at.
SETTLED = """async () => {
    while ("loading" in document.documentElement.dataset)
        await new Promise(requestAnimationFrame);
    await document.fonts.ready;
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}"""
# What is folded is looked at, too.
OPEN = "document.querySelectorAll('details').forEach(block => { block.open = true; })"
# Most of axe's time would go into the tokens of code and the pieces of formulas. One token of a
# kind in a kind of box stands for all of them, a box of the same size for what MathJax has set.
SIMPLIFY = """() => {
    const seen = new Set();
    for (const token of document.querySelectorAll("pre span:not(:has(span))")) {
        const box = token.closest("pre").parentElement;
        const kind = `${token.className} in ${box.parentElement.className} ${box.className}`;
        if (seen.has(kind)) token.replaceWith(...token.childNodes);
        seen.add(kind);
    }
    const formulas = [...document.querySelectorAll("mjx-container")];
    const sizes = formulas.map(f => f.firstElementChild.getBoundingClientRect());
    formulas.forEach((formula, i) => {
        const box = document.createElement("span");
        box.style.cssText = "display: inline-block;"
            + `width: ${sizes[i].width}px; height: ${sizes[i].height}px`;
        formula.replaceChildren(box);
    });
}"""
# Without preload, axe does not fetch style sheets itself, from addresses that it gets wrong. A page
# answers what was done to it within two frames: boxes that scroll now have been marked then.
AXE = """async ([context, options]) => {
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    const asked = {resultTypes: ["violations"], preload: false, ...options};
    return (await axe.run(context, asked)).violations.flatMap(v =>
        v.nodes.map(n => [v.id, n.target.flat().join(" "), n.failureSummary]));
}"""
# The theme changes colors and nothing else; the width changes the colors of no text. So dark pages
# are asked about colors only, and narrow pages about colors only around the text, where buttons
# appear that wide pages do not have: without the text, whose places axe would look up again. What
# is around the text is the same for all chapters of a part: the first of a folder is asked. Of the
# text, a width changes what lies close together and what scrolls.
COLORS = {"runOnly": ["color-contrast", "link-in-text-block"]}
NAMES = {"label-content-name-mismatch": {"enabled": True}}  # an experimental rule of axe's
REST = {"rules": {name: {"enabled": False} for name in COLORS["runOnly"]} | NAMES}
PLACES = {"runOnly": ["target-size", "scrollable-region-focusable"]}
ASKED = {  # (theme, width): whether with the text, and the rules, on the first page and on others
    ("light", WIDE): [(True, {"rules": NAMES}, {"rules": NAMES})],
    ("dark", WIDE): [(True, COLORS, COLORS)],
    ("dark", 390): [(False, COLORS, None)],
    ("light", 390): [(True, REST, PLACES), (False, COLORS, None)],
}
NEW = """Boolean(document.querySelector(
    "[data-look], [data-link], article :is(input, select, textarea)"))"""
TEXT = """there => document.querySelectorAll("article").forEach(e => {
    e.style.display = there ? "" : "none";
})"""


@dataclass
class Visit:
    """One page, seen in every view."""

    page: str
    external: set[str] = field(default_factory=set)  # addresses on other hosts
    missing: set[str] = field(default_factory=set)  # own addresses that answer with an error
    console: list[str] = field(default_factory=list)
    violations: set[tuple[str, str, str]] = field(default_factory=set)  # rule, selector, what
    wide: dict[str, int] = field(default_factory=dict)  # view: width of the page when it scrolls
    lost: dict[int, list[str]] = field(default_factory=dict)  # width: what leaves the screen
    equations: dict[int, list[str]] = field(default_factory=dict)  # width: those that scroll


def is_required() -> bool:
    """Whether a missing browser is a failure."""
    return bool(os.environ.get("CI")) or "chromium" in os.environ.get("NNDL_REQUIRE", "")


def in_browser(test):
    """Leave a test out where there is no browser: ``test_there_is_a_browser`` speaks for all."""
    return test if find_browser() or is_required() else None


def find_browser() -> str | None:
    """The path of a Chromium on this machine: the system's, or the one playwright fetched."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


@contextmanager
def served(folder: Path):
    """Serve a folder on loopback; gives its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


async def look(page, seen: Visit, theme: str, width: int) -> None:
    """Have the page in one theme and width, and see whether it scrolls sideways."""
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    await page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    await page.evaluate(SETTLED)
    scroll = await page.evaluate("document.documentElement.scrollWidth")
    if scroll > width:
        seen.wide[f"{theme}, {width} px"] = scroll


def firsts(names: list[str]) -> set[str]:
    """The first page of each folder, and all at the root, of which no two are alike."""
    folders = {name.rpartition("/")[0]: name for name in sorted(names, reverse=True)}
    return {*folders.values(), *(name for name in names if "/" not in name)}


async def visit(page, base: str, name: str, axe_script: str, around: bool, measured: dict) -> Visit:
    """Open one page and look at it in light and dark, wide and narrow.

    ``measured`` is what earlier pages have of each kind of text, in each view.
    """
    seen = Visit(name)

    def asked(request):
        if not request.url.startswith((base, "data:", "blob:")):
            seen.external.add(request.url)

    def answered(response):
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            seen.missing.add(response.url.removeprefix(base))

    def logged(message):
        if message.type == "error":
            seen.console.append(message.text)

    def threw(error):
        seen.console.append(str(error))

    listeners = {"request": asked, "response": answered, "console": logged, "pageerror": threw}
    for event, listener in listeners.items():
        page.on(event, listener)
    await page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    await page.goto(base + name)
    await page.evaluate(OPEN)
    for width in (*NARROWEST, *WIDTHS, WIDE):
        await look(page, seen, "light", width)
        if width in NARROWEST or name.startswith("_modules/"):  # lines of code, and nothing else
            continue
        seen.equations[width] = await page.evaluate(EQUATIONS)
        seen.lost[width] = await page.evaluate(LOST)
    await page.evaluate(axe_script)
    await page.evaluate(SIMPLIFY)
    await page.evaluate(alike_parts.THIN, alike_parts.ALONE)
    for (theme, width), all_questions in ASKED.items():
        questions = [(text, first if around else other) for text, first, other in all_questions]
        if not any(rules for _, rules in questions):
            continue
        await look(page, seen, theme, width)
        for with_text, rules in questions:
            if not rules:
                continue
            await page.evaluate(TEXT, with_text)
            if rules not in (REST, PLACES):  # which ask about no color
                view = theme, width, with_text
                marked = await page.evaluate(MARK, [ALONE, measured.get(view, {}), around])
                measured[view] = measured.get(view, {}) | marked
                if rules is COLORS and not await page.evaluate(NEW):
                    continue
            found = await page.evaluate(AXE, [{"include": ["html"]}, rules])
            seen.violations |= {tuple(violation) for violation in found}
        await page.evaluate(TEXT, True)
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    return seen


async def _visit_all(base: str, names: list[str], browser_path: str) -> list[Visit]:
    from axe_playwright_python.base import AXE_SCRIPT
    from playwright.async_api import async_playwright

    left, visits, asked, measured = list(names), [], firsts(names), {}

    async def window(browser):
        # Motion off: a color in the middle of a transition has no meaning for contrast.
        context = await browser.new_context(reduced_motion="reduce")
        page = await context.new_page()
        while left:
            name = left.pop()
            visits.append(await visit(page, base, name, AXE_SCRIPT, name in asked, measured))

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        try:
            await asyncio.gather(*(window(browser) for _ in range(WINDOWS)))
        finally:
            await browser.close()
    return visits


def visit_all(base: str, names: list[str], browser_path: str) -> list[Visit]:
    """Visit all pages, ``WINDOWS`` at a time."""
    return asyncio.run(_visit_all(base, names, browser_path))
