"""A backward pass that takes other values out of the cache than there are in it."""

import ast
import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from nndl.practice.causes import LIKELY, SURE, Cause
from nndl.practice.exceptions import at
from nndl.practice.exercises import Exercise
from nndl.practice.plays import once
from nndl.practice.pointing import Line, line_of
from nndl.practice.results import Row
from nndl.practice.unwritten import tree_of
from nndl.practice.watching import Raised

LAYOUT = "The cache has another layout than this backward pass expects"
PAIR = (
    "It is that of the forward pass beside it, which puts other values in than are taken out here:"
    " of the two lines, one has to follow the other."
)


def another_layout(
    exercise: Exercise, rows: Sequence[Row], function: Callable[..., Any] | None, own: bool
) -> Cause | None:
    """What to say where every call ends since something else is in the cache; None elsewhere.

    The values may be more or fewer; or, in the book's cache, one of them has another place than
    in the reader's line. ``own`` says whether the forward pass is the reader's.
    """
    ends = [row.seen.raised for row in rows if not row.case.told]
    tree = tree_of(function)
    if exercise.forward is None or tree is None or not isinstance(function, FunctionType):
        return None
    known = [end for end in ends if end is not None and end.where == "it"]
    if not ends or len(known) < len(ends) or len(tree.args.args) < 2:
        return None
    name = tree.args.args[1].arg
    step = unpacking(tree, name)
    where = line_of(function, step) if step else None
    told = PAIR if own else books(exercise)
    if all(indexes(end, name) or (where and unpacks(end, where)) for end in known):
        why = f"the exception says so: {known[0].kind}: {known[0].message}{at(known[0])}"
        return Cause("cache-layout", LIKELY if own else SURE, why, title=LAYOUT, cause=told)
    if step and where and not own and (moved := moved_name(step, exercise.reference())):
        why = f"{moved} has another place in the book's cache, in: {where.text}"
        return Cause("cache-layout", LIKELY, why, title=LAYOUT, cause=told)
    return None


def unpacking(tree: ast.FunctionDef, name: str) -> ast.Assign | None:
    """The statement that unpacks an argument as a whole, if there is one."""
    every = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
    whole = (node for node in every if isinstance(node.targets[0], ast.Tuple | ast.List))
    return next((n for n in whole if isinstance(n.value, ast.Name) and n.value.id == name), None)


def unpacks(end: Raised, where: Line) -> bool:
    """Whether a line met more or fewer values than it unpacks."""
    said = end.kind == "ValueError" and "values to unpack" in end.message
    return said and end.number == where.number


def indexes(end: Raised, name: str) -> bool:
    """Whether an index of the cache is none of it."""
    said = re.search("^tuple (index out of range|indices must be integers)", end.message)
    return bool(said and re.search(rf"\b{name}\[", end.line) and ".shape" not in end.line)


def moved_name(step: ast.Assign, reference: Callable[..., Any]) -> str:
    """A name that has another place where the book's function unpacks the cache; else nothing."""
    tree = tree_of(reference)
    book = unpacking(tree, tree.args.args[1].arg) if tree else None
    theirs = place_of_names(book) if book else {}
    return next((n for n, k in place_of_names(step).items() if theirs.get(n, k) != k), "")


def place_of_names(step: ast.Assign) -> dict[str, int]:
    """The names that are unpacked, and which of the values each is."""
    elements = getattr(step.targets[0], "elts", [])
    if any(isinstance(one, ast.Starred) for one in elements):
        return {}
    names = {one.id: k for k, one in enumerate(elements) if isinstance(one, ast.Name)}
    return {name: k for name, k in names.items() if name != "_"}


def books(exercise: Exercise) -> str:
    """What the book's cache holds, and how to have the reader's own instead."""
    held = once(exercise, exercise.cases()[0])[1]
    kinds = [kind(one) for one in held] if isinstance(held, tuple) else [kind(held)]
    call = f"practice.{exercise.name}(yours, forward=your_forward)"
    return (
        f"It is that of the book's forward pass, and holds here: {', '.join(kinds)}. Take these, or"
        f" bring the forward pass that fills yours: {call}."
    )


def kind(value: Any) -> str:
    """What a value is, in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
