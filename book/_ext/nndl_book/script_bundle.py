"""The book's own scripts in one file, as its style sheets are: a page asks for it once.

Each script is a block of its own in it, whose names no other takes. What ``common.js`` has, all
have. Comments stay where the sources are.
"""

import re
from pathlib import Path

BUNDLE = "book.js"
SHARED = "common.js"
REMARK = re.compile(r"(?m)^\s*//.*\n")


def own_scripts(app) -> list[Path]:
    """The files, of which the first is what the others build on."""
    found = sorted((Path(app.srcdir) / "_static").glob("*.js"))
    return sorted(found, key=lambda file: file.name != SHARED)


def one_script(texts: list[str]) -> str:
    """One script of several, the first around the others."""
    common, *others = (REMARK.sub("", text).strip() for text in texts)
    blocks = "".join(f"{{\n{text}\n}}\n" for text in others)
    return f'"use strict";\n{{\n{common}\n{blocks}}}\n'


def write(app) -> None:
    """Before pages are written, which say its version in its address."""
    if app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    texts = [file.read_text(encoding="utf-8") for file in own_scripts(app)]
    (static / BUNDLE).write_text(one_script(texts), encoding="utf-8")


def connect(app) -> None:
    # Jupyter Book has every page load every script in the folder.
    own = {file.name for file in own_scripts(app)}
    others = [name for name in app.config.html_js_files if name not in own]
    app.config.html_js_files = [*others, BUNDLE]
    app.connect("builder-inited", write)
