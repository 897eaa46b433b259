"""Code names an equation of its chapter by the label; a number is what pages and modules show."""

import ast
import io
import re
import tokenize

import pytest

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
