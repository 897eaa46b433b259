"""The notation page against what chapters write: gradients are set in one way, letters are listed.

Chapters that do not do so yet are listed, with what they lack; what is mended leaves the list.
"""

import re

import pytest

from book._tools.tangle import ROOT, chapter_paths, read_text

PATHS = chapter_paths()
PAGE = (ROOT / "book" / "notation.md").read_text(encoding="utf-8")

DISPLAYED = re.compile(r"(?s)\$\$(.*?)\$\$( \(eq-[\w-]+\))?")
INLINE = re.compile(r"\$((?:[^$\n]|\n(?!\n))+)\$")
CODE = re.compile(r"(?ms)^```.*?^```$|`[^`\n]*`")
# What else is no prose: the first lines and the options of directives, addresses, labels.
NO_PROSE = re.compile(r"(?m)^:{3,}[^\n]*$|^:[\w-]+:[^\n]*$|\]\([^)]*\)|^\([\w-]+\)=$")


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

GENERAL = ["Shapes", "Arrays", "Indices", "Operations"]
# Whose the other sections are: a symbol occurs in at least one of these chapters, all may use it.
CHAPTERS = {
    "Gradient checking": ["gradients", "three_layer_convnet"],
    "Backpropagation": ["backpropagation"],
    "Affine layers and activations": ["affine_relu"],
    "Losses": ["losses"],
    "Networks": ["fully_connected", "three_layer_convnet", "training", "cifar10", "seeing"],
    "Optimization": ["optimization"],
    "Batch normalization": [
        "batchnorm",
        "spatial_batchnorm",
        "normalization_family",
        "three_layer_convnet",
        "seeing",
    ],
    "The normalization family": ["normalization_family"],
    "Dropout": ["dropout"],
    "Convolution": ["conv_forward", "conv_backward"],
    "Pooling, cascades and spatial batch normalization": [
        "max_pool",
        "avg_pool",
        "cascades",
        "spatial_batchnorm",
    ],
    "Convolution as a matrix product": ["matrix_multiply"],
    "Training": ["training"],
    "What the gradient shows": ["seeing"],
    "Speed": ["machine", "numba", "roofline", "micro_kernel", "implicit_gemm"],
    "Fewer multiplications": ["winograd"],
}
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


def sections(text):
    """``{heading: text below it}`` of a page's sections."""
    parts = re.split(r"(?m)^## +(.+?) *$", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def listed(text):
    """The symbols in the first column of a section's tables, but for those "for any" array."""
    lines = [line for line in text.splitlines() if line.startswith("| $")]
    cells = [line.split("|")[1] for line in lines if "for any" not in line]
    return set().union(*(symbols(f) for cell in cells for f in INLINE.findall(cell)))


def used(name, numbered=False):
    """The symbols of a chapter's formulas, or of its numbered ones."""
    (path,) = (path for path in PATHS if path.stem == name)
    formulas = mathematics(texts(path))
    return set().union(*(symbols(f) for f, has_number in formulas if has_number or not numbered))


def test_the_sections_of_the_page_are_known_here():
    """A new section needs its chapters in ``CHAPTERS``."""
    assert set(sections(PAGE)) == {*GENERAL, *CHAPTERS}
    assert {n for names in CHAPTERS.values() for n in names} <= {path.stem for path in PATHS}


@pytest.mark.parametrize("section", CHAPTERS)
def test_a_symbol_that_is_listed_is_used(section):
    names = CHAPTERS[section]
    having = set().union(*map(used, names))
    assert sorted(listed(sections(PAGE)[section]) - having) == [], f"not in {', '.join(names)}"


@pytest.mark.parametrize("section", CHAPTERS)
def test_a_symbol_has_one_line_in_a_table(section):
    for table in re.findall(r"(?m)(?:^\|.*\n)+", sections(PAGE)[section]):
        cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| $")]
        formulas = [formula for cell in cells for formula in INLINE.findall(cell)]
        found = [s for f in formulas for s in re.split(r",\s*(?![^{(]*[})])", f)]
        assert sorted({s for s in found if found.count(s) > 1}) == [], "one meaning a letter"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_letter_of_a_numbered_equation_is_listed(path):
    page, name = sections(PAGE), path.stem
    own = [section for section, names in CHAPTERS.items() if name in names]
    known = set().union(*(listed(page[section]) for section in [*GENERAL, *own]))
    missing = letters(used(name, numbered=True)) - letters(known) - EVERYWHERE
    assert sorted(missing) == [], f"{name}: list them in book/notation.md"


def test_symbols_are_found():
    formula = r"\hat x_{nk} = \tfrac{1}{\sqrt{\text{var}}} \bar{\delta} \mathcal{L} \sum_\ell \max"
    expected = {r"\hatx", "n", "k", r"\bar\delta", r"\mathcalL", r"\ell"}
    assert symbols(formula) == expected
    assert letters(expected) == {"n", "k", r"\ell"}
