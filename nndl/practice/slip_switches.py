"""One function with all of its slips in it, of which a number says which one is made.

Compiled once, it takes the time of one: where a change would replace an expression or a step, the
function has both, and looks at the number.
"""

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from nndl.practice.tree_changes import Change

SWITCH = "_slip"  # the global name of the number; with any other number nothing is changed


def switched(tree: ast.Module, changes: Sequence[Change]) -> ast.Module:
    """A copy of the tree in which change ``k`` is made where ``_slip`` is k; it stays as it is."""
    return ast.fix_missing_locations(Switches(changes).copied(tree))


def pieces(change: Change) -> Iterable[tuple[Any, Any]]:
    """What stands in other places: of two steps the first place has both, the second none."""
    if isinstance(change.place, slice):
        yield change.place.start, change.new
        for place in range(change.place.start + 1, change.place.stop):
            yield place, []
    else:
        yield change.place, change.new


class Switches:
    """Copies a tree. The copy has switches, and what they lead to is of the tree itself."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.at: dict[tuple[int, Any], list[tuple[int, Any]]] = {}
        for number, change in enumerate(changes):
            for place, new in pieces(change):
                self.at.setdefault((id(change.owner), place), []).append((number, new))

    def copied(self, node: Any) -> Any:
        """A node with switches below it."""
        new = type(node)(
            **{
                name: self.listed(value) if isinstance(value, list)
                else self.expression(self.at.get((id(node), name), ()), value)
                for name, value in ast.iter_fields(node)
            }
        )  # fmt: skip
        return ast.copy_location(new, node)

    def listed(self, values: list[Any]) -> list[Any]:
        """The nodes of a list; a step with a switch becomes another one around it."""
        found: list[Any] = []
        for k, value in enumerate(values):
            new = self.at.get((id(values), k), ())
            if isinstance(value, ast.stmt):
                found += self.steps(new, value)
            else:
                found.append(self.expression(new, value))
        return found

    def expression(self, new: Sequence[tuple[int, Any]], value: Any) -> Any:
        """What stands in an expression's place."""
        if not isinstance(value, ast.AST):
            return value
        plain = self.copied(value)
        if not new:
            return plain
        (_, chosen), *rest = new
        for number, other in rest:
            chosen = ast.IfExp(among([number]), other, chosen)
        return ast.IfExp(among([number for number, _ in new]), chosen, plain)

    def steps(self, new: Sequence[tuple[int, Any]], step: ast.stmt) -> list[ast.stmt]:
        """What stands in a step's place."""
        plain = [self.copied(step)]
        if not new:
            return plain
        (_, first), *rest = new
        chosen = as_block(first)
        for number, other in rest:
            chosen = [ast.If(among([number]), as_block(other), chosen)]
        return [ast.If(among([number for number, _ in new]), chosen, plain)]


def among(numbers: Sequence[int]) -> ast.expr:
    """The test whether the number is one of these."""
    known = ast.Set([ast.Constant(number) for number in numbers])
    return ast.Compare(ast.Name(SWITCH, ast.Load()), [ast.In()], [known])


def as_block(new: Any) -> list[ast.stmt]:
    """A step, or some, as a block."""
    return (new if isinstance(new, list) else [new]) or [ast.Pass()]
