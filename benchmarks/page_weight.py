"""What a page of the site weighs and when a reader sees it, in headless Chromium.

    python -m benchmarks.page_weight _build/html

prints a table, a row a page type; ``--record`` writes it to ``benchmarks/pages.md``. The site is
served with gzip on loopback, the cache is empty, nobody touches the page. Bytes and requests are
exact. Times are medians of three visits at 1.6 Mbps, 150 ms and a processor slowed down four times,
and belong to the machine: only those of one machine can be compared. Needs the extra ``test``.
"""

import argparse
import functools
import gzip
import http.server
import statistics
import threading
from contextlib import contextmanager
from pathlib import Path

PAGES = {
    "intro": "title page",
    "convolution/conv_forward": "chapter with many formulas",
    "foundations/fully_connected": "chapter with much code",
    "speed/micro_kernel": "chapter with many figures",
    "networks/training": "chapter with long outputs",
    "verified": "table of all checks",
    "api": "the package",
    "search": "search",
}
VISITS = 3
BITS, LATENCY, SLOWDOWN = 1.6e6, 150, 4  # a second, milliseconds, times
TEXT = (".html", ".css", ".js", ".svg", ".json", ".txt", ".inv", ".xml")
RECORD = Path(__file__).with_name("pages.md")
HEAD = ("page", "requests", "KB", "first paint", "first formula", "LCP", "CLS", "blocked")

# Asked of every page from its first moment on.
OBSERVE = """
window.seen = {lcp: 0, cls: 0, blocked: 0, fcp: 0, formula: null};
const watch = (type, note) =>
    new PerformanceObserver(list => list.getEntries().forEach(note))
        .observe({type, buffered: true});
watch("largest-contentful-paint", e => { seen.lcp = e.startTime; });
watch("layout-shift", e => { if (!e.hadRecentInput) seen.cls += e.value; });
watch("longtask", e => { seen.blocked += Math.max(0, e.duration - 50); });
watch("paint", e => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
const look = () => {
    if (document.querySelector("mjx-math")) seen.formula = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, text with gzip, as hosts of static sites send it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body = packed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if path.suffix in TEXT:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@functools.cache
def packed(path: Path) -> bytes:
    """A file as it is sent."""
    content = path.read_bytes()
    return gzip.compress(content, 9, mtime=0) if path.suffix in TEXT else content


@contextmanager
def served(folder: Path):
    """Serve a folder on loopback; gives its address."""
    handler = functools.partial(Compressed, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def visit(browser, address: str, slow: bool = True) -> dict[str, float | None]:
    """Requests, bytes on the wire, and times in milliseconds of one visit to a page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    sizes = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if slow:
        speed = {"latency": LATENCY, "downloadThroughput": BITS / 8, "uploadThroughput": BITS / 8}
        devtools.send("Network.emulateNetworkConditions", {"offline": False, **speed})
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.add_init_script(OBSERVE)
    page.goto(address, wait_until="load", timeout=120_000)
    page.wait_for_load_state("networkidle", timeout=120_000)
    if slow:
        page.wait_for_timeout(2000)  # what scripts do after loading blocks the page, too
    seen = page.evaluate("window.seen")
    context.close()
    if seen["formula"] is not None:
        seen["formula"] = max(seen["formula"], seen["fcp"])
    return {"requests": len(sizes), "bytes": sum(sizes), **seen}


def measure(folder: Path, pages: list[str], visits: int = VISITS, slow: bool = True) -> dict:
    """``{page: {what: median}}`` of pages of a built site."""
    from playwright.sync_api import sync_playwright

    from tests.support.site_visits import ARGUMENTS, find_browser

    found = {}
    with served(folder) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        for page in pages:
            seen = [visit(browser, f"{base}{page}.html", slow) for _ in range(visits)]
            found[page] = {name: median([one[name] for one in seen]) for name in seen[0]}
        browser.close()
    return found


def median(values: list) -> float | None:
    return None if None in values else statistics.median(values)


def table(found: dict[str, dict]) -> str:
    """The measurements as a table in Markdown; times in seconds."""
    lines = [" | ".join(HEAD), " | ".join("---" for _ in HEAD)]
    for page, seen in found.items():
        formula = "–" if seen["formula"] is None else f"{seen['formula'] / 1000:.1f}"
        cells = [
            f"{page} ({PAGES[page]})",
            f"{seen['requests']:.0f}",
            f"{seen['bytes'] / 1000:.0f}",
        ]
        cells += [f"{seen['fcp'] / 1000:.1f}", formula, f"{seen['lcp'] / 1000:.1f}"]
        cells += [f"{seen['cls']:.3f}", f"{seen['blocked'] / 1000:.1f}"]
        lines.append(" | ".join(cells))
    return "".join(f"| {line} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path, help="the folder of the built pages")
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name}")
    options = parser.parse_args()
    text = table(measure(options.site, list(PAGES)))
    print(text, end="")
    if options.record:
        before, _, _ = RECORD.read_text(encoding="utf-8").partition("| page |")
        RECORD.write_text(before + text, encoding="utf-8")


if __name__ == "__main__":
    main()
