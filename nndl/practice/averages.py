"""The dx of a batch normalization with the running averages in place of the batch's statistics.

A forward pass that puts the running mean and variance into its cache gives the right out, and
with the x_hat of the cache dgamma and dbeta are right, too. dx is computed here with these numbers,
in the ways in which it is written.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from nndl.internal.types import Array
from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, Place
from nndl.practice.comparing import bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.groupings import AXES, eps_of, own
from nndl.practice.plays import upstream
from nndl.practice.watching import Observation

# Which of the two statistics are running averages, and what they are called then.
SERVING = {(True, True): "mean and variance", (False, True): "variance", (True, False): "mean"}
FORMULAS = ("short", "through both", "with x_hat")
CLUE = (
    "The batch was normalized with its own statistics: dx needs these. The running averages are for"
    " the test alone, and stay out of the cache."
)


def with_running(
    exercise: Exercise, case: Case, running: tuple[bool, bool], formula: str
) -> dict[str, Array]:
    """dx and dgamma, if the mean, the variance or both are those for the test."""
    arrays = (case.arguments["x"], case.arguments["gamma"], upstream(exercise, case))
    x, gamma, dout = (np.asarray(array, np.float64) for array in arrays)
    axes, shape = AXES[own(exercise)], (1, -1, *[1] * (x.ndim - 2))
    param, eps = case.arguments["bn_param"], eps_of(case)
    momentum, right = param.get("momentum", 0.9), (x.mean(axis=axes), x.var(axis=axes))
    statistics: list[Array] = []
    for name, new, is_running in zip(("mean", "var"), right, running, strict=True):
        old = param.get(f"running_{name}", 0.0)
        kept = momentum * old + (1 - momentum) * new if is_running else new
        statistics.append(kept.reshape(shape))

    def share(array: Array) -> Array:
        return array.mean(axis=axes, keepdims=True)

    centered, sigma = x - statistics[0], np.sqrt(statistics[1] + eps)
    y = centered / sigma
    if formula == "with x_hat":
        y = (x - right[0].reshape(shape)) / np.sqrt(right[1].reshape(shape) + eps)
    dx_hat = gamma.reshape(shape) * dout
    dcentered = (dx_hat - y * share(dx_hat * y)) / sigma
    dx = dcentered - share(dcentered if formula == "through both" else dx_hat / sigma)
    return {"dx": dx, "dgamma": (dout * centered / sigma).sum(axis=axes)}


def by_running(
    exercise: Exercise, seen: Sequence[Observation], wrong: frozenset[Place]
) -> list[Candidate]:
    """That running averages serve as the batch's statistics, where dx is so on all cases."""
    of_batch = "batchnorm" in exercise.name and exercise.outputs == ("dx", "dgamma", "dbeta")
    if not of_batch or not any(output == "dx" for _, output in wrong):
        return []
    for running, formula in product(SERVING, FORMULAS):
        if not all(same_as(exercise, seen, running, formula, "dx")):
            continue
        outputs = {"dx"}
        if all(same_as(exercise, seen, running, formula, "dgamma")):
            outputs.add("dgamma")
        places = frozenset(place for place in wrong if place[1] in outputs)
        averages = "averages serve" if all(running) else "average serves"
        title = f"The running {averages} as the batch's {SERVING[running]}"
        made = Mistake("running-for-batch", "", "", "", title, CLUE, "", exercise.read)
        return [Candidate((made,), tuple(seen), places)]
    return []


def same_as(
    exercise: Exercise,
    seen: Sequence[Observation],
    running: tuple[bool, bool],
    formula: str,
    name: str,
) -> Iterator[bool]:
    """Of each case, whether an output is what these statistics give."""
    for (case, right), one in zip(expectations(exercise), seen, strict=False):
        mine = one.values.get(name)
        if mine is None or mine.shape != right.values[name].shape:
            yield False
            return
        yield close(mine, with_running(exercise, case, running, formula)[name], bound_of(case))
