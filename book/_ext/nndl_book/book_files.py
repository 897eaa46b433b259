"""The download menu: the whole book, where it has been made, and a button that says it prints.

``make pdf`` and ``make epub`` leave their files in ``_build/books``. Those that lie there when the
site is built are copied to it, and each page's menu has a link to them. The theme's ".pdf" is the
browser's print dialog for one page, and is called that.
"""

import shutil
from pathlib import Path

from book._ext.nndl_book.history import ROOT

BOOKS = ROOT / "_build" / "books"
KINDS = {
    "nndl.pdf": ("Book as PDF", "fas fa-file-pdf"),
    "nndl.epub": ("Book as EPUB", "fas fa-book"),
}


def made() -> list[Path]:
    """The files of the whole book that exist."""
    return [BOOKS / name for name in KINDS if (BOOKS / name).exists()]


def link(file: Path, pathto) -> dict:
    """The theme's button for one of them."""
    text, icon = KINDS[file.name]
    return {
        "type": "link",
        "url": pathto(file.name, 1),
        "text": text,
        "icon": icon,
        "tooltip": f"Download the whole book, {file.stat().st_size / 1e6:.1f} MB",
        "label": f"download-book-{file.suffix[1:]}-button",
    }


def complete_menu(app, pagename, templatename, context, doctree) -> None:
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            for button in group["buttons"]:
                if button.get("label") == "download-pdf-button":
                    button["text"] = "Print"
                    button["tooltip"] = "Print this page"
                    button["icon"] = "fas fa-print"
            group["buttons"] += [link(file, context["pathto"]) for file in made()]


def copy(app, exception) -> None:
    if exception is None and app.builder.format == "html":
        for file in made():
            shutil.copyfile(file, Path(app.outdir) / file.name)


def connect(app) -> None:
    app.connect("html-page-context", complete_menu, priority=610)  # after the theme
    app.connect("build-finished", copy)
