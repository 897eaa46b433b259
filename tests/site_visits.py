"""Visits to the pages of a built site in headless Chromium: what a test can then ask about."""

import asyncio
import functools
import http.server
import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses to run as root, as in containers, with its sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
VIEWS = [(theme, width) for theme in ("light", "dark") for width in (1280, 390)]
AT_ONCE = 2  # pages open at the same time

# Equations are set, and the boxes that scroll have been marked, before anything is looked at.
SETTLED = """async () => {
    if (window.MathJax?.startup) await MathJax.startup.promise;
    await document.fonts.ready;
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}"""
# Most of axe's time goes into the contrast of each token of code. One token of a kind in a kind of
# box stands for all of them; the others become plain text.
ONE_OF_A_KIND = """() => {
    const seen = new Set();
    for (const token of document.querySelectorAll("pre span:not(:has(span))")) {
        const box = token.closest("pre").parentElement;
        const kind = `${token.className} in ${box.parentElement.className} ${box.className}`;
        if (seen.has(kind)) token.replaceWith(...token.childNodes);
        seen.add(kind);
    }
}"""
# Without preload, axe does not fetch style sheets itself, from addresses that it gets wrong.
AXE = """async () => (
    await axe.run({resultTypes: ["violations"], preload: false})
).violations.flatMap(v => v.nodes.map(n => [v.id, n.target.flat().join(" "), n.failureSummary]))"""


@dataclass
class Visit:
    """One page, seen in every view."""

    page: str
    external: set[str] = field(default_factory=set)  # addresses on other hosts
    missing: set[str] = field(default_factory=set)  # own addresses that answer with an error
    console: list[str] = field(default_factory=list)
    violations: set[tuple[str, str, str]] = field(default_factory=set)  # rule, selector, what
    wide: dict[str, int] = field(default_factory=dict)  # view: width of the page when it scrolls


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


async def visit(context, base: str, name: str, axe_script: str) -> Visit:
    """Open one page and look at it in light and dark, wide and narrow."""
    seen, page = Visit(name), await context.new_page()

    async def route(route):
        if route.request.url.startswith(base):
            await route.continue_()
        else:
            seen.external.add(route.request.url)
            await route.abort()

    def answered(response):
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            seen.missing.add(response.url.removeprefix(base))

    await page.route("**/*", route)
    page.on("response", answered)
    page.on("console", lambda m: seen.console.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: seen.console.append(str(error)))
    await page.goto(base + name)
    await page.evaluate(axe_script)
    await page.evaluate(ONE_OF_A_KIND)
    for theme, width in VIEWS:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        await page.evaluate(SETTLED)
        scroll = await page.evaluate("document.documentElement.scrollWidth")
        if scroll > width:
            seen.wide[f"{theme}, {width} px"] = scroll
        seen.violations |= {tuple(v) for v in await page.evaluate(AXE)}
    await page.close()
    return seen


async def _visit_all(base: str, names: list[str], browser_path: str) -> list[Visit]:
    from axe_playwright_python.base import AXE_SCRIPT
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        # Motion off: a color in the middle of a transition has no meaning for contrast.
        context = await browser.new_context(reduced_motion="reduce")
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(name):
            async with gate:
                return await visit(context, base, name, AXE_SCRIPT)

        try:
            return await asyncio.gather(*map(one, names))
        finally:
            await browser.close()


def visit_all(base: str, names: list[str], browser_path: str) -> list[Visit]:
    """Visit all pages, a few at a time."""
    return asyncio.run(_visit_all(base, names, browser_path))
