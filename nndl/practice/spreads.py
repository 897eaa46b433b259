"""What the out of a batch normalization is made of, whatever mistakes are in it together.

Over the numbers of a feature, out is a multiple of x and a constant. The multiple has to be
gamma / sigma; the constant tells which mean was subtracted, and whether beta was added. So in
training and in the test, each by itself, it is said what of the two is wrong.
"""

from collections.abc import Sequence

import numpy as np

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, Place
from nndl.practice.comparing import DOUBLE, bound_of, close, expectations
from nndl.practice.exercises import Exercise
from nndl.practice.factors import factor
from nndl.practice.groupings import eps_of
from nndl.practice.lines_of_out import Line, lines
from nndl.practice.terms import LOOSE, SMALL
from nndl.practice.terms_of_sums import in_words, mistake
from nndl.practice.watching import Observation

FEWEST = 4  # features whose line is known


def spreads(
    exercise: Exercise, seen: Sequence[Observation], wrong: frozenset[Place]
) -> list[Candidate]:
    """What is wrong with the parts of out, in training and in the test, as candidates."""
    if exercise.outputs != ("out", "running_mean", "running_var"):
        return []
    found = []
    for mode, called in (("train", "in training"), ("test", "in the test")):
        cases = [k for k, (case, _) in enumerate(expectations(exercise))
                 if case.arguments["bn_param"]["mode"] == mode and not case.told]  # fmt: skip
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
    return of_own_batch(exercise, seen, cases, called)


def of_own_batch(
    exercise: Exercise, seen: Sequence[Observation], cases: Sequence[int], called: str
) -> list[Mistake]:
    """What is wrong with out in the test, if its mean and variance are those of its batch."""
    if not all(expectations(exercise)[k][0].arguments["bn_param"]["mode"] == "test" for k in cases):
        return []
    found = lines_of(exercise, seen, cases, False, 1, batch=True)
    if found is None or len(found) < FEWEST:
        return []
    made = named(exercise, found, 10 * DOUBLE, called)
    title = f"The batch's own mean and variance are taken, {called}"
    first = mistake(exercise, "ways-of-batch", title, BATCH)
    return [] if made is None else [first, *made]


BATCH = (
    "What the test gives of an example is not to depend on the others beside it: it takes"
    " running_mean and running_var."
)
SQUARED = "The variance is squared before eps is added to it, {}"
SQUARE = "Of a standard deviation that would be the variance; of a variance it is its square."


def lines_of(
    exercise: Exercise,
    seen: Sequence[Observation],
    cases: Sequence[int],
    loose: bool,
    power: int,
    batch: bool = False,
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
        these = lines(exercise, case, out, power, batch)
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
