"""Changes of an expression: a sign, a factor, a power, an axis, an index, another name."""

import ast
from collections.abc import Iterator
from typing import Any

from nndl.practice.tree_changes import TWINS, Change

Changes = Iterator[tuple[int, Change]]  # each with its rank: the likely ones have 0
CALLS = {
    "argmax": "argmin", "maximum": "minimum", "max": "min", "sum": "mean", "mean": "sum",
    "log": "log10", "exp": "exp2", "sqrt": "square",
}  # fmt: skip


def inside(step: ast.stmt, names: dict[str, int]) -> Iterator[tuple[int, Change]]:
    """Changes of an expression in a step."""
    roots = [step.iter] if isinstance(step, ast.For) else [step]
    if isinstance(step, ast.If | ast.With | ast.While | ast.Try):
        roots = [step.test] if isinstance(step, ast.If) else []
    for root in roots:
        for owner, place, node in places(root if root is not step else step):
            yield from of_node(owner, place, node, names)


def places(root: ast.AST) -> Iterator[tuple[Any, Any, ast.expr]]:
    """Every expression below a node, and where it stands."""
    for node in ast.walk(root):
        for field, value in ast.iter_fields(node):
            if field in ("targets", "target", "ctx"):
                continue
            if isinstance(value, ast.expr):
                yield node, field, value
            elif isinstance(value, list):
                for k, one in enumerate(value):
                    if isinstance(one, ast.expr):
                        yield value, k, one


def of_node(
    owner: Any, place: Any, node: ast.expr, names: dict[str, int]
) -> Iterator[tuple[int, Change]]:
    """Changes of one expression."""

    def change(rank: int, kind: str, words: str, new: ast.expr) -> tuple[int, Change]:
        return rank, Change(kind, words, owner, place, new)

    where = " where {} is computed"
    if isinstance(node, ast.BinOp):
        left, op, right = node.left, node.op, node.right
        if isinstance(op, ast.Add | ast.Sub):
            other = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield change(0, "sign", "A sign is turned" + where, ast.BinOp(left, other, right))
            yield change(0, "term", f"A term is missing{where}", left)
            yield change(0, "term", f"A term is missing{where}", right)
            if isinstance(op, ast.Sub):
                yield change(1, "order", f"A difference is turned around{where}",
                             ast.BinOp(right, op, left))  # fmt: skip
            if isinstance(op, ast.Add):
                product = ast.BinOp(left, ast.Mult(), right)
                yield change(2, "product", f"A product stands in place of a sum{where}", product)
            yield from of_sum(change, node, where)
        if isinstance(op, ast.Mult | ast.Div | ast.FloorDiv):
            yield change(0, "factor", f"A factor is missing{where}", left)
            other = ast.Div() if isinstance(op, ast.Mult) else ast.Mult()
            turned = ast.BinOp(left, other, right)
            yield change(1, "inverse", f"A factor divides that should multiply{where}, or the "
                         "other way", turned)  # fmt: skip
            if isinstance(op, ast.Mult):
                yield change(0, "factor", f"A factor is missing{where}", right)
            for other, line in names.items():
                if line < node.lineno and other not in TWINS:
                    more = ast.BinOp(node, ast.Mult(), ast.Name(other, ast.Load()))
                    yield change(4, "factor-more", f"There is a factor too many{where}", more)
            twice = ast.BinOp(node, op, right)
            yield change(1, "factor-twice", f"A factor is there twice{where}", twice)
        if isinstance(op, ast.Pow) and isinstance(right, ast.Constant):
            for power in sorted({0.5, 1, 2, 3, 4} - {right.value}):
                new = ast.BinOp(left, op, ast.Constant(power))
                yield change(0, "power", f"A power is another one{where}", new)
        if isinstance(op, ast.MatMult):
            new = ast.BinOp(right, op, left)
            yield change(1, "order", f"The factors of a product change places{where}", new)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield change(0, "sign", f"A sign is turned{where}", node.operand)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in {0, 1, 2, node.value + 1} - {node.value}:
            yield change(2, "number", f"A number is another one{where}", ast.Constant(value))
    if isinstance(node, ast.Compare):
        for op in (ast.Lt(), ast.LtE(), ast.Gt(), ast.GtE()):
            new = ast.Compare(node.left, [op], node.comparators)
            yield change(1, "comparison", f"The comparison is another one{where}", new)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield change(0, "transpose", f"A transpose is missing{where}", node.value)
        shape = ast.Attribute(node, "shape", ast.Load())
        new = ast.Call(ast.Attribute(node.value, "reshape", ast.Load()), [shape], [])
        yield change(0, "transpose", f"A matrix is reshaped, not transposed{where}", new)
    if isinstance(node, ast.Call):
        yield from of_call(change, node, where)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
        for value in (0, -1):
            new = ast.Subscript(node.value, ast.Constant(value), ast.Load())
            yield change(1, "index", f"One and the same index is read each time{where}", new)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        for k, index in enumerate(node.slice.elts):
            for value in (0, -1) if isinstance(index, ast.Name) else ():
                elts = [*node.slice.elts[:k], ast.Constant(value), *node.slice.elts[k + 1 :]]
                new = ast.Subscript(node.value, ast.Tuple(elts, ast.Load()), ast.Load())
                yield change(2, "index", f"One and the same index is read each time{where}", new)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        few = node.id in TWINS
        for other, line in names.items():
            rank = 1 if TWINS.get(node.id) == other else 3
            if other != node.id and line < node.lineno and (rank == 1 or not few):
                words = f"{other} stands in place of {node.id}{where}"
                yield change(rank, "name", words, ast.Name(other, ast.Load()))


