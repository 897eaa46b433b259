"""Changes of a whole step: left out, assigned, too late, in one round of a loop alone."""

import ast
import copy
from collections.abc import Iterator

from nndl.practice.tree_changes import Change, simple


def of_step(block: list[ast.stmt], k: int, loops: list[ast.For]) -> Iterator[tuple[int, Change]]:
    """Changes of a whole step."""
    step = block[k]
    if isinstance(step, ast.AugAssign):
        for loop in loops:
            yield from only(block, k, loop)
    if isinstance(step, ast.AugAssign):
        plain = ast.Assign([step.target], step.value)
        yield 0, Change("assigned", "{} is assigned instead of changed", block, k, plain)
        if isinstance(step.op, ast.Add | ast.Sub):
            other = ast.Sub() if isinstance(step.op, ast.Add) else ast.Add()
            turned = ast.AugAssign(step.target, other, step.value)
            yield 0, Change("sign", "A sign is turned where {} is computed", block, k, turned)
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


class Renamed(ast.NodeTransformer):
    """A step with one name in place of another, wherever it is read."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """The new name for the old one."""
        read = isinstance(node.ctx, ast.Load) and node.id == self.old
        return ast.Name(self.new, ast.Load()) if read else node


def renamed(block: list[ast.stmt], k: int, names: dict[str, int]) -> Iterator[tuple[int, Change]]:
    """One name for another in a whole step, where it is read more than once."""
    reads = [n.id for n in ast.walk(block[k]) if isinstance(n, ast.Name) and n.id in names
             and isinstance(n.ctx, ast.Load)] if simple(block[k]) else []  # fmt: skip
    for name in {name for name in reads if reads.count(name) > 1}:
        for other, line in names.items():
            if other != name and line < block[k].lineno:
                new = Renamed(name, other).visit(copy.deepcopy(block[k]))
                words = f"{other} stands in place of {name} where {{}} is computed"
                yield 4, Change("name", words, block, k, new)
