"""A loss that cuts probabilities off, whatever the smallest one is and however it is written.

Where a probability has become 0 the loss says at which number it is cut: exp(-loss). Then it is
asked of every case whether such a number, below or added, gives what the reader has.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from nndl.internal.types import Array
from nndl.mistakes import load
from nndl.practice.candidates import Candidate
from nndl.practice.comparing import bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.watching import Observation

WAYS: tuple[tuple[str, Callable[[Array, float], Array]], ...] = (
    ("{0:.3g} stands for what is smaller", lambda p, eps: np.maximum(p, eps)),
    ("{0:.3g} is added", lambda p, eps: p + eps),
    ("{0:.3g} and 1 - {0:.3g} are the limits", lambda p, eps: np.clip(p, eps, 1 - eps)),
    ("{0:.3g} stands for 0", lambda p, eps: np.where(p == 0, eps, p)),
    ("{0:.3g} is added, and is the least", lambda p, eps: np.clip(p + eps, eps, 1)),
)


def clipped(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """A candidate where the loss is that of probabilities which are cut off."""
    if exercise.name != "softmax_loss":
        return []
    known = [
        (k, case, float(one.values["loss"]))
        for k, ((case, _), one) in enumerate(zip(expectations(exercise), seen, strict=False))
        if "loss" in one.values and not one.values["loss"].ndim
    ]
    zeros = [(case, loss) for _, case, loss in known if (probabilities(case) == 0).any()]
    if len(known) < len(expectations(exercise)) or not zeros:
        return []
    case, loss = zeros[0]
    p = probabilities(case)
    rest = -np.sum(np.log(p[p > 0]))
    with np.errstate(over="ignore"):
        eps = float(np.exp((rest - loss * len(p)) / np.sum(p == 0)))
    wrong = {
        (k, "loss")
        for k, case, _ in known
        if not close(
            seen[k].values["loss"], expectations(exercise)[k][1].values["loss"], bound_of(case)
        )
    }
    for words, cut in WAYS:
        if not 0 < eps < 1e-2:
            break
        if any(differs(case, loss, cut(probabilities(case), eps)) for _, case, loss in known):
            continue
        known_as = load()["softmax-loss-clipped"]
        made = replace(known_as, cause=f"{known_as.cause} Here {words.format(eps)}.")
        return [Candidate((made,), tuple(seen), frozenset(wrong))]
    return []


def probabilities(case: Case) -> Array:
    """Those of the right classes."""
    x, y = case.arguments["x"].astype(np.float64), case.arguments["y"]
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers[np.arange(len(x)), y] / powers.sum(axis=1)


def differs(case: Case, loss: float, p: Array) -> bool:
    """Whether the loss of these probabilities is another one."""
    with np.errstate(all="ignore"):
        due = -np.mean(np.log(p))
    return not (np.isfinite(due) and abs(due - loss) <= 10 * bound_of(case) * max(1.0, abs(due)))
