"""Where a chapter's timings come from: a line below the first cell that shows one.

The outputs of such cells are printed and drawn from ``book/timings.json`` (``make timings``), which
says when each chapter was measured, and on what.
"""

import json
import re
from datetime import date
from pathlib import Path, PurePosixPath

from docutils import nodes

TIMES = re.compile(r"\b(?:best_time|on_record)\(")


def origin(entry: dict) -> str:
    """The line, for one chapter's entry in the record."""
    machine, packages, cores = entry["machine"], entry["versions"], entry["machine"]["cores"]
    kind = f"{machine['system'].replace('_', '-')} ({machine['processor']})"
    day = date.fromisoformat(entry["date"])
    return (
        f"Times on this page were measured on {day:%B} {day.day}, {day.year}: {kind},"
        f" {cores} core{'s' if cores > 1 else ''}, NumPy {packages['numpy']}, numba"
        f" {packages['numba']}. The notebook measures those of your machine."
    )


def add_origin(app, doctree) -> None:
    """Put the line below the first cell that times something and has an output."""
    env, name = app.env, PurePosixPath(app.env.docname).name
    file = Path(env.srcdir) / "timings.json"
    env.note_dependency(str(file))
    record = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if name not in record or not env.doc2path(env.docname).endswith(".ipynb"):
        return
    cells = doctree.findall(nodes.container)
    for cell in [cell for cell in cells if cell.get("nb_element") == "cell_code"]:
        parts = {part.get("nb_element"): part for part in cell.findall(nodes.container)}
        source = parts.get("cell_code_source")
        if source and "cell_code_output" in parts and TIMES.search(source.astext()):
            line = nodes.paragraph("", origin(record[name]), classes=["timed"])
            cell.parent.insert(cell.parent.index(cell) + 1, line)
            return


def connect(app) -> None:
    """Have Sphinx add the line to each chapter that it reads."""
    app.connect("doctree-read", add_origin)
