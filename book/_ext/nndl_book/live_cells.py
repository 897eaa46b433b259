"""Code cells that run in the page: each is marked, and the page says what its scripts need to know.

A reader presses Run, and Python starts in a web worker (``book/_live``). What a cell needs from
above runs before it. The page carries little: its own code is what runs, so there is no second copy
of it. Only cells that the page leaves out, and code that stands in for what cannot run there, are
in a block of JSON, with the reasons.

Thebe with its ``thebe-lite``, and JupyterLite, were looked at first. ``thebe-lite`` 0.5 is 0.7 MB
of script beside 1.5 MB of Thebe, pins an older Pyodide, and puts its own cells in the place of the
page's. JupyterLite 0.6 is another site, with another look, to which the reader would have to go;
its kernel wants ``comm``, IPython, ``sqlite3`` and ``ssl``, which come from other hosts, so no test
without a network could run it. Neither runs what a cell needs from above. A worker that does has
little more than a hundred lines.
"""

import json
import os
import re
from pathlib import Path, PurePosixPath

import nbformat
from docutils import nodes

from book._ext.nndl_book import live_bars, live_names
from book._ext.nndl_book.history import ROOT
from book._ext.nndl_book.live_files import (
    CDN,
    FOLDER,
    OWN,
    SHEET,
    check_pyodide,
    loaded_bytes,
)
from book._ext.nndl_book.notebook_export import FOLDER as NOTEBOOKS
from book._ext.nndl_book.notebook_export import WHEEL

LIVE = ("foundations/", "convolution/", "speed/matrix_multiply")
CLOSING = re.compile(r"</(?=script)", re.IGNORECASE)
MISSING = re.compile(r"^\s*(?:import|from) (?:numba|torch)\b", re.MULTILINE)
MAGIC = re.compile(r"^\s*[%!]", re.MULTILINE)
VARIABLE = "NNDL_PYODIDE"  # in the environment: the folder of `make book PYODIDE=...`


def is_live(docname: str) -> bool:
    """Whether the cells of a page have buttons."""
    return docname.startswith(LIVE)


def reasons(cells) -> list[str]:
    """Why each cell does not run in the page; empty for one that does.

    A cell says so, ``:not-live: the reason``. numba and PyTorch are not there at all. Nor runs what
    takes a name from a cell that does not run, unless the code that runs instead gives it a value.
    """
    found = []
    sources = ["" if MAGIC.search(cell.source) else cell.source for cell in cells]
    for cell, homes in zip(cells, live_names.homes(sources), strict=True):
        why = cell.metadata.get("not-live", "")
        if not why and MAGIC.search(cell.source):
            why = "it is a command of IPython"
        if not why and MISSING.search(cell.source):
            why = "its library does not exist in a browser"
        if not why:
            lacks = [k for name, k in homes.items() if found[k] and not gives(cells[k], name)]
            why = f"it needs what cell {min(lacks)} computes" if lacks else ""
        found.append(why)
    return found


def gives(cell, name: str) -> bool:
    """Whether what runs instead of a cell gives a name its value."""
    return name in live_names.bound(cell.metadata.get("in-the-page", ""))


def known(path: Path) -> list[dict]:
    """What a page says of the code cells of its notebook, numbered as nbval does, from 0.

    ``why`` a cell does not run, what runs ``instead`` where cells below need it, and the ``code``
    of a cell that the page does not show.
    """
    found = []
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, (cell, why) in enumerate(zip(cells, reasons(cells), strict=True)):
        entry = {"number": number}
        if why:
            entry["why"] = why
            if instead := cell.metadata.get("in-the-page"):
                entry["instead"] = instead
        if "remove-cell" in cell.metadata.get("tags", []):
            entry["code"] = cell.source
        found.append(entry)
    return found


def number_cells(app, doctree) -> None:
    """Note on the code of each cell which one it is, counted as nbval does."""
    if not is_live(app.env.docname):
        return
    notebook = nbformat.read(app.env.doc2path(app.env.docname), as_version=4)
    kinds = [cell.cell_type == "code" for cell in notebook.cells]
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code":
            for part in cell.children:
                if part.get("nb_element") == "cell_code_source":
                    part["number"] = sum(kinds[: cell["cell_index"]])


def mark(app, pagename, templatename, context, doctree) -> None:
    """Number the cells in a page's HTML, and add their bars, the notes and the scripts."""
    if doctree is None or not is_live(pagename) or app.builder.name != "html":
        return
    numbers = [n["number"] for n in doctree.findall(nodes.container) if "number" in n]
    if not numbers:
        return
    cells, own = known(Path(app.env.doc2path(pagename))), bool(app.config.nndl_pyodide)
    body = live_bars.dressed(context["body"], [cells[number] for number in numbers], pagename)
    body = live_bars.below_head(body, live_bars.notes(own))
    context["body"] = body + scripts(pagename, cells, own)
    app.add_css_file(SHEET)


def scripts(pagename: str, cells: list[dict], own: bool) -> str:
    """What a page ends with: its block of JSON and its script.

    Pyodide is in the site's ``own`` folder, or comes from its CDN.
    """
    up = "../" * pagename.count("/")
    about = {
        "key": f"nndl edits {PurePosixPath(pagename).name}",
        "index": f"{up}{FOLDER}/{OWN}/" if own else CDN,
        "wheel": f"{up}{NOTEBOOKS}/{WHEEL}",
        "bytes": loaded_bytes(),
        "cells": cells,
    }
    text = CLOSING.sub("<\\/", json.dumps(about, ensure_ascii=False, separators=(",", ":")))
    return (
        f'<script type="application/json" class="live-cells">{text}</script>\n'
        f'<script defer src="{up}{FOLDER}/common.js"></script>\n'
        f'<script defer src="{up}{FOLDER}/live.js"></script>\n'
    )


def configure(app, config) -> None:
    """The folder of ``make book PYODIDE=...`` is a setting, so that pages follow its changes."""
    if folder := os.environ.get(VARIABLE) or config.nndl_pyodide:
        check_pyodide(ROOT / folder)
        config.nndl_pyodide = str(ROOT / folder)


def connect(app) -> None:
    app.add_config_value("nndl_pyodide", "", "html")
    app.connect("config-inited", configure)
    app.connect("doctree-read", number_cells)
    app.connect("html-page-context", mark, priority=700)  # after the docstrings' folds
