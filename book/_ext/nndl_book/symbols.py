"""The symbols of the book, from one file, ``symbols.toml``: its tables, and what they say in place.

``{symbols} arrays`` draws a table. What a letter in a formula means on its page lies beside the
previews of the page, by the letter's glyphs: ``symbols.js`` finds it by what the pointer is on, so
that the formulas themselves stay as they are. A page has those symbols alone that it shows.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from book._ext.nndl_book import formulas
from book._ext.nndl_book.chapter_numbers import number_of
from book._tools import symbols

GLYPH = re.compile(r'<mjx-c class="mjx-c([0-9A-F]+)')
PIECE = re.compile(r"\$([^$]+)\$|`([^`]+)`")


class SymbolTable(SphinxDirective):
    """A table of symbols."""

    required_arguments = 1

    def run(self):
        file = symbols_file(self.env)
        self.env.note_dependency(str(file))
        rows = [row for row in symbols.load(file) if row.table == self.arguments[0]]
        if not rows:
            raise self.error(f"{file.name} has no table {self.arguments[0]}")
        made = nodes.Element()
        lines = StringList(symbols.markdown(rows).splitlines(), str(file))
        self.state.nested_parse(lines, self.content_offset, made)
        return made.children


def symbols_file(env) -> Path:
    return Path(env.srcdir) / "symbols.toml"


def glyphs(typeset: str) -> str:
    """The characters of a formula as it is drawn, an italic x being another than an upright one."""
    return "".join(chr(int(code, 16)) for code in GLYPH.findall(typeset))


def formula(app, tex: str) -> str:
    """The HTML of a formula in a line."""
    made = formulas.page_html(app.nndl_formulas.get(f"i{tex}"), False, tex)
    return f'<span class="math">{made}</span>'


def words(app, text: str) -> str:
    """The HTML of a row's words, which are plain but for formulas and code."""
    parts, end = [], 0
    for piece in PIECE.finditer(text):
        parts.append(html.escape(text[end : piece.start()]))
        tex, code = piece.groups()
        parts.append(formula(app, tex) if tex else f"<code>{html.escape(code)}</code>")
        end = piece.end()
    return "".join(parts) + html.escape(text[end:])


def said(app, row, docname: str) -> str:
    """What a page says of a symbol in place: its meaning, shape, name in code and chapter."""
    text = f"{', '.join(f'${tex}$' for tex in row.symbol)}: {row.meaning}"
    more = [row.runs, row.shape and f"shape {row.shapes()}", row.code and f"in code {row.code}"]
    number = number_of(app.env, row.introduced)
    if number and row.introduced != docname:
        more.append(f"from chapter {number} on")
    rest = "; ".join(filter(None, more))
    return f'<p class="symbol">{words(app, text + (f" ({rest})" if rest else ""))}</p>'


def of_page(app, docname: str) -> dict[str, str]:
    """``{glyphs: HTML}`` of the symbols that a page has in its formulas."""
    file = symbols_file(app.env)
    keys = formulas.known(app.env).get(docname, [])
    if not file.exists() or not keys:
        return {}
    drawn = [app.nndl_formulas.get(key) for key in keys]
    shown = " ".join(glyphs(made[0]) for made in drawn if not isinstance(made, Exception))
    meant = symbols.of_chapter(symbols.load(file), docname.rpartition("/")[2])
    found, texts = {}, {}
    for tex, row in meant.items():
        made = app.nndl_formulas.get(f"i{tex}")
        key = "" if isinstance(made, Exception) else glyphs(made[0])
        if key and key in shown:
            texts[row] = texts.get(row) or said(app, row, docname)
            found[key] = texts[row]
    return found


def connect(app) -> None:
    app.add_directive("symbols", SymbolTable)
