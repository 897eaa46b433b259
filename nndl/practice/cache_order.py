"""A backward pass that takes the values out of the cache in another order than they are put in.

The names tell: what the forward pass calls ``beta`` and puts last, the backward pass takes last and
calls ``eps``.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nndl.practice.causes import LIKELY, SURE, Cause
from nndl.practice.comparing import compared
from nndl.practice.exercises import Exercise
from nndl.practice.layouts import unpacking
from nndl.practice.plays import Parts, observe
from nndl.practice.results import Row
from nndl.practice.unwritten import assignments, tree_of

Held = dict[int | str, str]  # the names of a cache's values, by their places or keys
KINDS = {"mean": "mean", "mu": "mean", "mus": "mean", "means": "mean", "var": "var",
         "variance": "var", "variances": "var", "vars": "var"}  # fmt: skip
FEW_PAIRS = 2  # of names that a title has
ENOUGH = "in the other order all cases are right"
IN_ORDER = "Take the values out in the order in which the forward pass puts them in."
BY_KEYS = "Take each value out by the key under which the forward pass puts it in."


def another_order(
    exercise: Exercise,
    rows: Sequence[Row],
    function: Callable[..., Any],
    forward: Callable[..., Any],
) -> Cause | None:
    """What to say where the names of what is put in and taken out change places."""
    there, here = tree_of(forward), tree_of(function)
    taken = taken_out(here)
    held = next((one for one in put_in(there) if fits_in(taken, one)), None)
    if held is None:
        return None
    pairs = [(mine, held[k]) for k, mine in taken.items() if mine != held[k]]
    read = [pair for pair in pairs if used(here, pair[0])]
    proven = [(mine, its) for mine, its in read if mine in held.values() or its in taken.values()]
    alike = [(mine, its) for mine, its in read if kind_of(mine) and kind_of(its)
             and kind_of(mine) != kind_of(its)]  # fmt: skip
    named = proven or alike
    if not named:
        return None
    words = IN_ORDER if all(isinstance(k, int) for k in taken) else BY_KEYS
    why = f"the forward pass puts in {listed(held)}, this pass takes out {listed(taken)}"
    if set(taken.values()) == set(held.values()):
        right = mended_rows(exercise, rows, Parts(function, reordered(forward, held, taken)))
        if right <= sum(row.ok for row in rows):
            return None  # the names alone are exchanged
        why += f"; {ENOUGH}" if right == len(rows) else "; in the other order more cases are right"
    missing = [mine for mine, _ in named if mine not in held.values() and not kind_of(mine)]
    if missing:
        words += f" It puts in no {missing[0]}: that has to be added."
    said = " and ".join(f"{mine} is what the forward pass calls {its}"
                        for mine, its in named[:FEW_PAIRS])  # fmt: skip
    verb = "unpacked in another order than it is packed" if words.startswith(IN_ORDER) else (
        "read by other keys than it is filled by"
    )  # fmt: skip
    return Cause("cache-order", SURE if proven else LIKELY, why,
                 title=f"The cache is {verb}: {said}", cause=words)  # fmt: skip


def put_in(tree: ast.FunctionDef) -> Iterator[Held]:
    """What a forward pass returns as its cache, for each line that makes one."""
    for node in ast.walk(tree):
        pair = node.value if isinstance(node, ast.Return) else None
        if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
            cache = pair.elts[1]
            named = [v for name, v in assignments(tree) if name == getattr(cache, "id", "")]
            yield from (held for one in [cache, *named] if (held := values_in(one)))


def values_in(node: ast.expr | None) -> Held:
    """The values of a tuple, a list or a dictionary, as they are written."""
    if isinstance(node, ast.Tuple | ast.List):
        return {k: ast.unparse(one) for k, one in enumerate(node.elts)}
    if isinstance(node, ast.Dict):
        return {key.value: ast.unparse(one) for key, one in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(key.value, str)}  # fmt: skip
    return {}


def taken_out(tree: ast.FunctionDef) -> Held:
    """The names to which a backward pass takes what is in its cache."""
    name = tree.args.args[1].arg if len(tree.args.args) > 1 else ""
    if step := unpacking(tree, name):
        elements = getattr(step.targets[0], "elts", [])
        return {k: one.id for k, one in enumerate(elements)} if all(
            isinstance(one, ast.Name) for one in elements
        ) else {}  # fmt: skip
    return {v.slice.value: target for target, v in assignments(tree)
            if isinstance(v, ast.Subscript) and getattr(v.value, "id", "") == name
            and isinstance(v.slice, ast.Constant)}  # fmt: skip


def fits_in(taken: Held, held: Held) -> bool:
    """Whether a cache is the one that is taken apart, each of its names once."""
    places = set(taken) <= set(held)
    whole = len(taken) == len(held) or any(isinstance(k, str) for k in taken)
    once_each = all(len(set(one.values())) == len(one) for one in (taken, held))
    return bool(taken) and places and whole and once_each


def used(tree: ast.FunctionDef, name: str) -> bool:
    """Whether a name is read, and nothing else is put there."""
    every = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == name]
    stored = [n for n in every if isinstance(n.ctx, ast.Store)]
    return len(stored) == 1 and len(every) > 1


def kind_of(name: str) -> str:
    """Whether a name says a mean or a variance; else nothing."""
    parts = [KINDS[part] for part in name.lower().split("_") if part in KINDS]
    return parts[-1] if parts else ""


def listed(names: Held) -> str:
    """Values as they are written, with keys if they have any."""
    return ", ".join(one if isinstance(k, int) else f"{k!r}: {one}" for k, one in names.items())


def reordered(forward: Callable[..., Any], held: Held, taken: Held) -> Callable[..., Any]:
    """The forward pass with the cache as it is taken out."""
    place = {name: k for k, name in held.items()}

    def other(*arguments: Any) -> Any:
        out, cache = forward(*arguments)
        if isinstance(cache, dict):
            return out, {k: cache[place[name]] for k, name in taken.items()}
        if not isinstance(cache, tuple | list) or len(cache) != len(held):
            return out, cache  # of another mode
        return out, type(cache)(cache[place[taken[k]]] for k in range(len(held)))

    return other


def mended_rows(exercise: Exercise, rows: Sequence[Row], parts: Parts) -> int:
    """On how many cases it is right so."""
    seen = [(row, observe(exercise, row.case, parts)) for row in rows]
    return sum(all(cell.ok or cell.told for cell in compared(row.case, row.expected, one))
               for row, one in seen)  # fmt: skip
