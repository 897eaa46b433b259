"""The symbols of the book, from one file, ``symbols.toml``: its tables, and what they say in place.

``{symbols} arrays`` draws a table. What the letters of a page's formulas mean lies beside its
previews: each symbol under a sign, and under each formula, as one copies it, the signs of its
letters. The formulas themselves stay as they are. A page has those symbols alone that it shows.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from book._ext.nndl_book import formulas, symbol_letters
from book._ext.nndl_book.chapter_numbers import number_of
from book._tools import symbols

FIRST_SIGN = 0xE000  # of those that Unicode leaves to whoever wants them
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


def known_to(app, docname: str) -> dict:
    """``{glyphs: row}`` of the symbols that a page's chapter means something by."""
    rows = symbols.load(symbols_file(app.env))
    meant = symbols.of_chapter(rows, docname.rpartition("/")[2])
    app.nndl_formulas.add(f"i{tex}" for tex in meant)
    drawn = {tex: app.nndl_formulas.get(f"i{tex}") for tex in meant}
    right = {tex: made[0] for tex, made in drawn.items() if not isinstance(made, Exception)}
    keys = {tex: symbol_letters.glyphs(symbol_letters.elements(t)) for tex, t in right.items()}
    return {key: meant[tex] for tex, key in keys.items() if key}


def of_page(app, doctree, docname: str) -> dict[str, str]:
    """What a page says of its symbols.

    ``{sign: HTML}`` of each, ``"symbols"``: all signs, and for each formula, as one copies it, the
    signs of its letters, with spaces for those of no symbol.
    """
    written = list(doctree.findall(lambda n: isinstance(n, nodes.math | nodes.math_block)))
    if not written or not symbols_file(app.env).exists():
        return {}
    known, letters, shown = known_to(app, docname), {}, []
    for node in written:
        made = app.nndl_formulas.get(formulas.key_of(node))
        if not isinstance(made, Exception):
            drawn = symbol_letters.elements(made[0])
            letters[formulas.copied_by(node)] = symbol_letters.symbols_of(drawn, known)
            shown.append(symbol_letters.glyphs(drawn))
    text = " ".join(shown)  # in which g(c) is one, though no letter of it alone
    rows = dict.fromkeys(row for key, row in known.items() if key in text)
    signs = {row: chr(FIRST_SIGN + at) for at, row in enumerate(rows)}
    found = {sign: said(app, row, docname) for row, sign in signs.items()}
    found["symbols"] = "".join(found)
    for tex, keys in letters.items():
        found[tex] = "".join(signs[known[key]] if key else " " for key in keys).rstrip()
    return {name: text for name, text in found.items() if text}


def connect(app) -> None:
    app.add_directive("symbols", SymbolTable)
