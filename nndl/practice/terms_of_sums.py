"""Factors in words, and what is wrong with dgamma and dbeta of a normalization: see ``terms``."""

from collections.abc import Iterator, Sequence

import numpy as np

from nndl.mistakes import Mistake
from nndl.practice.comparing import DOUBLE, bound_of, close, expectations
from nndl.practice.exercises import Exercise
from nndl.practice.factors import factor
from nndl.practice.groupings import eps_of, own
from nndl.practice.plays import upstream
from nndl.practice.terms import LOOSE, SMALL, Group, groups_of
from nndl.practice.watching import Observation

# What the numbers are called that share a mean, and how many means there are.
CALLED = {
    "column": ("N", "D"), "row": ("D", "N"), "channel": ("N H W", "C"),
    "group": ("the size of a group", "N G"),
}  # fmt: skip
EPS = "Where eps is small dx is right; where it is large it is not."


def mistake(exercise: Exercise, id: str, title: str, cause: str) -> Mistake:
    """One that no line of the book's function has."""
    return Mistake(id, "", "", "", title, cause, "", exercise.read)


def in_words(exercise: Exercise, part: dict[str, float]) -> tuple[str, str]:
    """A factor as a formula, and what it may come from."""
    n, others = CALLED[own(exercise)]
    names = {"sigma": "sigma", "n": n, "others": others, "gamma": "gamma"}
    above = [power(names[k], p) for k, p in part.items() if k and p > 0]
    below = [power(names[k], -p) for k, p in part.items() if k and p < 0]
    number, said = part[""], []
    if abs(number) != 1 or not above:
        above.insert(0, f"{abs(number):g}")
    top = " ".join(above)
    bottom = f"({' '.join(below)})" if len(below) > 1 else "".join(below)
    text = ("minus " if number < 0 else "") + (f"{top} / {bottom}" if below else top)
    if number < 0:
        said.append("A sign is turned.")
    if abs(number) != 1:
        said.append("A factor of 2 is missing, or too much.")
    if part.get("n", 0) * part.get("others", 0) < 0:
        counts = (others, n) if part["n"] > 0 else (n, others)
        said.append(f"{counts[0]} seems to stand where {counts[1]} belongs.")
    elif "n" in part:
        said.append(f"{n} is {'not divided by' if part['n'] > 0 else 'divided by twice'}.")
    if "sigma" in part:
        said.append("sigma has another power: it divides or multiplies too often or too seldom.")
    if "gamma" in part:
        said.append(f"gamma is {'there twice' if part['gamma'] > 0 else 'missing'}.")
    return text, " ".join(said)


OF_X = "out is gamma x_hat + beta: gamma multiplies what is centered and divided by sigma already."


def of_x(exercise: Exercise, k: int, one: Observation) -> bool:
    """Whether dgamma is the sum of dout times x."""
    case, _ = expectations(exercise)[k]
    x, got = case.arguments["x"], one.values.get("dgamma")
    others = tuple(axis for axis in range(x.ndim) if axis != 1)
    made = np.sum(upstream(exercise, case) * x, axis=others)
    return got is not None and got.size == made.size and close(got.ravel(), made, bound_of(case))


def power(name: str, exponent: float) -> str:
    """A name with its power."""
    return name if exponent == 1 else f"{name}^{exponent:g}"


def of_sum(exercise: Exercise, seen: Sequence[Observation], name: str) -> Iterator[Mistake]:
    """What is wrong with dgamma or dbeta: of x, not added up, a factor, eps."""
    if name == "dgamma" and all(of_x(exercise, k, one) for k, one in enumerate(seen)):
        title = "dgamma takes x where x_hat belongs"
        yield mistake(exercise, "ways-of-x", title, OF_X)
        return
    for loose in (False, True):
        bound = LOOSE if loose else 10 * DOUBLE
        ratios, groups, unsummed = ratios_of_sum(exercise, seen, name, loose)
        if ratios is None:
            continue
        part = factor(ratios, groups, bound, ("sigma", "n", "gamma"))
        if not part or part[""] == 0:
            continue
        if unsummed:
            yield mistake(
                exercise,
                "ways-unsummed",
                f"{name} is not added up",
                f"Every example has its share in {name}: it is their sum.",
            )
        if part != {"": 1.0}:
            text, cause = in_words(exercise, part)
            yield mistake(exercise, "ways-factor", f"{name} is {text} times what it should be",
                          cause)  # fmt: skip
        if loose:
            besides = "Besides, eps" if unsummed or part != {"": 1.0} else "eps"
            title = f"{besides} is forgotten, or outside the root, where {name} is computed"
            yield mistake(exercise, "ways-eps", title, EPS.replace("dx", name))
        return


def ratios_of_sum(
    exercise: Exercise, seen: Sequence[Observation], name: str, loose: bool
) -> tuple[np.ndarray | None, list[Group], bool]:
    """How many times too large each number of it is, and whether it is still to be added up."""
    grouping, groups, unsummed = own(exercise), [], False
    found: list[float] = []
    for (case, expected), one in zip(expectations(exercise), seen, strict=False):
        right, got = expected.values[name].ravel(), one.values.get(name)
        if got is None or case.single or (loose and eps_of(case) > SMALL):
            continue
        got = got.astype(np.float64)
        if got.size != right.size:
            if got.ndim < 2 or got.shape[-1] != right.size:
                return None, [], False
            got, unsummed = got.reshape(-1, right.size).sum(axis=0), True
        for group in groups_of(exercise, case, expected.values["dx"], grouping):
            if grouping in ("column", "channel") and abs(right[group.k]) > 1e-3:
                found.append(got.ravel()[group.k] / right[group.k])
                groups.append(group)
    return (np.array(found) if len(found) > 5 else None), groups, unsummed
