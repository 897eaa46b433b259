"""Run an exercise on a reader's function, and make the result of what was seen."""

from collections.abc import Callable
from typing import Any

from nndl.practice.comparing import REMARKS, compared, expectations
from nndl.practice.diagnosing import diagnose
from nndl.practice.exercises import Exercise, siblings
from nndl.practice.plays import Parts, observe
from nndl.practice.results import Result, Row
from nndl.practice.symptoms import symptoms


def checked(
    exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None = None
) -> Result:
    """Everything about one function: see ``nndl.practice``."""
    if not callable(function):
        raise TypeError(f"practice.{exercise.name}: expected a function, not {function!r}")
    best = None
    for parts in ways(exercise, function, forward):
        rows = run(exercise, parts)
        count = sum(not row.ok for row in rows)
        if best is None or count < best[0]:
            best = count, rows, parts
        if not count:
            break
    assert best is not None
    _, rows, parts = best
    own = parts.forward is not None and parts.forward is not exercise.reference_forward()
    return concluded(exercise, rows, own)


def ways(
    exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None
) -> list[Parts]:
    """With which forward passes a backward pass is tried: the reader's, and this package's."""
    ours = exercise.reference_forward()
    if ours is None:
        return [Parts(function)]
    if forward is None:
        names = [alias.replace("backward", "forward") for alias in exercise.aliases]
        own = (siblings(function, name.removesuffix("_alt")) for name in names)
        forward = next((found for found in own if found), None)
    if forward is None:
        return [Parts(function, ours)]
    return [Parts(function, forward), Parts(function, ours)]


def run(exercise: Exercise, parts: Parts) -> list[Row]:
    """All cases, up to the first that does not end."""
    rows = []
    for case, expected in expectations(exercise):
        seen = observe(exercise, case, parts, twice=not exercise.random)
        rows.append(Row(case, expected, seen, compared(case, expected, seen)))
        if seen.raised and seen.raised.kind in ("TooLong", "NotImplementedError"):
            break
    return rows


def concluded(exercise: Exercise, rows: list[Row], own_forward: bool) -> Result:
    """The result of what was seen."""
    cells = {k: row.cells for k, row in enumerate(rows)}
    every = frozenset((k, c.output) for k, found in cells.items() for c in found if not c.ok)
    aside = frozenset(place for place in every if place[1] in REMARKS)
    seen = [row.seen for row in rows]
    remarks = diagnose(exercise, seen, aside)
    found = symptoms(exercise, rows) or diagnose(exercise, seen, every - aside)
    if all(row.ok for row in rows):  # what is beyond the exercise is told
        found, remarks = [], found + remarks
    return Result(exercise, rows, found, remarks, own_forward)
