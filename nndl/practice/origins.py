"""Where the value was made that an exception complains of, from the reader's lines above it.

A size that was divided with ``/`` fails where an array is allocated or indexed by it, and the keys
that a dictionary was unpacked to fail in the first sum. The line to change is another one: it is
looked for backwards, among the assignments to the names of the failing line, and believed only if
the variable has such a value.
"""

import ast
import linecache
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nndl.practice.unwritten import assignments

# A float where a whole number is needed; and what may be that, if it is known where it was divided.
DIVIDED = (
    r"'(numpy\.)?float\d*' object cannot be interpreted as an integer|"
    r"slice indices must be integers|must be of integral type|"
    r"a single integer, got '(np\.float\d*\()?\d+\.|only int indices permitted"
)
FLOATS = DIVIDED + (
    r"|Cannot cast array data from dtype\('float\d+'\) to dtype\('int\d+'\)|"
    r"only integers, slices|arrays used as indices must be of integer"
)
# Calls that give whole numbers, whatever is divided inside of them.
WHOLE = ("int", "round", "astype", "len", "int32", "int64", "intp", "int_")
PLACES = ("argmax", "argmin", "nanargmax")  # they give one
Frame = tuple[int, Mapping[str, Any]]  # a line of the reader's file, and the variables there


def origin(message: str, file: str, frames: Sequence[Frame]) -> str:
    """Where it comes from, as "divided: ..." or "unpacked: ..." and a line; else nothing.

    What is divided is a size, or, as "divided place: ..." and "divided index: ...", no size.

    Parameters
    ----------
    message : str
        The exception's.
    file : str
        The reader's.
    frames : sequence of (int, mapping)
        The lines of it that were running, the innermost last, each with its variables.
    """
    lines = linecache.getlines(file)
    tree = parsed("".join(lines))
    if tree is None:
        return ""
    innermost: dict[int, Mapping[str, Any]] = {}  # of a recursion, one call of a line
    for number, known in reversed(frames):
        innermost.setdefault(number, known)
    for number, known in innermost.items():
        scope = scope_at(tree, number)
        if re.search(FLOATS, message) and (found := divided(scope, number, known)):
            return f"divided{no_size(scope, found)}: line {found}: {lines[found - 1].strip()}"
        if found := unpacked(scope, number, known):
            return f"unpacked: line {found}: {lines[found - 1].strip()}"
    return ""


@lru_cache(maxsize=8)
def parsed(source: str) -> ast.Module | None:
    """The tree of a file, if it has one."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def covers(node: ast.stmt, number: int) -> bool:
    """Whether a line belongs to a statement."""
    return node.lineno <= number <= (node.end_lineno or node.lineno)


@lru_cache(maxsize=8)
def functions_of_file(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions of a file, and those inside of them."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def scope_at(tree: ast.Module, number: int) -> ast.AST:
    """The innermost function around a line."""
    inside = [function for function in functions_of_file(tree) if covers(function, number)]
    return max(inside, key=lambda node: node.lineno, default=tree)


def parts_at(scope: ast.AST, number: int) -> list[ast.AST]:
    """The statement at a line; of one with a body, what stands in its head."""
    inside = [n for n in ast.walk(scope) if isinstance(n, ast.stmt) and covers(n, number)]
    if not inside:
        return []
    last = max(inside, key=lambda node: (node.lineno, node.col_offset))
    if not hasattr(last, "body"):
        return [last]
    return [child for child in ast.iter_child_nodes(last) if not isinstance(child, ast.stmt)]


def reads(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that are read."""
    every = (n for node in nodes for n in ast.walk(node))
    return {n.id for n in every if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def behind(scope: ast.AST, number: int) -> Iterator[tuple[str, ast.expr]]:
    """Names that the line depends on, the nearest first, each with what it was set to."""
    every = [(name, value) for name, value in assignments(scope) if value is not None]
    known: set[str] = set()
    new = reads(parts_at(scope, number))
    while new:
        known |= new
        found = [(name, value) for name, value in every if name in new and value.lineno <= number]
        yield from found
        new = reads([value for _, value in found]) - known


def divides(node: ast.AST) -> bool:
    """Whether sizes are divided with ``/`` in an expression, and stay so."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in WHOLE:
            return False
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return not any(isinstance(n, ast.Call) for n in ast.walk(node.right))
    return any(divides(child) for child in ast.iter_child_nodes(node))


def divided(scope: ast.AST, number: int, known: Mapping[str, Any]) -> int:
    """The first line that divides a size with ``/`` on which a line depends; 0 for none."""
    if any(divides(part) for part in parts_at(scope, number)):
        return number
    found = [value.lineno for name, value in behind(scope, number)
             if isinstance(known.get(name), float | np.floating) and divides(value)]  # fmt: skip
    return min(found, default=0)


def no_size(scope: ast.AST, number: int) -> str:
    """What a line divides with ``/`` instead of a size: a place in an array, or an index."""
    parts = parts_at(scope, number)
    quotients = [n for part in parts for n in ast.walk(part)
                 if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]  # fmt: skip
    names = reads([n.left for n in quotients])
    known = [value for name, value in assignments(scope) if name in names and value is not None]
    every = (n for value in [*known, *(n.left for n in quotients)] for n in ast.walk(value))
    if any(getattr(n, "attr", getattr(n, "id", "")) in PLACES for n in every):
        return " place"
    indices = [n.slice for part in parts for n in ast.walk(part) if isinstance(n, ast.Subscript)]
    return " index" if any(divides(index) for index in indices) else ""


def unpacked(scope: ast.AST, number: int, known: Mapping[str, Any]) -> int:
    """The line that unpacks a dictionary, whose keys the line uses; 0 for none."""
    used = {name for name, _ in behind(scope, number)}
    for node in ast.walk(scope):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Name):
            continue
        names = [t.id for target in node.targets if isinstance(target, ast.Tuple)
                 for t in target.elts if isinstance(t, ast.Name)]  # fmt: skip
        if not names or not isinstance(known.get(node.value.id), dict):
            continue
        keys = [name for name in names if isinstance(known.get(name), str)]
        if covers(node, number) or used & set(keys):
            return node.lineno
    return 0
