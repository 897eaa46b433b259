"""Small changes of one step of the right function: a sign, a factor, an axis, another name.

They are tried one by one where the catalogue has no answer. One that gives the very same numbers as
the reader's function on every case says in which step something is off, and what.
"""

import ast
import copy
from collections.abc import Container, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

TWINS = {
    "H": "W", "HH": "WW", "H_out": "W_out", "i": "j", "p": "q", "rows": "columns", "N": "F",
}  # fmt: skip
TWINS |= {b: a for a, b in TWINS.items()}
CALLS = {
    "argmax": "argmin", "maximum": "minimum", "max": "min", "sum": "mean", "mean": "sum",
    "log": "log10", "exp": "exp2", "sqrt": "square",
}  # fmt: skip
PLUMBING = ("check", "as_floats")  # no steps of a derivation
NO_NUMBERS = ("self", "cache", "dtype", "wide", "own", "config", "_")


class Change(NamedTuple):
    """A change of one place: what kind, where, and how to make it."""

    kind: str
    words: str  # a title, with a place for what the step computes
    owner: Any  # a node, or a list of nodes
    place: Any  # a field of it, or a number
    new: Any
    target: str = ""

    @contextmanager
    def made(self) -> Iterator[None]:
        """Within it the tree has the change."""
        old = self._get()
        self._set(self.new)
        try:
            yield
        finally:
            self._set(old)

    def _get(self) -> Any:
        return self.owner[self.place] if isinstance(self.owner, list) else getattr(
            self.owner, self.place
        )  # fmt: skip

    def _set(self, value: Any) -> None:
        if isinstance(self.owner, list):
            self.owner[self.place] = value
        else:
            setattr(self.owner, self.place, value)


