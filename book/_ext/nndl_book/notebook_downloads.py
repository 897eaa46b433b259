"""What a reader takes along: a chapter's notebook, and an archive of all of them.

The package's wheel, which the notebooks need, lies beside them on the site and in the archive. Both
are made of the files alone, so the same files give the same bytes: no time of day is in them.
"""

import os
import zipfile
from pathlib import Path
from unittest.mock import patch

from docutils import nodes
from flit_core.wheel import make_wheel_in
from sphinx.util.docutils import SphinxRole

import nndl
from book._ext.nndl_book.chapter_numbers import chapters
from book._ext.nndl_book.history import ROOT
from book._ext.nndl_book.notebook_export import FOLDER, WHEEL, file_name
from book._ext.nndl_book.notebook_start import ARCHIVE

EPOCH = 315532800  # January 1, 1980, the first day that a zip file can have
DATE = (1980, 1, 1, 0, 0, 0)
TOP = f"nndl-notebooks-{nndl.__version__}"
README = f"""\
# The chapters of nndl {nndl.__version__}, as notebooks

1. Here, with Python 3.11 or newer: `python -m venv env`, then `env/bin/pip install "./{WHEEL}[lab]"` (Windows: `env\\Scripts\\pip`).
2. `env/bin/jupyter lab` (Windows: `env\\Scripts\\jupyter lab`) opens JupyterLab. In an environment that has another front end, begin here: the first cell installs what is missing.
3. Open `01-gradients.ipynb` and run its cells, one after the other. Every chapter runs alone; the code is under LICENSE, text and figures are under LICENSE-TEXT.
"""  # noqa: E501


def make_wheel(folder: Path) -> None:
    """The package's wheel, as ``make wheel`` makes it."""
    with patch.dict(os.environ, {"SOURCE_DATE_EPOCH": str(EPOCH)}):
        make_wheel_in(ROOT / "pyproject.toml", folder)


def make_archive(path: Path, files: dict[str, bytes], top: str = TOP) -> None:
    """A zip file of ``files``, by their names, in the folder ``top``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{top}/{name}", DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.create_system = 3  # Unix, wherever it is made
            archive.writestr(entry, content)


def write(app, exception) -> None:
    """Put the wheel and the archive beside the notebooks that the pages left there."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    names = [file_name(app.env, docname) for docname in chapters(app.env)]
    for file in folder.iterdir():
        if file.name not in names:  # of an earlier build
            file.unlink()
    make_wheel(folder)
    files = {name: (folder / name).read_bytes() for name in [*names, WHEEL]}
    files |= {name: (ROOT / name).read_bytes() for name in ("LICENSE", "LICENSE-TEXT")}
    make_archive(folder / ARCHIVE, files | {"README.md": README.encode()})


def link(url: str, text: str, tooltip: str, icon: str, label: str) -> dict:
    """An entry of the theme's menu that downloads; the theme itself opens it in a tab."""
    name = url.rpartition("/")[2]
    return {
        "type": "link",
        # The theme's template has no place for the attribute, and puts this between quotes.
        "url": f'{url}" download="{name}',
        "text": text,
        "tooltip": tooltip,
        "icon": icon,
        "label": label,
    }


def offer(app, pagename, templatename, context, doctree) -> None:
    """In the menu of downloads, the notebooks instead of the sources that pages are made of."""
    menus = [b for b in context["header_buttons"] if b.get("label") == "download-buttons"]
    folder = context["pathto"](FOLDER, 1)
    offered = []
    if pagename in chapters(app.env):
        url = f"{folder}/{file_name(app.env, pagename)}"
        label = "download-notebook-button"
        offered.append(link(url, ".ipynb", "This chapter as a notebook", "fas fa-code", label))
    url, label = f"{folder}/{ARCHIVE}", "download-notebooks-button"
    offered.append(link(url, ".zip", "All chapters as notebooks", "fas fa-file", label))
    sources = ("download-source-button", "download-notebook-button")
    for menu in menus:
        menu["buttons"] = offered + [b for b in menu["buttons"] if b.get("label") not in sources]


class AllNotebooks(SphinxRole):
    """A link to the archive: ``{all-notebooks}`all chapters as notebooks```."""

    def run(self):
        up = "../" * self.env.docname.count("/")
        return [nodes.reference("", self.text, refuri=f"{up}{FOLDER}/{ARCHIVE}")], []


def connect(app) -> None:
    app.add_role("all-notebooks", AllNotebooks())
    app.connect("html-page-context", offer, priority=600)  # after the theme
    app.connect("build-finished", write)
