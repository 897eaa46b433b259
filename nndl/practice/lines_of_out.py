"""The out of a batch normalization as lines: over a feature a multiple of x and a constant."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.groupings import eps_of, ordered, own
from nndl.practice.terms import SMALL


@dataclass(frozen=True)
class Line:
    """out of one feature as a multiple of x and a constant, and what belongs there."""

    n: int
    others: int
    gamma: float
    sigma: float
    beta: float
    mean: float
    multiple: float
    constant: float

    @property
    def at_mean(self) -> float:
        """What out is where x is the mean: beta."""
        return self.multiple * self.mean + self.constant


def lines(
    exercise: Exercise, case: Case, out: np.ndarray, power: int = 1, batch: bool = False
) -> Iterator[Line] | None:
    """The lines of a case, for a power of the variance; None where out is no such thing.

    With ``batch`` the test, too, has the mean and the variance of its batch.
    """
    x, param = case.arguments["x"].astype(np.float64), case.arguments["bn_param"]
    grouping, found = own(exercise), []
    rows, outs = (ordered(grouping, a.astype(np.float64), 1) for a in (x, out))
    test = param["mode"] == "test" and not batch
    for k, (r, o) in enumerate(zip(rows, outs, strict=True)):
        if r.size < 3 or r.var() < 100 * SMALL:
            continue
        mean = param["running_mean"][k] if test else r.mean()
        var = param["running_var"][k] if test else r.var()
        sigma = np.sqrt(var**power + eps_of(case))
        (multiple, constant), *_ = np.linalg.lstsq(
            np.stack([r, np.ones(r.size)], axis=1), o, rcond=None
        )
        if np.abs(multiple * r + constant - o).max() > 1e-6 * max(1.0, np.abs(o).max()):
            return None
        gamma, beta = (float(case.arguments[name][k]) for name in ("gamma", "beta"))
        found.append(Line(r.size, len(rows), gamma, sigma, beta, mean, multiple, constant))
    return iter(found)
