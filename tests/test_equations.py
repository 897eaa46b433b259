"""Code names an equation of its chapter by the label; a number is what pages and modules show."""

import ast
import io
import re
import tokenize

import pytest

from book._tools.equation_lines import (
    implemented,
    marks,
    numbered_equations,
    regions,
    with_classes,
)
from book._tools.tangle import (
    CITED,
    chapter_paths,
    code_cells,
    equations,
    numbered_cells,
    read_text,
)

# A number in round brackets that stands alone: not the end of a call, a power or an index.
BARE = re.compile(r"(?<![\w.)\]])\((\d{1,2})\)")

PATHS = chapter_paths()
chapters = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def pieces(source):
    """(kind, text, first line, last line) of each comment, docstring and other string of code."""
    documented = ast.Module | ast.FunctionDef | ast.ClassDef
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, documented)]
    docs = {n.body[0].lineno for n in nodes if n.body and ast.get_docstring(n) is not None}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        first, last = token.start[0], token.end[0]
        if token.type == tokenize.COMMENT:
            yield "comment", token.string, first, last
        elif token.type == tokenize.STRING and first in docs:
            yield "docstring", token.string, first, last
        elif token.type in (tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", None)):
            yield "string", token.string, first, last


def bare(source):
    """The comments and docstrings that name an equation by its number."""
    return [text for kind, text, *_ in pieces(source) if kind != "string" and BARE.search(text)]


def unnamed(source, numbers):
    """Numbers in printed strings whose label does not stand in a comment beside or above them."""
    found, lines = [], source.splitlines()
    for kind, text, first, last in pieces(source):
        cited = BARE.findall(text) if kind == "string" else []
        beside = "\n".join(lines[max(first - 2, 0) : last])
        named = {str(numbers[label]) for label in CITED.findall(beside) if label in numbers}
        found += [f"({number}) in {text}" for number in cited if number not in named]
    return found


@chapters
def test_code_names_equations_by_label(path):
    cells = code_cells(read_text(path))
    assert [text for cell in cells for text in bare(cell.source)] == []
    assert any(CITED.search(cell.source) for cell in cells)


@chapters
def test_what_is_printed_has_the_number_of_a_label_beside_it(path):
    notebook = read_text(path)
    numbers = equations(notebook)
    assert [text for c in code_cells(notebook) for text in unnamed(c.source, numbers)] == []


@chapters
def test_every_label_is_an_equation_of_the_chapter(path):
    notebook = read_text(path)
    numbers = equations(notebook)
    assert numbers
    for cell in numbered_cells(notebook, path.name):
        assert "(eq-" not in cell.source


@chapters
def test_equations_have_a_label_in_the_one_form_that_is_counted(path):
    """What Sphinx numbers and ``equations`` does not see would shift every number after it."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\\begin\{(equation|align|gather|multline|eqnarray)\}", text)
    assert not re.search(r"(?m)^(```|:::+) ?\{math\}", text)
    closings = re.findall(r"\$\$[ \t]*\([\w:-]+\).*", text)
    assert closings == [f"$$ ({label})" for label in equations(read_text(path))]


# --- Lines of code and the equations that they implement ----------------------------------------


def untied(text, sources):
    """What is wrong between the equations of a chapter's text and its code, and how to mend it."""
    found, lines = numbered_equations(text), set().union(*map(implemented, sources))
    labels = {label for label, _ in lines}
    wrong = [f"code names ({label}), no equation has this label" for label in labels - set(found)]
    for label, of in found.items():
        if label not in labels and not of.no_line:
            wrong.append(
                f"({label}) has no line of code: write `# ({label})` beside the line that "
                "computes it, or `% no line: why` above its closing $$"
            )
        if label in labels and of.no_line:
            wrong.append(f"({label}) has a line of code: take out its `% no line: {of.no_line}`")
        terms = {term for name, term in lines if name == label and term}
        wrong += [f"({label}) has no term {term}" for term in terms - set(of.terms)]
        wrong += [f"no line computes the term {t} of ({label})" for t in set(of.terms) - terms]
    return sorted(wrong)


@chapters
def test_an_equation_has_a_line_of_code_or_says_why_not(path):
    sources = [cell.source for cell in code_cells(read_text(path))]
    assert untied(path.read_text(encoding="utf-8"), sources) == []


def test_all_equations_are_looked_at():
    for path in PATHS:
        found = numbered_equations(path.read_text(encoding="utf-8"))
        assert list(found) == list(equations(read_text(path)))


TIED = r"""
$$
a = b + c_d
% term right: c_d
$$ (eq-a)

$$
e = f
$$

$$
g
% no line: a name
$$ (eq-g)
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", []),
        ("# (eq-a)", "# (eq-b)", ["code names (eq-b)"]),  # the term still names (eq-a)
        ("# (eq-a), (eq-a: right)", "", ["(eq-a) has no line of code", "no line computes"]),
        (", (eq-a: right)", "", ["no line computes the term right of (eq-a)"]),
        (": right)", ": left)", ["(eq-a) has no term left", "no line computes the term right"]),
        ("# why", "# (eq-g)", ["(eq-g) has a line of code"]),
    ],
)
def test_what_is_not_tied_is_seen(old, new, said):
    code = "x = 1  # (eq-a), (eq-a: right)\ny = 2  # why\nz = 'not (eq-z)'\n"
    found = untied(TIED, [code.replace(old, new) if old else code])
    assert len(found) == len(said)
    for text, start in zip(found, sorted(said), strict=True):
        assert start in text


@pytest.mark.parametrize(
    ("tex", "said"),
    [
        ("a\n% no lines: why\n", "neither"),
        ("a\n% no line:\n", "neither"),
        ("a + a\n% term left: a\n", "2 times"),
        ("a\n% term left: b\n", "0 times"),
        ("\\frac{a}{b}\n% term top: \\frac{a\n", "no whole part"),
        ("a &= b\n% term side: &= b\n", "no whole part"),
        ("a + b\n% term x: a\n% term x: b\n", "twice"),
    ],
)
def test_a_line_for_the_build_that_says_nothing_fails(tex, said):
    with pytest.raises(ValueError, match=said):
        marks(tex)


def test_terms_are_marked_one_in_another_and_the_rest_stays():
    found = marks("a + b_c\n% term all: a + b_c\n% term c: c\n% no line: why\n")
    assert (found.tex, found.no_line) == ("a + b_c\n", "why")
    marked = with_classes(found.tex, found.terms)
    assert marked == r"\class{term-all}{a + b_\class{term-c}{c}}" + "\n"
    assert with_classes("a", {"x": "a"}) == r"\class{term-x}{a}"
    nested = with_classes("abcd", {"z": "c", "y": "bc", "w": "d"})
    assert nested == r"a\class{term-y}{b\class{term-z}{c}}\class{term-w}{d}"


LINES = """
def f(x):  # (eq-a)
    # (eq-b): the reason
    y = (
        x + 1  # (eq-c: left)
    )
    return "(eq-s)"  # (eq-d), (eq-e)


class A:
    def g(self):
        for z in range(3):
            print(z)  # (eq-f)


# (eq-g)
h = 1
"""


def test_the_region_of_a_label_is_its_statement():
    found = [(r.first, r.last, [c.label for c in r.cites], r.function) for r in regions(LINES)]
    assert found == [
        (2, 2, ["eq-a"], ("f", 2)),
        (3, 6, ["eq-b", "eq-c"], ("f", 2)),
        (7, 7, ["eq-d", "eq-e"], ("f", 2)),
        (13, 13, ["eq-f"], ("A.g", 11)),
        (16, 17, ["eq-g"], None),
    ]
    assert regions("!ls  # (eq-a)") == []


@chapters
def test_a_reference_has_its_own_brackets(path):
    assert not re.findall(r"\(\{eq\}`[\w-]+`\)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x = 1  # (3)", 1),
        ("x = 1  # (3): the center", 1),
        ("x = 1  # the left side of (5)", 1),
        ('def f():\n    """By equations (1) and (2)."""', 1),
        ('def f():\n    """By equations (eq-a) and (eq-b)."""', 0),
        ("x = 1  # (eq-a), with e = 4", 0),
        ("x = 1  # (N, D), (1, 2, 3), f(2), x[0](3), (x + 1)(4)", 0),
        ('print("(3)")', 0),
    ],
)
def test_a_bare_number_is_seen(source, found):
    assert len(bare(source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('check("by (3)", 0)', 1),
        ('check("by (3)", 0)  # (eq-c)', 0),
        ('# (eq-c)\ncheck("by (3)", 0)', 0),
        ('check("by (3)", 0)  # (eq-a)', 1),
        ('check("by (1) and (3)", 0)  # (eq-a), (eq-c)', 0),
        ('check("f(3)", 0)', 0),
    ],
)
def test_a_printed_number_without_its_label_is_seen(source, found):
    assert len(unnamed(source, {"eq-a": 1, "eq-b": 2, "eq-c": 3})) == found
