"""Small changes of the reader's own function, one of which may make it right.

Those of ``slips`` are tried here too, on the reader's lines: what turns a right step into a wrong
one often turns it back. Besides: any name for another one, what a number may stand for, what
``config`` or ``cache`` has under another key, brackets, steps left out, added up or moved.
"""

import ast
import itertools
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from nndl.practice.slips import blocks, changes
from nndl.practice.slips_of_expressions import places
from nndl.practice.tree_changes import Change

OF_SLIPS = 200  # the likely ones
ALIKE = 0.5  # how much names have in common of which one is soon taken for the other
USUAL = (0.5, 0.9, 0.95, 0.99, 0.999, 1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-8)  # what settings are
Ranked = Iterator[tuple[float, Change]]


def repairs(tree: ast.Module) -> Iterator[Change]:
    """Every change of the first function in a tree; what is likely comes first."""
    function = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    found: dict[float, list[Change]] = {}
    for rank, change in itertools.chain(expressions(function), of_blocks(function)):
        found.setdefault(rank, []).append(change)
    found.setdefault(2, []).extend(itertools.islice(changes(tree), OF_SLIPS))
    return itertools.chain.from_iterable(found[rank] for rank in sorted(found))


def expressions(function: ast.FunctionDef) -> Ranked:
    """Changes of one expression."""
    known, keyed = stored(function), subscripts(function)
    for block in blocks(function):
        for step in block:
            if isinstance(step, ast.Assert) or (
                isinstance(step, ast.If) and any(isinstance(s, ast.Raise) for s in step.body)
            ):
                continue  # to refuse nothing mends nothing
            for owner, place, node in of_the_step(step):
                read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
                for rank, new in instead(node, known, keyed) if read else ():
                    yield rank, made("instead", owner, place, new)


def of_the_step(step: ast.stmt) -> Iterator[tuple[Any, Any, ast.expr]]:
    """The expressions of a step; of one with steps inside, those of its head."""
    if not any(isinstance(getattr(step, field, None), list) for field in ("body", "orelse")):
        yield from places(step)
        return
    for field in ("iter", "test"):
        if isinstance(head := getattr(step, field, None), ast.expr):
            yield step, field, head
            yield from places(head)


def instead(node: ast.expr, known: dict[str, int], keyed: dict[str, ast.expr]) -> Iterator[
    tuple[float, ast.expr]
]:  # fmt: skip
    """What may belong in an expression's place, with its rank."""
    if isinstance(node, ast.Name) and node.id in known:
        for other, line in known.items():
            if other != node.id and line < node.lineno:
                alike = SequenceMatcher(None, node.id, other).ratio() >= ALIKE
                near = abs(line - known[node.id]) <= 1  # H and W are made side by side
                yield 1 if alike or near else 4, ast.Name(other, ast.Load())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        numbers = USUAL if isinstance(node.value, float) else ()
        for value in numbers:
            if value != node.value:
                yield 3, ast.Constant(value)
        for text, other in keyed.items():
            if "[" in text:
                yield 3, other
        for other, line in known.items():
            if line < node.lineno:
                yield 3, ast.Name(other, ast.Load())
    if isinstance(node, ast.Subscript) and ast.unparse(node) in keyed:
        for text, other in keyed.items():
            if text != ast.unparse(node):
                yield 1, other
    if isinstance(node, ast.BinOp):
        yield from brackets(node)
    if isinstance(node, ast.Name) and node.id in known:
        yield 3, ast.Attribute(node, "T", ast.Load())
    if isinstance(node, ast.Tuple):
        for j, k in itertools.combinations(range(len(node.elts)), 2):
            yield 3, ast.Tuple(exchanged(node.elts, j, k), ast.Load())
    if isinstance(node, ast.Call):
        for j, k in itertools.combinations(range(len(node.args)), 2):
            yield 3, ast.Call(node.func, exchanged(node.args, j, k), node.keywords)
        given = {keyword.arg for keyword in node.keywords}
        if "axis" in given and "keepdims" not in given:
            kept = ast.keyword("keepdims", ast.Constant(value=True))
            yield 2, ast.Call(node.func, node.args, [*node.keywords, kept])


