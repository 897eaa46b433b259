"""What is wrong in an observation, beside what this package's function gives.

A cell is one output on one case. It is right, or wrong in its shape or its numbers, or missing
since the call ended early. Differences in dtype are told and do not make a function wrong: courses
allocate results with ``np.zeros(shape)``, and their numbers are right.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.plays import Parts, observe
from nndl.practice.watching import Observation

# Relative to the largest number of an output, or to 1: other orders of summation stay far below,
# and an eps of 1e-5 that was forgotten above.
DOUBLE = 1e-6
SINGLE = 1e-3


@dataclass(frozen=True)
class Cell:
    """One comparison: of an output, of the arguments, of the call itself."""

    output: str
    ok: bool
    text: str = ""
    told: bool = False  # a remark: it does not make the function wrong


def bound_of(case: Case) -> float:
    """How far numbers may differ."""
    return SINGLE if case.single else DOUBLE


def close(a: Array, b: Array, bound: float) -> bool:
    """Whether two arrays have one shape and the same numbers, as far as rounding allows."""
    return a.shape == b.shape and not off(a, b, bound).any()


def off(a: Array, b: Array, bound: float) -> Array:
    """Where two arrays of one shape differ; NaN equals NaN, and an infinity itself."""
    with np.errstate(all="ignore"):
        a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
        size = float(np.max(np.abs(b), initial=0.0))
        if not math.isfinite(size):
            size = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
        near = np.abs(a - b) <= bound * max(1.0, size)
        return ~near if near.all() else ~(near | (a == b) | (np.isnan(a) & np.isnan(b)))


@cache
def expectations(exercise: Exercise) -> tuple[tuple[Case, Observation], ...]:
    """Every case of an exercise, with what this package's function gives."""
    parts = Parts(exercise.reference(), exercise.reference_forward())
    return tuple((case, observe(exercise, case, parts, trusted=True)) for case in exercise.cases())


def compared(case: Case, expected: Observation, seen: Observation) -> list[Cell]:
    """The cells of one case."""
    if seen.raised:
        text = f"{seen.raised.kind}: {seen.raised.message}"
        return [Cell(name, False, text, case.told) for name in expected.values]
    if seen.structure:
        return [Cell(name, False, seen.structure, case.told) for name in expected.values]
    cells = []
    for name, right in expected.values.items():
        text = difference(right, seen.values[name], bound_of(case))
        cells.append(Cell(name, not text, text, case.told))
        mine, wanted = seen.values[name].dtype, right.dtype
        if not text and case.single and mine != wanted and mine.kind == "f":
            cells.append(Cell("dtype", False, f"{name}: {mine} for {wanted}", True))
    return cells + conduct(seen)


def conduct(seen: Observation) -> list[Cell]:
    """What a function did besides returning something."""
    cells = []
    if seen.changed:
        names = ", ".join(seen.changed)
        cells.append(Cell("arguments", False, f"it changed its argument {names}"))
    elif not seen.again:
        cells.append(Cell("second call", False, "a second call gave something else"))
    if seen.random:
        cells.append(Cell("random", False, "it used the global random state", True))
    return cells


def difference(right: Array, mine: Array, bound: float) -> str:
    """In words how an array differs from the right one; nothing where it does not."""
    if mine.shape != right.shape:
        return f"shape {mine.shape}, expected {right.shape}"
    wrong = off(mine, right, bound)
    if not wrong.any():
        return ""
    if mine.ndim == 0:
        return f"{mine:.6g}, expected {right:.6g}"
    with np.errstate(all="ignore"):
        most = np.max(np.abs(np.where(wrong, mine - right, 0)))
    return f"{wrong.sum()} of {right.size} numbers wrong, by up to {most:.2g}"


REMARKS = ("dtype", "random")  # outputs of cells that never make a function wrong
