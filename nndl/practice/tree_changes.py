"""A change of one place in a function's tree, and what of it is no step of a derivation."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

TWINS = {
    "H": "W", "HH": "WW", "H_out": "W_out", "i": "j", "p": "q", "rows": "columns", "N": "F",
}  # fmt: skip
TWINS |= {b: a for a, b in TWINS.items()}
PLUMBING = ("check", "as_floats")


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


def simple(step: ast.stmt) -> bool:
    """Whether a step may change places with another."""
    return isinstance(step, ast.Assign | ast.AugAssign) and not plumbing(step)
