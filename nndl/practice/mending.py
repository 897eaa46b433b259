"""Whether a normalization's backward pass is right but for the x_hat in its forward pass's cache.

The reader's forward pass may normalize by another root, or with other statistics, and keep that
x_hat. Where the backward pass is right as soon as the right x_hat stands in the cache, it is the
forward pass that has to be mended, and this pass is as it should be.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.causes import SURE, Cause
from nndl.practice.comparing import bound_of, close, compared, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.groupings import eps_of, hat_of, own
from nndl.practice.plays import Parts, observe

GRADIENTS = ("dx", "dgamma", "dbeta")  # of a normalization
TITLE = "{}, beside it, puts an x_hat {} into its cache"
UNKNOWN = "that is wrong"
CLUE = (
    "x_hat is x - mean, divided by the root of var + eps. With that one in the cache the way back"
    " is right: look for the line of the forward pass that makes the x_hat which it keeps."
)
MENDED = "; with the right x_hat in its cache, this pass is right"


def right_but_for_the_cache(
    exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any]
) -> str:
    """Of what kind the x_hat in the cache is, if the right one in its place makes all right."""
    if exercise.outputs != GRADIENTS:
        return ""
    put: set[str] = set()
    for case, right in expectations(exercise):
        if case.told:
            continue
        mended = Mended(exercise, case, forward)
        cells = compared(case, right, observe(exercise, case, Parts(function, mended)))
        if not all(cell.ok or cell.told for cell in cells):
            return ""
        put |= mended.put
    return put.pop() if len(put) == 1 else UNKNOWN if put else ""


class Mended:
    """A reader's forward pass with the right x_hat in its cache."""

    def __init__(self, exercise: Exercise, case: Case, forward: Callable[..., Any]) -> None:
        self.forward, self.put = forward, set[str]()  # the names of what was exchanged
        self.grouping, self.case = own(exercise), case

    def __call__(self, *arguments: Any) -> Any:
        returned = self.forward(*arguments)
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            return returned
        out, cache = returned
        eps = eps_of(self.case)
        right, given = hat_of(self.case, self.grouping, eps), self.case.arguments
        gamma, beta = (
            np.asarray(given[name], np.float64).reshape(1, -1, *[1] * (right.ndim - 2))
            for name in ("gamma", "beta")
        )
        with np.errstate(all="ignore"):
            own_hat = (np.asarray(out, np.float64) - beta) / gamma
        wrong = {
            "without eps": hat_of(self.case, self.grouping, 0.0),
            "with eps outside the root": hat_of(self.case, self.grouping, 0.0, eps),
            UNKNOWN: own_hat if own_hat.shape == right.shape else right,
        }
        return out, self.exchanged(cache, right, wrong)

    def exchanged(self, value: Any, right: Array, wrong: dict[str, Array]) -> Any:
        """A cache with the right array wherever a wrong one is, whatever it is made of."""
        if isinstance(value, dict):
            return {key: self.exchanged(one, right, wrong) for key, one in value.items()}
        if type(value) in (tuple, list):
            return type(value)(self.exchanged(one, right, wrong) for one in value)
        if not isinstance(value, np.ndarray) or value.size != right.size or value.ndim < 2:
            return value
        for turned in (False, True) if value.ndim == right.ndim == 2 else (False,):
            array = value.T if turned else value
            if turned and array.shape != right.shape:
                continue
            found = self.found(array.reshape(right.shape), right, wrong)
            if found:
                self.put.add(found)
                made = right.T if turned else right
                return made.reshape(value.shape).astype(value.dtype)
        return value

    def found(self, array: Array, right: Array, wrong: dict[str, Array]) -> str:
        """The name of the wrong x_hat that an array is, or nothing."""
        bound = bound_of(self.case)
        if close(array, right, bound):
            return ""
        return next((name for name, one in wrong.items() if close(array, one, bound)), "")


def cached_hat(forward_name: str, kind: str) -> Cause:
    """What to say where nothing is known of the forward pass but that."""
    title = TITLE.format(forward_name, kind)
    why = f"it is so on all cases that are wrong{MENDED}"
    return Cause("cached-hat", SURE, why, title=title, cause=CLUE, of=forward_name)
