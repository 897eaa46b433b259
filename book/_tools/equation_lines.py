"""Which lines of code implement which equation, and what an equation's own text says of that.

A comment names the equation by its label, and the term of it that the line computes where others
compute the rest: ``# (eq-conv)``, ``# (eq-conv: window)``. The statement around the comment is the
line; of a loop, a condition or a function it is the head.

In an equation, lines that begin with a percent sign, a comment in TeX, are for the build:

- ``% no line: it is a definition`` says why no line implements the equation;
- ``% term window: \\bar x_{n,c,\\,iS+p,\\,jS+q}`` names a part of its TeX, which has to occur in it
  exactly once, and whole.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from book._tools.tangle import CITED

TERM = re.compile(r"\((eq-[\w-]+)(?:: ([a-z][a-z0-9-]*))?\)")
EQUATION = re.compile(r"(?ms)^\$\$\n((?:(?!^\$\$).)*?)^\$\$ \((eq-[\w-]+)\)$")
COMMENT = re.compile(r"(?m)^[ \t]*%.*\n?")
SAID = re.compile(r"% (?:no line: (?P<reason>\S.*)|term (?P<name>[a-z][a-z0-9-]*): (?P<tex>\S.*))")


@dataclass(frozen=True)
class Cite:
    """A label in a comment: the line that it is in, from 1, and the equation's term or None."""

    line: int
    label: str
    term: str | None


@dataclass(frozen=True)
class Region:
    """Lines of code that implement equations: the first and the last, from 1, and what they cite.

    ``function`` has the name of the function around them and its first line, or is None.
    """

    first: int
    last: int
    cites: tuple[Cite, ...]
    function: tuple[str, int] | None


@dataclass(frozen=True)
class Marks:
    """What an equation says of itself."""

    tex: str
    no_line: str | None
    terms: dict[str, str]


def marks(tex: str) -> Marks:
    """An equation's TeX without the lines for the build, and what they say.

    Raises
    ------
    ValueError
        Where a line says nothing that is known, or a term is not in the equation exactly once.
    """
    reason, terms, rest = None, {}, COMMENT.sub("", tex)
    for line in COMMENT.findall(tex):
        said = SAID.fullmatch(line.strip())
        if said is None:
            raise ValueError(f"{line.strip()!r} is neither `% no line: why` nor `% term name: TeX`")
        reason = said["reason"] or reason
        if said["name"]:
            check_term(said["name"], said["tex"], rest, terms)
            terms[said["name"]] = said["tex"]
    return Marks(rest, reason, terms)


def check_term(name: str, part: str, tex: str, terms) -> None:
    """Raise unless the part is in the TeX once, closes what it opens, and its name is new."""
    count = tex.count(part)
    if count != 1:
        raise ValueError(f"term {name}: {part!r} is {count} times in the equation, expected once")
    whole = part.count("{") == part.count("}") and part.count(r"\left") == part.count(r"\right")
    if not whole or "&" in part or r"\\" in part:
        raise ValueError(f"term {name}: {part!r} is no whole part, in one cell of the equation")
    if name in terms:
        raise ValueError(f"term {name} is there twice")


def with_classes(tex: str, terms: dict[str, str]) -> str:
    r"""TeX whose terms have a class in the page, by MathJax's ``\class``."""
    spans = [(tex.index(part), len(part), name) for name, part in terms.items()]
    closing = [(at + size, 0, size, "}") for at, size, _ in spans]  # the inner one first
    opening = [(at, 1, -size, rf"\class{{term-{name}}}{{") for at, size, name in spans]
    for at, *_, text in sorted(closing + opening, reverse=True):
        tex = tex[:at] + text + tex[at:]
    return tex


def numbered_equations(text: str) -> dict[str, Marks]:
    """``{label: marks}`` of the numbered equations in a Markdown text."""
    return {label: marks(tex) for tex, label in EQUATION.findall(text)}


def head(node) -> tuple[int, int]:
    """The first and the last line of a statement; of one with a body, those above the body."""
    if not hasattr(node, "body"):
        return node.lineno, node.end_lineno
    bodies = ("body", "orelse", "finalbody", "handlers", "cases")
    inside = {child for name in bodies for child in getattr(node, name, [])}
    above = [child for child in ast.iter_child_nodes(node) if child not in inside]
    return node.lineno, max([node.lineno, *(getattr(c, "end_lineno", 0) for c in above)])


def cites(source: str) -> list[tuple[Cite, bool]]:
    """The labels in comments, each with whether the comment has its line for itself."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            for label, term in TERM.findall(token.string):
                found.append((Cite(token.start[0], label, term or None), alone))
    return found


def regions(source: str) -> list[Region]:
    """The lines of code that implement equations, from the first to the last; no two overlap."""
    try:
        tree, named = ast.parse(source), cites(source)
    except (SyntaxError, tokenize.TokenError):  # a shell command, an output
        return []
    spans = sorted(head(node) for node in ast.walk(tree) if isinstance(node, ast.stmt))
    found: list[tuple[int, int, list[Cite]]] = []
    for cite, alone in named:
        first, last = span_of(cite.line, alone, spans)
        if found and first <= found[-1][1]:  # the same statement, or a comment above it
            first, _, before = found.pop()
            found.append((first, last, [*before, cite]))
        else:
            found.append((first, last, [cite]))
    return [Region(a, b, tuple(cited), function_around(tree, b)) for a, b, cited in found]


def span_of(line: int, alone: bool, spans) -> tuple[int, int]:
    """The lines of the statement that a comment belongs to: around it, or below it."""
    around = [span for span in spans if span[0] <= line <= span[1]]
    if around:
        return min(around, key=lambda span: span[1] - span[0])
    below = (
        next((span for span in spans if span[0] > line), (line, line)) if alone else (line, line)
    )
    return line, max(line, below[1])


def function_around(tree, line: int) -> tuple[str, int] | None:
    """The innermost function or method around a line, with its class, and where it begins."""
    best = None
    for owner in ast.walk(tree):
        for node in ast.iter_child_nodes(owner):
            inside = isinstance(node, ast.FunctionDef) and node.lineno <= line <= node.end_lineno
            if inside and (best is None or node.lineno > best[1]):
                prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
                best = prefix + node.name, node.lineno
    return best


def implemented(source: str) -> set[tuple[str, str | None]]:
    """``(label, term)`` of what the lines of code implement."""
    return {(cite.label, cite.term) for region in regions(source) for cite in region.cites}


__all__ = ["CITED", "Cite", "Marks", "Region", "implemented", "marks", "numbered_equations",
           "regions", "with_classes"]  # fmt: skip
