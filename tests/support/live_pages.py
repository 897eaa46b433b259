"""Pages with cells that run in them, made without Sphinx: for what the browser does with cells.

They have a notebook's code in the boxes that the site has it in, and the site's scripts and files.
That the site's pages have the same code in theirs, tests/test_site.py asks of the built site.
"""

import os
import shutil
from contextlib import contextmanager
from html import escape
from pathlib import Path

import nbformat

from book._ext.nndl_book import live_bars, live_cells, live_files, notebook_downloads
from book._ext.nndl_book.history import ROOT

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="{up}_static/figures.css">
<link rel="stylesheet" href="{up}_static/live/live.css">
<style>.visually-hidden {{ position: absolute; clip-path: inset(50%) }}</style></head>
<body><main><article><h1>{title}</h1>
{notes}{cells}</article></main>
{scripts}</body></html>
"""
CELL = """<div class="cell_input docutils container" data-cell="{number}">
<div class="highlight-python notranslate"><div class="highlight"><pre>{code}
</pre></div></div></div>{bar}
"""
# A page that shows other pages, one after the other, which have one Python: the first that runs a
# cell starts it, each later one begins anew in it. What a page asks of it to start is compared.
HOST = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Pages, one after the other</title>
<link rel="icon" href="data:,"></head><body><iframe></iframe></body></html>
"""
KEPT = """(() => {
    const home = window.opener ?? parent;
    if (window !== home) {
        window.Worker = home.KeptWorker;
        return;
    }
    const Plain = window.Worker;
    let worker = null, asked, busy = false;
    const dismiss = () => {
        worker?.terminate();
        worker = null;
        busy = false;
    };
    window.KeptWorker = class {
        constructor(address) {
            if (busy) dismiss(); // the page before did not come to its end
            this.isFirst = !worker;
            this.ran = false;
            worker ??= new Plain(address);
            worker.onerror = (event) => this.onerror(event);
            worker.onmessage = (event) => {
                if (["idle", "checked"].includes(event.data.kind)) busy = false;
                this.onmessage(event);
            };
        }
        postMessage(message) {
            if (message.kind === "start") {
                if (this.isFirst) asked = JSON.stringify(message);
                if (asked !== JSON.stringify(message)) throw new Error("it starts otherwise");
                if (this.isFirst) worker.postMessage(message);
                return;
            }
            busy = true;
            worker.postMessage(this.ran ? message : { ...message, anew: true });
            this.ran = true;
        }
        terminate() { dismiss(); }
    };
})();"""
SHOW = """address => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: address, width: 1280, height: 900, onload: resolve });
    document.querySelector("iframe").replaceWith(frame);
})"""


def show(host, address: str):
    """The frame in which the page ``host`` shows the page of an address."""
    host.evaluate(SHOW, address)
    return host.query_selector("iframe").content_frame()


def opened(host, address: str):
    """A window of an address that the page ``host`` opened."""
    with host.expect_popup() as popup:
        host.evaluate("address => { window.open(address); }", address)
    return popup.value


def find_pyodide() -> Path | None:
    """The folder of Pyodide that the tests use: ``NNDL_PYODIDE``, or one beside the repository."""
    named = os.environ.get(live_cells.VARIABLE)
    folders = [Path(named)] if named else [ROOT.parent / "shared" / "pyodide"]
    return next((folder for folder in folders if (folder / "pyodide.js").is_file()), None)


def code_cells(notebook: Path) -> list:
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def live_chapters() -> list[str]:
    """The names of the pages whose cells run, ``foundations/gradients``."""
    names = (
        path.relative_to(ROOT / "book").with_suffix("").as_posix()
        for path in sorted((ROOT / "book").glob("*/*.ipynb"))
    )
    return [name for name in names if live_cells.is_live(name)]


def write_page(site: Path, name: str, notebook: Path, own: bool = True) -> None:
    """A page of a notebook's code; cells that pages leave out are not in it.

    It takes Pyodide from the site's ``own`` folder, or from its CDN.
    """
    known = live_cells.known(notebook)
    cells = "".join(
        CELL.format(number=number, code=escape(cell.source), bar=live_bars.bar(known[number]))
        for number, cell in enumerate(code_cells(notebook))
        if "remove-cell" not in cell.metadata.get("tags", [])
    )
    page = PAGE.format(
        title=name,
        up="../" * name.count("/"),
        notes=live_bars.notes(own),
        cells=cells,
        scripts=live_cells.scripts(name, known, own),
    )
    path = site / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def write_site(site: Path, pyodide: Path | None, names: list[str]) -> None:
    """A site of pages of the book's chapters, with the package and, where it is given, Pyodide."""
    live_files.write_to(site, str(pyodide or ""))
    (site / "notebooks").mkdir()
    (site / "host.html").write_text(HOST, encoding="utf-8")
    notebook_downloads.make_wheel(site / "notebooks")
    shutil.copyfile(ROOT / "book" / "_static" / "figures.css", site / "_static" / "figures.css")
    for name in names:
        write_page(site, name, ROOT / "book" / f"{name}.ipynb")


@contextmanager
def hosted(browser, base):
    """An open page that shows others, which have one Python: each begins anew in it."""
    with browser.new_context() as context:
        context.add_init_script(KEPT)
        page = context.new_page()
        page.goto(f"{base}host.html")
        yield page
