"""The notation page against what chapters write: gradients are set in one way, letters are listed.

Chapters that do not do so yet are listed, with what they lack; what is mended leaves the list.
"""

import functools
import re

import pytest

from book._tools.equation_lines import COMMENT
from book._tools.symbols import load
from book._tools.tangle import ROOT, chapter_paths, read_text

PATHS = chapter_paths()
PAGE = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")

DISPLAYED = re.compile(r"(?s)\$\$(.*?)\$\$( \(eq-[\w-]+\))?")
INLINE = re.compile(r"\$((?:[^$\n]|\n(?!\n))+)\$")
CODE = re.compile(r"(?ms)^```.*?^```$|`[^`\n]*`")
# What else is no prose: the first lines and the options of directives, addresses, labels.
OPTION = r"^:[\w-]+:[^\n]*$(?:\n[ \t]+[^\n]*$)*"  # text of one has no formulas
NO_PROSE = re.compile(rf"(?m)^:{{3,}}[^\n]*$|{OPTION}|\]\([^)]*\)|^\([\w-]+\)=$")


def texts(path):
    """The Markdown of a chapter or page, and the captions of its figures, without code."""
    text = path.read_text(encoding="utf-8")
    if "jupytext:" not in text[:200]:
        return CODE.sub(" ", text)
    cells = read_text(path).cells
    captions = (c.metadata.get("mystnb", {}).get("figure", {}).get("caption", "") for c in cells)
    words = (c.source for c in cells if c.cell_type == "markdown")
    return CODE.sub(" ", "\n\n".join([*words, *captions]))


def mathematics(text):
    """``(formula, whether it has a number)`` of each formula of a text."""
    text = COMMENT.sub("", text)
    for formula, label in DISPLAYED.findall(text):
        yield formula, bool(label)
    for formula in INLINE.findall(DISPLAYED.sub(" ", text)):
        yield formula, False


# --- Gradients ---------------------------------------------------------------------------------

BARE = re.compile(r"(?<![\w.$\\-])d(?:[xwbzaqX]|out|gamma|beta|scores)\b")
UNEVEN = re.compile(r"\\mathrm\{d\w*\}|\\text\{d[A-Za-z]\}|(?<![\\A-Za-z{])d[xwb](?![A-Za-z])")
OPERATOR = re.compile(r"\\frac\{\\mathrm\{d\}\w*\}\{\\mathrm\{d\}\s*\w+\}")  # d/dc, no gradient
TODO = "write `$\\text{d}x$` for the gradient, and `dx` in code font for the variable"


def bare_gradients(text):
    """Names of gradients in prose that are neither mathematics nor code."""
    prose = NO_PROSE.sub(" ", INLINE.sub(" ", DISPLAYED.sub(" ", text)))
    return sorted(set(BARE.findall(prose)))


def uneven_gradients(text):
    """Formulas' gradients that are not set as the notation page says."""
    formulas = [OPERATOR.sub(" ", formula) for formula, _ in mathematics(text)]
    return sorted({gradient for formula in formulas for gradient in UNEVEN.findall(formula)})