def of_sum(change: Any, node: ast.BinOp, where: str) -> Iterator[tuple[int, Change]]:
    """Changes of a sum or difference of products: other brackets, other weights."""
    left, right = node.left, node.right
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult | ast.Div | ast.MatMult):
        inner = ast.BinOp(left.right, node.op, right)
        words = f"A bracket is elsewhere{where}"
        yield change(1, "bracket", words, ast.BinOp(left.left, left.op, inner))
    products = [side for side in (left, right)
                if isinstance(side, ast.BinOp) and isinstance(side.op, ast.Mult)]  # fmt: skip
    if len(products) == 2:
        a, b = products
        new = ast.BinOp(ast.BinOp(a.left, a.op, b.right), node.op, ast.BinOp(b.left, b.op, a.right))
        yield change(1, "weights", f"Two weights change places{where}", new)


def of_call(change: Any, node: ast.Call, where: str) -> Iterator[tuple[int, Change]]:
    """Changes of a call: another function, none, another axis."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    method = isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
    )
    if name in CALLS:
        func = ast.Attribute(node.func.value, CALLS[name], ast.Load())
        words = f"{CALLS[name]} stands in place of {name}{where}"
        yield change(1, "function", words, ast.Call(func, node.args, node.keywords))
    if name in ("sqrt", "abs", "exp", "log", "maximum", "mean", "sum", "reshape", "transpose"):
        first = node.func.value if method else node.args[-1] if name == "maximum" else node.args[0]
        yield change(1, "function-missing", f"{name} is missing{where}", first)
    for k, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:k], *node.keywords[k + 1 :]]
        if keyword.arg in ("axis", "keepdims"):
            words = f"The {'axes are' if keyword.arg == 'axis' else 'shape is'} others{where}"
            yield change(1, "axis", words, ast.Call(node.func, node.args, rest))
        if keyword.arg == "axis":
            axes = [0, 1, -1, (1, 2), (2, 3), (0, 1), (0, 2), (0, 3), (1, 2, 3)]
            for axis in [a for a in axes if repr(a) != ast.unparse(keyword.value)]:
                value = ast.parse(repr(axis), mode="eval").body
                other = ast.Call(node.func, node.args, [*rest, ast.keyword("axis", value)])
                yield change(1, "axis", f"The axis is another one{where}", other)
