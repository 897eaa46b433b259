"""One style sheet for all pages, without the theme's rules for what no page has.

A page would ask for a dozen sheets, and paint nothing before the last has come. The theme's are
made for any site: nine rules of ten are for classes that this one does not have.
"""

import hashlib
import itertools
import json
import re
from pathlib import Path

import tinycss2

from book._ext.nndl_book import css_selectors, last_words, print_style, system_theme

# An alternative style sheet or one for some media stays what it is.
LINK = re.compile(
    r'<link\b(?=[^>]*\brel="stylesheet")(?![^>]*\bmedia=)[^>]*\bhref="([^"?#]*)_static/([^"?#]+\.css)'
    r'[^"]*"[^>]*>\s*'
)
NAME = "bundle.css"
ADDRESS = re.compile(rf'_static/{re.escape(NAME)}(?:\?v=\w*)?"')
TRIMMED = ("styles/", "basic.css", "sphinx-design", "mystnb")  # made by others, for any site
MADE_LATER = ("bs-tooltip-", "bs-popover-")  # classes that a script puts together
CLASSES = re.compile(r'\bclass="([^"]*)"')
URL = re.compile(r"""url\((["']?)(?!data:|#|https?:|/)([^"')]+)\1\)""")
IMPORT = re.compile(r"""@import\s+["']([^"']+)["'];""")


def link_bundle(html: str, pagename: str, app) -> str:
    """Put one link where a page has the links of its style sheets, and note which they were."""
    found = list(LINK.finditer(html))
    if not found:
        return html
    before = None
    for name in (match[2] for match in found):
        if name not in app.nndl_sheets:
            place = app.nndl_sheets.index(before) + 1 if before else 0
            app.nndl_sheets.insert(place, name)
        before = name
    one = f'<link rel="stylesheet" href="{found[0][1]}_static/{NAME}">\n'
    start = found[0].start()
    return html[:start] + one + LINK.sub("", html[start:])


def whole(file: Path, root: Path) -> str:
    """A style sheet with what it imports, and addresses as seen from the folder ``root``."""
    folder = file.parent

    def from_root(match):
        path = (folder / match[2]).resolve().relative_to(root.resolve())
        return f'url("{path.as_posix()}")'

    text = URL.sub(from_root, file.read_text(encoding="utf-8").replace('@charset "UTF-8";', ""))
    return IMPORT.sub(lambda match: whole(folder / match[1], root), text)


def needed(selector: list, used: set[str]) -> bool:
    """Whether the pages have all classes that a selector names, those in ``:not()`` and the like
    left aside.
    """
    names = [
        token.value
        for dot, token in itertools.pairwise(selector)
        if dot.type == "literal" and dot.value == "." and token.type == "ident"
    ]
    return all(name in used or name.startswith(MADE_LATER) for name in names)


def rewritten(rules, used: set[str] | None):
    """The rules that can apply to pages with no other classes than ``used``; all, if it is None."""
    for rule in rules:
        if rule.type == "qualified-rule":
            wanted = [
                s for s in css_selectors.split(rule.prelude) if used is None or needed(s, used)
            ]
            if wanted:
                selectors = [tinycss2.serialize(s).strip() for s in wanted]
                style = tinycss2.serialize(rule.content).strip()
                yield f"{','.join(selectors)}{{{style}}}\n"
                yield system_theme.repeated(selectors, style)
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = "".join(rewritten(tinycss2.parse_rule_list(rule.content, True, True), used))
            if inner:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{\n{inner}}}\n"
        elif rule.type == "at-rule" and "Font Awesome" not in rule.serialize().replace("\\", ""):
            yield f"{rule.serialize()}\n"


def rewrite(sheet: str, used: set[str] | None) -> str:
    """A style sheet for these classes, with its rules for two themes also for the system's."""
    return "".join(rewritten(tinycss2.parse_stylesheet(sheet, True, True), used))


def begin(app) -> None:
    """Remember the sheets of pages that are not written again."""
    app.nndl_sheets = []
    stored = Path(app.doctreedir) / "sheets.json"
    if stored.exists():
        app.nndl_sheets = json.loads(stored.read_text(encoding="utf-8"))


def write(app, exception) -> None:
    """Write the bundle when all sheets are there, and its version into the pages."""
    if exception is not None or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    files = [file for file in Path(app.outdir).rglob("*.html") if static not in file.parents]
    pages = {file: file.read_text(encoding="utf-8") for file in files}
    used = {
        name for text in pages.values() for names in CLASSES.findall(text) for name in names.split()
    }
    (static / "scripts" / "fontawesome.js").unlink(missing_ok=True)  # icons.py
    for script in static.rglob("*.js"):
        used.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    app.nndl_sheets[:] = [name for name in app.nndl_sheets if (static / name).is_file()]
    app.nndl_sheets.sort(key=print_style.NAME.__eq__)  # last: paper undoes what dark pages ask for
    (Path(app.doctreedir) / "sheets.json").write_text(json.dumps(app.nndl_sheets), encoding="utf-8")
    sheets = []
    for name in app.nndl_sheets:
        text = whole(static / name, static)
        sheets.append(rewrite(text, used if name.startswith(TRIMMED) else None))
    bundle = "\n".join(sheets)
    (static / NAME).write_text(bundle, encoding="utf-8")
    version = hashlib.sha256(bundle.encode()).hexdigest()[:8]
    for file, text in pages.items():
        new = ADDRESS.sub(f'_static/{NAME}?v={version}"', text)
        if new != text:
            file.write_text(new, encoding="utf-8")


def connect(app) -> None:
    last_words.add(app, link_bundle)
    app.connect("builder-inited", begin)
    app.connect("build-finished", write, priority=950)  # after the sheets that are made last