PAGES = [*PATHS, *(ROOT / "book" / f"{name}.md" for name in ("notation", "glossary", "intro"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_gradients_are_set_in_one_way(path):
    text = texts(path)
    for found in (bare_gradients(text), uneven_gradients(text)):
        assert found == [], f"{path.stem}: {TODO}"


@pytest.mark.parametrize(
    ("text", "bare", "uneven"),
    [
        ("The sum of dx is dout; `dx`, `$a`, $\\text{d}x$ and `$dx`.", ["dx", "dout"], []),
        ("| `dx` | $\\text{dout}$ |\n```\ndx\n```\n:label: dx\n", [], []),
        (
            "$\\text{dx} = \\mathrm{d}w$, $\\text{dvar}$, $dx$",
            [],
            ["\\mathrm{d}", "\\text{dx}", "dx"],
        ),
        ("$$\n\\text{db}\n$$ (eq-db)\nadb, db_2, dbeta", ["dbeta"], ["\\text{db}"]),
    ],
)
def test_what_counts_as_a_gradient(text, bare, uneven):
    text = CODE.sub(" ", text)
    assert bare_gradients(text) == sorted(bare)
    assert uneven_gradients(text) == sorted(uneven)


# --- Letters -----------------------------------------------------------------------------------

ROWS = load(ROOT / "book" / "symbols.toml")
NAMES = [path.stem for path in PATHS]
EVERYWHERE = {"e"}  # the base of the exponential
GREEK = re.compile(
    r"\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|"
    r"sigma|tau|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|ell)"
)
WORDS = re.compile(r"\\(?:text\w*|operatorname\*?|mathrm|mathtt|mathbf)\{(?:[^{}]|\{[^{}]*\})*\}")
ENDS = re.compile(r"\\(?:begin|end)\{[^{}]*\}(?:\{[^{}]*\})?")
MARKED = re.compile(r"\\(?:hat|bar|tilde|overline|mathcal)[A-Za-z\\]")
TOKEN = re.compile(
    r"\\(?:hat|bar|tilde|overline|mathcal)\s*\{?\s*(?:\\[a-zA-Z]+|[A-Za-z])|\\[a-zA-Z]+|[A-Za-z]"
)


def symbols(formula):
    """The letters of a formula, Latin and Greek, also those with an accent, without any words."""
    found = set()
    for token in TOKEN.findall(ENDS.sub(" ", WORDS.sub(" ", formula))):
        token = re.sub(r"[\s{]", "", token)
        if len(token) == 1 or GREEK.fullmatch(token) or MARKED.match(token):
            found.add(token)
    return found


def letters(found):
    """Those of the symbols that have no accent."""
    return {symbol for symbol in found if len(symbol) == 1 or GREEK.fullmatch(symbol)}


@functools.cache
def used(name, numbered=False):
    """The symbols of a chapter's formulas, or of its numbered ones."""
    (path,) = (path for path in PATHS if path.stem == name)
    formulas = mathematics(texts(path))
    return set().union(*(symbols(f) for f, has_number in formulas if has_number or not numbered))


SPACE = re.compile(r"\s|\\[,;]|(?<=[_^])\{(?=\w\})|(?<=[_^]\{\w)\}")


def listed(rows):
    """The symbols of rows, but for those "for any" array."""
    rows = [row for row in rows if "for any" not in row.meaning]
    return set().union(*(symbols(tex) for row in rows for tex in row.symbol))


def test_the_page_draws_every_table_once():
    drawn = re.findall(r"(?m)^```\{symbols\} ([\w-]+)$", PAGE)
    assert sorted(drawn) == sorted({row.table for row in ROWS})
    assert {name for row in ROWS for name in (*row.chapters, *row.around)} <= set(NAMES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.table}-{','.join(row.symbol)}")
def test_a_symbol_that_is_listed_is_used(row):
    having = set().union(*map(used, row.chapters or NAMES))
    assert sorted(listed([row]) - having) == [], f"not in {', '.join(row.chapters)}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.table}-{','.join(row.symbol)}")
def test_a_symbol_is_introduced_by_a_chapter_that_writes_it(row):
    """Not always the first: an exercise may use a letter before it has its meaning.

    What stands for any letters, as the floor of a, is written nowhere.
    """
    name, scope = row.introduced.rpartition("/")[2], row.chapters or NAMES
    assert (ROOT / "book" / f"{row.introduced}.md") in PATHS
    assert name in scope
    having = [other for other in scope if any(map(written(other), row.symbol))]
    assert name in having or not having


def written(name):
    """Whether a chapter's formulas have a symbol."""

    def has(tex):
        tex = SPACE.sub("", tex)
        if symbols(tex) == {tex}:
            return tex in used(name)
        return re.search(rf"(?<![A-Za-z\\]){re.escape(tex)}(?![a-z])", formulas(name)) is not None

    return has


@functools.cache
def formulas(name):
    """A chapter's formulas without their space."""
    (path,) = (path for path in PATHS if path.stem == name)
    return SPACE.sub("", " | ".join(formula for formula, _ in mathematics(texts(path))))


def test_a_symbol_has_one_line_in_a_table():
    places = [(row.table, row.chapters, tex) for row in ROWS for tex in row.symbol]
    assert sorted({place for place in places if places.count(place) > 1}) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_letter_of_a_numbered_equation_is_listed(path):
    known = listed(row for row in ROWS if not row.around or path.stem in row.around)
    missing = letters(used(path.stem, numbered=True)) - letters(known) - EVERYWHERE
    assert sorted(missing) == [], f"{path.stem}: list them in book/symbols.toml"


def test_symbols_are_found():
    formula = r"\hat x_{nk} = \tfrac{1}{\sqrt{\text{var}}} \bar{\delta} \mathcal{L} \sum_\ell \max"
    expected = {r"\hatx", "n", "k", r"\bar\delta", r"\mathcalL", r"\ell"}
    assert symbols(formula) == expected
    assert letters(expected) == {"n", "k", r"\ell"}
