"""A filter's or a window's size, or a stride, that is written into the code as a number.

It shows in which cases are right: those of this size, and hardly any other.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nndl.practice.causes import LIKELY, SURE, Cause
from nndl.practice.exercises import Case
from nndl.practice.results import Row
from nndl.practice.unwritten import tree_of

SHARE = 0.8  # of the cases of another size that are wrong: some are right by chance
TWO = 2  # a smaller number stands in formulas, too
SOURCES = {
    "The filter's size": "Its height and its width are the last two sizes of w.",
    "The window's size": 'They are pool_param["pool_height"] and pool_param["pool_width"].',
    "The stride": 'It is the entry "stride" of the parameters.',
}


def written_sizes(
    rows: Sequence[Row], function: Callable[..., Any] | None, found: list[Cause]
) -> list[Cause]:
    """The causes; first that a size is written, where nothing is sure and the cases say it."""
    counted = [row for row in rows if not row.case.told]
    tree = tree_of(function)
    if tree is None or any(one.sure == SURE for one in found) or not counted:
        return found
    for what, number, line in dict.fromkeys(literals(tree)):
        sizes = [size_of(row.case, what) for row in counted]
        other = [row.ok for row, size in zip(counted, sizes, strict=True) if size != {number}]
        same = [row.ok for row, size in zip(counted, sizes, strict=True) if size == {number}]
        if None in sizes or len(same) < TWO or not all(same) or len(other) < TWO:
            continue
        if other.count(False) < SHARE * len(other):
            continue
        thing = named_in(counted[0].case, what)
        why = (
            f"all {len(same)} cases in which it is {number} are right, and {other.count(False)} of"
            f" the {len(other)} others are wrong; it stands in: {line}"
        )
        title = f"{thing} is written as the number {number} in a slice"
        first = Cause("size-written", LIKELY, why, title=title, cause=SOURCES[thing])
        return [first, *(one for one in found if not one.id.endswith("-square"))]
    return found


def named_in(case: Case, what: str) -> str:
    """What the number is, in words."""
    if what == "stride":
        return "The stride"
    return "The filter's size" if "w" in case.arguments else "The window's size"


def size_of(case: Case, what: str) -> set[int] | None:
    """The sizes of a filter or window, or the stride, of a case; None where it has none."""
    given = case.arguments
    parameters = given.get("conv_param", given.get("pool_param"))
    if not isinstance(parameters, dict):
        return None
    if what == "stride":
        return {parameters["stride"]}
    if "w" in given:
        return set(given["w"].shape[2:])
    return {parameters["pool_height"], parameters["pool_width"]}


def literals(tree: ast.AST) -> Iterator[tuple[str, int, str]]:
    """Numbers in slices that may be sizes or strides: what it may be, the number, the slice."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Slice) or not isinstance(node.upper, ast.BinOp):
            continue
        line = ast.unparse(node)
        if isinstance(node.upper.op, ast.Add) and (number := number_in(node.upper.right)):
            yield "size", number, line
        for part in ast.walk(node):
            product = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)
            if product and (number := number_in(part.right) or number_in(part.left)):
                yield "stride", number, line


def number_in(node: ast.AST) -> int:
    """A whole number from two on that is written; else 0."""
    number = node.value if isinstance(node, ast.Constant) else 0
    return number if type(number) is int and number >= TWO else 0
