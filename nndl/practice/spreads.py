"""What the out of a batch normalization is made of, whatever mistakes are in it together.

Over the numbers of a feature, out is a multiple of x and a constant. The multiple has to be
gamma / sigma; the constant tells which mean was subtracted, and whether beta was added. So in
training and in the test, each by itself, it is said what of the two is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, Place
from nndl.practice.comparing import DOUBLE, bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.factors import factor
from nndl.practice.terms import LOOSE, SMALL, eps_of, ordered, own
from nndl.practice.terms_of_sums import in_words, mistake
from nndl.practice.watching import Observation

FEWEST = 4  # features whose line is known


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


def lines(exercise: Exercise, case: Case, out: np.ndarray, power: int = 1) -> Iterator[Line] | None:
    """The lines of a case, for a power of the variance; None where out is no such thing."""
    x, param = case.arguments["x"].astype(np.float64), case.arguments["bn_param"]
    grouping, found = own(exercise), []
    rows, outs = (ordered(grouping, a.astype(np.float64), 1) for a in (x, out))
    test = param["mode"] == "test"
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


def spreads(
    exercise: Exercise, seen: Sequence[Observation], wrong: frozenset[Place]
) -> list[Candidate]:
    """What is wrong with the parts of out, in training and in the test, as candidates."""
    if exercise.outputs != ("out", "running_mean", "running_var"):
        return []
    found = []
    for mode, called in (("train", "in training"), ("test", "in the test")):
        cases = [k for k, (case, _) in enumerate(expectations(exercise))
                 if case.arguments["bn_param"]["mode"] == mode]  # fmt: skip
        places = frozenset(place for place in wrong if place[1] == "out" and place[0] in cases)
        made = of_out(exercise, seen, cases, called) if places else []
        if made:
            found.append(Candidate(tuple(made), tuple(seen), places))
    return found


def of_out(
    exercise: Exercise, seen: Sequence[Observation], cases: Sequence[int], called: str
) -> list[Mistake]:
    """What is wrong with out in one mode."""
    for loose, power in ((False, 1), (False, 2), (True, 1)):
        found = lines_of(exercise, seen, cases, loose, power)
        if found is None:
            return []
        if len(found) < FEWEST:
            continue
        made = named(exercise, found, LOOSE if loose else 10 * DOUBLE, called)
        if made is None:
            continue
        if power == 2:
            made.insert(0, mistake(exercise, "ways-squared", SQUARED.format(called), SQUARE))
        if loose and not inside_root(exercise, seen, cases):
            besides = "Besides, eps" if made else "eps"
            made.append(
                mistake(
                    exercise,
                    "ways-eps",
                    f"{besides} is forgotten, or outside the root, {called}",
                    "Where eps is small out is right but for that; where it is large it is not.",
                )
            )
        return made
    return []


SQUARED = "The variance is squared before eps is added to it, {}"
SQUARE = "Of a standard deviation that would be the variance; of a variance it is its square."


def lines_of(
    exercise: Exercise, seen: Sequence[Observation], cases: Sequence[int], loose: bool, power: int
) -> list[Line] | None:
    """The lines of all cases, with ``loose`` of those of small eps; None where out has none."""
    found: list[Line] = []
    for k in cases:
        case, right = expectations(exercise)[k]
        out = seen[k].values.get("out") if k < len(seen) else None
        if case.single or (loose and eps_of(case) > SMALL):
            continue
        if out is None or out.shape != right.values["out"].shape:
            continue
        these = lines(exercise, case, out, power)
        if these is None:
            return None
        found += these
    return found


def inside_root(exercise: Exercise, seen: Sequence[Observation], cases: Sequence[int]) -> bool:
    """Whether out is right where a variance is 0: then eps is there, and inside of the root."""
    for k in cases:
        case, right = expectations(exercise)[k]
        param, out = case.arguments["bn_param"], seen[k].values.get("out")
        none = param["mode"] == "test" and not np.all(param["running_var"])
        if none and out is not None and close(out, right.values["out"], bound_of(case)):
            return True
    return False


def named(
    exercise: Exercise, found: Sequence[Line], bound: float, called: str
) -> list[Mistake] | None:
    """What is wrong with these lines; None where it cannot be said."""
    made = []
    ratio = np.array([line.multiple * line.sigma / line.gamma for line in found])
    part = factor(ratio, found, bound, ("gamma", "sigma", "n", "others"))
    if part is None:
        return None
    if part != {"": 1.0}:
        text, cause = in_words(exercise, part)
        made.append(
            mistake(
                exercise,
                "ways-factor",
                f"out spreads {text} times as far as it should, {called}",
                cause,
            )
        )
    beta = np.array([line.beta for line in found])
    at_mean = np.array([line.at_mean for line in found])
    at_zero = np.array([line.constant for line in found])
    for title, mine, due in (
        ("", at_mean, beta),
        (f"beta is missing, {called}", at_mean, 0 * beta),
        (f"beta is subtracted, {called}", at_mean, -beta),
        (f"The mean is not subtracted, {called}", at_zero, beta),
        (f"The mean is not subtracted, and beta is missing, {called}", at_zero, 0 * beta),
    ):
        if np.allclose(mine, due, rtol=0, atol=bound * 5):
            made += [mistake(exercise, "ways-middle", title, MIDDLE)] if title else []
            return made
    made.append(
        mistake(
            exercise, "ways-middle", f"Another number than the mean is subtracted, {called}", MIDDLE
        )
    )
    return made


MIDDLE = "Where x is its mean, x_hat is 0, and out has to be beta."
