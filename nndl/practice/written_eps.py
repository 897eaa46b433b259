"""A normalization's gradients with an eps that is written as a number, and where they are 0 / 0.

The right gradients are computed with other numbers for eps, in the spread that dx is divided by, in
x_hat, or in both: a reader may take x_hat from the cache, with the eps that was asked for.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from nndl.internal.types import Array
from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, Place
from nndl.practice.comparing import bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.groupings import AXES, eps_of, own
from nndl.practice.plays import upstream
from nndl.practice.watching import Observation

NUMBERS = (1e-5, 1e-8, 1e-3, 1e-6, 1e-7, 1e-4, 1e-10, 1e-12)
WRITTEN = (
    "The parameters have another eps. The way back needs the one that the forward pass added: put"
    " it into the cache."
)
AT_MEAN = (
    "Something is divided by x - mean there, which is 0 / 0. 1 / sigma needs no x: it comes from"
    " the variance."
)
Came = tuple[int, Case, Array, Array | None]


def viewed(exercise: Exercise, case: Case, array: Array) -> tuple[Array, tuple[int, ...]]:
    """An array, and the axes over which a mean is taken."""
    grouping = own(exercise)
    if grouping != "group":
        return array, AXES[grouping]
    N, C, *size = array.shape
    G = case.arguments["G"]
    return array.reshape(N, G, C // G, *size), (2, 3, 4)


def with_eps(exercise: Exercise, case: Case, eps_hat: float, eps: float) -> dict[str, Array]:
    """dx and dgamma with one eps in x_hat, and another in what dx is divided by."""
    arrays = (case.arguments["x"], case.arguments["gamma"], upstream(exercise, case))
    x, gamma, dout = (np.asarray(array, np.float64) for array in arrays)
    gamma = gamma.reshape(1, -1, *[1] * (x.ndim - 2))
    view, axes = viewed(exercise, case, x)
    dx_hat = (gamma * dout).reshape(view.shape)

    def mean(array: Array) -> Array:
        return array.mean(axis=axes, keepdims=True)

    centered = view - mean(view)
    var = mean(centered**2)
    y = centered / np.sqrt(var + eps_hat)
    dx = (dx_hat - mean(dx_hat) - y * mean(dx_hat * y)) / np.sqrt(var + eps)
    others = tuple(axis for axis in range(x.ndim) if axis != 1)
    return {"dx": dx.reshape(x.shape), "dgamma": (dout * y.reshape(x.shape)).sum(axis=others)}


def written_eps(
    exercise: Exercise, seen: Sequence[Observation], wrong: frozenset[Place]
) -> list[Candidate]:
    """What holds of a normalization's gradients on all cases, as candidates."""
    if exercise.outputs != ("dx", "dgamma", "dbeta"):
        return []
    found = []
    for number in NUMBERS:
        outputs = [
            name for name in ("dx", "dgamma") if made_with(exercise, seen, wrong, name, number)
        ]
        places = frozenset(place for place in wrong if place[1] in outputs)
        if places:
            title = f"eps is written as the number {number:g} on the way back"
            made = Mistake("eps-written", "", "", "", title, WRITTEN, "", exercise.read)
            found.append(Candidate((made,), tuple(seen), places))
    if places := frozenset(nan_at_mean(exercise, seen)):
        title = "dx is not a number where x equals its mean"
        made = Mistake("nan-at-mean", "", "", "", title, AT_MEAN, "", exercise.read)
        found.append(Candidate((made,), tuple(seen), places))
    return found


def came(exercise: Exercise, seen: Sequence[Observation], name: str) -> Iterator[Came]:
    """A case's number, the case, the right output and the reader's."""
    for k, (case, right) in enumerate(expectations(exercise)[: len(seen)]):
        if not case.told:
            yield k, case, right.values[name], seen[k].values.get(name)


def made_with(
    exercise: Exercise,
    seen: Sequence[Observation],
    wrong: frozenset[Place],
    name: str,
    number: float,
) -> bool:
    """Whether an output is wrong, and on every case what this number for eps gives."""
    if not any(output == name for _, output in wrong):
        return False
    ways = ((True, True),) if name == "dgamma" else ((True, True), (False, True), (True, False))
    return any(all(fits(exercise, one, name, number, way) for one in came(exercise, seen, name))
               for way in ways)  # fmt: skip


def fits(exercise: Exercise, one: Came, name: str, number: float, way: tuple[bool, bool]) -> bool:
    """Whether an output is what this number gives in x_hat, or below dx, or in both."""
    _, case, right, mine = one
    if mine is None or mine.shape != right.shape:
        return False
    in_hat, below = (number if written else eps_of(case) for written in way)
    made = with_eps(exercise, case, in_hat, below)[name].reshape(right.shape)
    return close(mine, made, bound_of(case))


def nan_at_mean(exercise: Exercise, seen: Sequence[Observation]) -> Iterator[Place]:
    """The cells of dx that are no numbers exactly where an x equals its mean."""
    found = []
    for k, case, right, mine in came(exercise, seen, "dx"):
        if mine is None or mine.shape != right.shape:
            return
        view, axes = viewed(exercise, case, case.arguments["x"])
        at = view == view.mean(axis=axes, keepdims=True)
        reached = np.broadcast_to(at.any(axis=axes, keepdims=True), at.shape)
        none = np.isnan(mine).reshape(view.shape)
        if (none & ~reached).any() or (at & ~none).any():
            return
        if not close(np.where(np.isnan(mine), right, mine), right, bound_of(case)):
            return
        if none.any():
            found.append((k, "dx"))
    yield from found