def brackets(node: ast.BinOp) -> Iterator[tuple[float, ast.expr]]:
    """The same operations in another order, and // for /."""
    left, op, right = node.left, node.op, node.right
    sums, products = ast.Add | ast.Sub, ast.Mult | ast.Div | ast.FloorDiv
    if isinstance(op, ast.Div):
        yield 1, ast.BinOp(left, ast.FloorDiv(), right)
    if isinstance(op, sums) and isinstance(right, ast.BinOp) and isinstance(right.op, products):
        yield 1, ast.BinOp(ast.BinOp(left, op, right.left), right.op, right.right)
    if isinstance(op, sums) and isinstance(left, ast.BinOp) and isinstance(left.op, products):
        yield 1, ast.BinOp(left.left, left.op, ast.BinOp(left.right, op, right))
    if isinstance(op, products) and isinstance(right, ast.BinOp) and isinstance(right.op, sums):
        yield 1, ast.BinOp(ast.BinOp(left, op, right.left), right.op, right.right)
    if isinstance(op, products) and isinstance(left, ast.BinOp) and isinstance(left.op, sums):
        yield 1, ast.BinOp(left.left, left.op, ast.BinOp(left.right, op, right))
    if isinstance(op, products) and isinstance(right, ast.BinOp) and isinstance(right.op, products):
        yield 1, ast.BinOp(ast.BinOp(left, op, right.left), right.op, right.right)


def of_blocks(function: ast.FunctionDef) -> Ranked:
    """Changes of whole steps."""
    for block in blocks(function):
        for k, step in enumerate(block):
            if isinstance(step, ast.Assign) and len(step.targets) == 1:
                target = step.targets[0]
                if isinstance(target, ast.Subscript | ast.Name):
                    more = ast.AugAssign(target, ast.Add(), step.value)
                    yield 0, made("instead", block, k, more)
                if isinstance(target, ast.Tuple):
                    for i, j in itertools.combinations(range(len(target.elts)), 2):
                        other = ast.Tuple(exchanged(target.elts, i, j), ast.Store())
                        new = ast.Assign([other], step.value)
                        yield 1, made("instead", block, k, new)
            if isinstance(step, ast.Assign | ast.AugAssign):
                yield 2, made("without", block, k, ast.Pass())
            if isinstance(step, ast.For) and len(step.body) > 1:
                short = ast.For(step.target, step.iter, step.body[:-1], step.orelse)
                yield 3, made("after", block, k, [short, step.body[-1]])
            if isinstance(step, ast.For) and k + 1 < len(block):
                more = ast.For(step.target, step.iter, [*step.body, block[k + 1]], step.orelse)
                if not isinstance(block[k + 1], ast.Return):
                    yield 3, made("inside", block, slice(k, k + 2), [more])


def made(kind: str, owner: Any, place: Any, new: Any) -> Change:
    """A change; what it says is made of its code."""
    return Change(kind, "", owner, place, new)


def exchanged(values: list[ast.expr], j: int, k: int) -> list[ast.expr]:
    """A list in which two have changed places."""
    found = [*values]
    found[j], found[k] = found[k], found[j]
    return found


def stored(function: ast.FunctionDef) -> dict[str, int]:
    """The function's own names, with the line from which each is known."""
    known = {arg.arg: function.lineno for arg in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known[node.id] = min(node.lineno, known.get(node.id, node.lineno))
    return known


def subscripts(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """What is read under a key that is written there, such as config['epsilon']."""
    found = {}
    for node in ast.walk(function):
        key = node.slice if isinstance(node, ast.Subscript) else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            found[ast.unparse(node)] = ast.Subscript(node.value, key, ast.Load())
    return found