def changes(tree: ast.Module) -> Iterator[Change]:
    """Every change of a function, or of the methods of a class; what is likely comes first."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found: dict[int, list[Change]] = {}
    whole = isinstance(tree.body[0], ast.FunctionDef)
    for function in functions:
        # Where it loops, or has methods, there are many names, and few that could be meant.
        loops = any(isinstance(node, ast.For) for node in ast.walk(function))
        names = locals_of(function, TWINS if loops or not whole else None)
        rounds = [node for node in ast.walk(function) if isinstance(node, ast.For)]
        for block in blocks(function):
            for k, step in enumerate(block):
                if plumbing(step):
                    continue
                target = target_of(step)
                around = [loop for loop in rounds if step in ast.walk(loop)]
                found_here = of_step(block, k, around), inside(step, names)
                for rank, change in chain(*found_here, renamed(block, k, names)):
                    found.setdefault(rank, []).append(change._replace(target=target))
    return chain.from_iterable(found[rank] for rank in sorted(found))


def blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    """The lists of statements of a function, its loops and branches, without the docstring."""
    for node in ast.walk(function):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                yield block


def plumbing(step: ast.stmt) -> bool:
    """Whether a statement is about types and arguments, or holds others."""
    if isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant):
        return True
    if isinstance(step, ast.FunctionDef | ast.ClassDef):
        return True
    text = ast.unparse(step.iter if isinstance(step, ast.For) else step)
    return not isinstance(step, ast.Return) and text.count("\n") < 2 and any(
        word in text and isinstance(step, ast.Expr | ast.Assign) for word in PLUMBING
    )  # fmt: skip


def target_of(step: ast.stmt) -> str:
    """What a step computes, in words."""
    if isinstance(step, ast.Assign):
        return ast.unparse(step.targets[0])
    if isinstance(step, ast.AugAssign):
        return ast.unparse(step.target)
    if isinstance(step, ast.For):
        return f"the loop over {ast.unparse(step.target)}"
    return "what is returned" if isinstance(step, ast.Return) else "a step"


def locals_of(function: ast.FunctionDef, of: Container[str] | None) -> dict[str, int]:
    """The names of arrays and numbers, with the line from which each is known; those in ``of``."""
    known = {arg.arg: function.lineno for arg in function.args.args}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.setdefault(node.id, node.lineno)
    return {k: v for k, v in known.items() if k not in NO_NUMBERS and (of is None or k in of)}


class Renamed(ast.NodeTransformer):
    """A step with one name in place of another, wherever it is read."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """The new name for the old one."""
        read = isinstance(node.ctx, ast.Load) and node.id == self.old
        return ast.Name(self.new, ast.Load()) if read else node


def renamed(
    block: list[ast.stmt], k: int, names: dict[str, int]
) -> Iterator[tuple[int, Change]]:
    """One name for another in a whole step, where it is read more than once."""
    reads = [n.id for n in ast.walk(block[k]) if isinstance(n, ast.Name) and n.id in names
             and isinstance(n.ctx, ast.Load)] if simple(block[k]) else []  # fmt: skip
    for name in {name for name in reads if reads.count(name) > 1}:
        for other, line in names.items():
            if other != name and line < block[k].lineno:
                new = Renamed(name, other).visit(copy.deepcopy(block[k]))
                words = f"{other} stands in place of {name} where {{}} is computed"
                yield 4, Change("name", words, block, k, new)


def of_step(
    block: list[ast.stmt], k: int, loops: list[ast.For]
) -> Iterator[tuple[int, Change]]:
    """Changes of a whole step."""
    step = block[k]
    if isinstance(step, ast.AugAssign):
        for loop in loops:
            yield from only(block, k, loop)
    if isinstance(step, ast.AugAssign):
        plain = ast.Assign([step.target], step.value)
        yield 0, Change("assigned", "{} is assigned instead of changed", block, k, plain)
    stored = isinstance(step, ast.Assign) and isinstance(step.targets[0], ast.Subscript)
    if isinstance(step, ast.AugAssign) or stored:
        yield 1, Change("step", "The step that changes {} is missing", block, k, ast.Pass())
    if isinstance(step, ast.For) and isinstance(step.iter, ast.Call) and step.iter.args:
        last = step.iter.args[-1]
        less = ast.Call(step.iter.func, [ast.BinOp(last, ast.Sub(), ast.Constant(1))], [])
        yield 2, Change("early", "{} ends one too early", step, "iter", less)
        one = ast.Call(step.iter.func, [ast.Constant(1)], [])
        yield 2, Change("once", "{} is gone through once", step, "iter", one)
    if k + 1 < len(block) and simple(step) and simple(block[k + 1]):
        pair = [block[k + 1], step]
        yield 4, Change("order", "{} is computed too late", block, slice(k, k + 2), pair)


def only(block: list[ast.stmt], k: int, loop: ast.For) -> Iterator[tuple[int, Change]]:
    """The step counts in one round of a loop alone, the first or the last."""
    step = block[k]
    if not isinstance(loop.iter, ast.Call) or not loop.iter.args or not isinstance(
        loop.target, ast.Name
    ):  # fmt: skip
        return
    last = ast.BinOp(loop.iter.args[-1], ast.Sub(), ast.Constant(1))
    for which, value in (("first", ast.Constant(0)), ("last", last)):
        met = ast.Compare(ast.Name(loop.target.id, ast.Load()), [ast.Eq()], [value])
        new = ast.AugAssign(step.target, step.op, ast.BinOp(step.value, ast.Mult(), met))
        words = f"{{}} counts the {which} {loop.target.id} alone"
        yield 2, Change("only", words, block, k, new)


def simple(step: ast.stmt) -> bool:
    """Whether a step may change places with another."""
    return isinstance(step, ast.Assign | ast.AugAssign) and not plumbing(step)


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
            for power in (0.5, 1, 2, 3, 4):
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
            for axis in axes:
                value = ast.parse(repr(axis), mode="eval").body
                other = ast.Call(node.func, node.args, [*rest, ast.keyword("axis", value)])
                yield change(1, "axis", f"The axis is another one{where}", other)
