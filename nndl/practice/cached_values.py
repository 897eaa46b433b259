"""Causes that lie in the cache between the reader's two passes, from the sources of both."""

import ast
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nndl.practice.beside import own_forward
from nndl.practice.cache_order import ENOUGH, another_order, taken_out
from nndl.practice.causes import SURE, Cause
from nndl.practice.exercises import Case, Exercise
from nndl.practice.plays import Parts, cached, observe
from nndl.practice.results import Row
from nndl.practice.unwritten import tree_of
from nndl.practice.watching import Stopped, Watcher, same

FLAT = "{}, beside it, puts the flattened {} into the cache"
LOST = (
    "So {0}.shape is (N, D) here, and a reshape to it leaves d{0} flat. Keep the {0} that came in,"
    " or its shape: make the matrix under another name."
)


def cache_first(
    exercise: Exercise,
    rows: Sequence[Row],
    function: Callable[..., Any] | None,
    found: list[Cause],
) -> list[Cause]:
    """The causes of a backward pass beside the reader's forward pass.

    Where the values of the cache change places, that comes first: the rest may come of it.
    """
    forward = own_forward(exercise, function, None) if function else None
    trees = tree_of(forward), tree_of(function)
    if forward is None or None in trees or not it_was(forward, exercise, rows, function):
        return found
    if first := another_order(exercise, rows, function, forward):
        if ENOUGH in first.why:
            return [first]
        return [first, *(c for c in found if not c.id.startswith(("slip-", "cache-layout")))]
    if found and found[0].id == "affine-backward-flat-dx":
        return [flat_kept(exercise, rows, function, forward) or found[0], *found[1:]]
    return found


def it_was(
    forward: Callable[..., Any],
    exercise: Exercise,
    rows: Sequence[Row],
    function: Callable[..., Any] | None,
) -> bool:
    """Whether the forward pass that stands beside is the one that was run: another may be given."""
    row = next((row for row in rows if not row.ok), None)
    if row is None or function is None:
        return False
    seen = observe(exercise, row.case, Parts(function, forward))
    return same(seen.values, row.seen.values) and same(seen.raised, row.seen.raised)


def flat_kept(
    exercise: Exercise,
    rows: Sequence[Row],
    function: Callable[..., Any],
    forward: Callable[..., Any],
) -> Cause | None:
    """What to say where dx gets the shape of the x in the cache, and that is flat already."""
    here = tree_of(function)
    shapes = re.findall(r"reshape\(.*?\b(\w+)\.shape", ast.unparse(here)) if here else []
    cases = [row.case for row in rows if not row.ok and row.case.arguments["x"].ndim > 2]
    flat = [kept_flat(forward, case) for case in cases] if shapes else []
    taken = taken_out(here) if here else {}
    names = [taken[k] for k in flat[0] if taken.get(k) in shapes] if flat else []
    if not names or not all(flat):
        return None
    why = f"no array in its cache has the shape of x, on all {len(cases)} cases that are wrong"
    title, words = FLAT.format(exercise.forward_name, names[0]), LOST.format(names[0])
    return Cause("cached-flat", SURE, why, title=title, cause=words, of=exercise.forward_name)


def kept_flat(forward: Callable[..., Any], case: Case) -> list[int]:
    """Where a forward pass keeps its x as a matrix, if it keeps neither x itself nor its shape."""
    watcher, x = Watcher(False), case.arguments["x"]
    try:
        _, cache = cached(watcher, case, Parts(forward, forward))
    except Stopped:
        return []
    values = list(cache) if isinstance(cache, tuple | list) else []
    arrays = [one.shape if isinstance(one, np.ndarray) else () for one in values]
    whole = x.shape in [*arrays, *map(tuple_of, values)]
    return [k for k, shape in enumerate(arrays) if shape == (len(x), x[0].size) and not whole]


def tuple_of(value: Any) -> tuple[Any, ...]:
    """A tuple as it is; of anything else an empty one."""
    return value if isinstance(value, tuple) else ()
