"""Which numbers share a mean in a normalization, in its own way and in others."""

from collections.abc import Callable, Sequence

import numpy as np

from nndl.internal.types import Array
from nndl.practice.comparing import bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.plays import upstream
from nndl.practice.watching import Observation

# Which axes share a mean: of rows of features, and of maps.
AXES = {
    "column": (0,), "row": (1,), "array": (0, 1),
    "channel": (0, 2, 3), "image": (1, 2, 3), "map": (2, 3), "pixel": (0,), "place": (1,),
    "line": (3,), "post": (2,), "batch": (0, 1, 2, 3), "group": (),
}  # fmt: skip
TWO = ("column", "row", "array")
FOUR = tuple(name for name in AXES if name not in TWO)
# Of maps in G groups, a row for each mean.
OF_GROUPS: dict[str, Callable[[Array, int], Array]] = {
    "group": lambda a, G: a.reshape(len(a) * G, -1),
    "across": lambda a, G: a.reshape(len(a) * G, -1).T,
    "over-images": lambda a, G: a.reshape(len(a), G, -1).transpose(1, 0, 2).reshape(G, -1),
    "running-on": lambda a, G: a.reshape(G, -1),
    "of-size-g": lambda a, G: a.reshape(len(a) * (a.shape[1] // G), -1),
    "g-apart": lambda a, G: (
        a.reshape(len(a), -1, G, *a.shape[2:]).transpose(0, 2, 1, 3, 4).reshape(len(a) * G, -1)
    ),
    "g-last": lambda a, G: a.reshape(len(a), -1, G).transpose(0, 2, 1).reshape(len(a) * G, -1),
}


def own(exercise: Exercise) -> str:
    """The grouping of an exercise: see ``AXES``."""
    if "group" in exercise.name:
        return "group"
    return (
        "row" if "layer" in exercise.name else "channel" if "spatial" in exercise.name else "column"
    )


def others_of(exercise: Exercise) -> tuple[str, ...]:
    """The groupings in which an exercise may be written by mistake."""
    mine = own(exercise)
    every = TWO if mine in TWO else (*FOUR, *OF_GROUPS) if mine == "group" else FOUR
    return tuple(name for name in dict.fromkeys(every) if name != mine)


def ordered(grouping: str, array: Array, groups: int) -> Array:
    """An array, a row for each mean."""
    if grouping in OF_GROUPS:
        return OF_GROUPS[grouping](array, groups)
    axes = AXES[grouping]
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    size = int(np.prod([array.shape[axis] for axis in kept]))
    return array.transpose(*kept, *axes).reshape(size, -1)


def eps_of(case: Case) -> float:
    """The eps that is asked for."""
    return next(v for k, v in case.arguments.items() if k.endswith("_param")).get("eps", 1e-5)


def hat_of(case: Case, grouping: str, inside: float, outside: float = 0.0) -> Array:
    """x_hat of a case, in float64, with what is added to the variance, and to its root."""
    x, G = np.asarray(case.arguments["x"], np.float64), case.arguments.get("G", 1)
    at = ordered(grouping, np.arange(x.size).reshape(x.shape), G)
    rows = x.ravel()[at]
    centered = rows - rows.mean(axis=1, keepdims=True)
    hat = np.empty(x.size)
    with np.errstate(all="ignore"):
        root = np.sqrt(np.mean(centered**2, axis=1, keepdims=True) + inside)
        hat[at] = centered / (root + outside)
    return hat.reshape(x.shape)


def dgamma_in(exercise: Exercise, seen: Sequence[Observation], grouping: str) -> bool:
    """Whether dgamma is, on all cases, what it is with an x_hat in a grouping."""
    for (case, right), one in zip(expectations(exercise), seen, strict=False):
        mine, hat = one.values.get("dgamma"), hat_of(case, grouping, eps_of(case))
        others = tuple(axis for axis in range(hat.ndim) if axis != 1)
        made = np.sum(upstream(exercise, case) * hat, axis=others)
        if mine is None or mine.shape != right.values["dgamma"].shape:
            return False
        if not close(mine, made.reshape(mine.shape), bound_of(case)):
            return False
    return True
