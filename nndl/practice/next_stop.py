"""What stops a function next, once the name is mended that stopped it first."""

import ast
from collections.abc import Iterator

from nndl.practice.origins import divides
from nndl.practice.stops import Stop
from nndl.practice.unwritten import assignments

SIZED = ("zeros", "ones", "empty", "full", "reshape")  # calls that are given sizes


def stops_next(stop: Stop) -> str:
    """What stops the function after that, if it is sure: a size that is divided with ``/``."""
    lines = set()
    for size in set(size_names(stop.scope)):
        every = [value for name, value in assignments(stop.scope) if name == size]
        if every and all(value is not None and divides(value) for value in every):
            lines.add(every[0].lineno)
    if not lines:
        return ""
    first = sorted(map(str, lines), key=int)
    named = f"line {first[0]} divides" if len(first) == 1 else f"lines {' and '.join(first)} divide"
    return f"Next it stops because {named} a size with /, which gives a float; // does not."


def size_names(scope: ast.AST) -> Iterator[str]:
    """Names that stand where only whole numbers may: in a range, or among the sizes of an array."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("range", "xrange"):
                parts = node.args
            else:
                parts = node.args[:2] if name in SIZED else []
                parts = [p for one in parts if isinstance(one, ast.Tuple) for p in one.elts]
            yield from (one.id for one in parts if isinstance(one, ast.Name))
