"""What the dx of a normalization is made of, whatever mistakes are in it together.

x reaches out by three ways: by itself, by the mean and by the variance. Over the numbers that share
a mean, each leaves another trace: a multiple of dx_hat, a constant, a multiple of x - mean. So a
wrong dx is fitted by these three, and what each way has too much or too little is named: it is
missing, or off by powers of sigma, of the number of numbers, of gamma.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from nndl.internal.types import Array
from nndl.practice.comparing import DOUBLE, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.factors import factor
from nndl.practice.groupings import eps_of, ordered, others_of, own
from nndl.practice.plays import upstream
from nndl.practice.watching import Observation

LOOSE = 2e-3  # where eps is small, and may be forgotten or elsewhere
SMALL = 1e-4  # such an eps
NOTHING = 1e-9  # what a way gives that has nothing to give
FEWEST = 3  # numbers that share a mean, to tell three traces apart


@dataclass(frozen=True)
class Group:
    """Numbers that share a mean, and what the three ways have to give there."""

    k: int  # which one of its case
    n: int  # numbers that share a mean
    others: int  # as many means are there
    gamma: float  # that of all of them; NaN where each has its own
    sigma: float
    centered: Array
    dx_hat: Array
    dx: Array  # the reader's

    @property
    def due(self) -> tuple[float, float, float]:
        """The right multiples of dx_hat, of 1 and of x - mean."""
        mean, slope = np.mean(self.dx_hat), np.mean(self.dx_hat * self.centered)
        return 1 / self.sigma, -mean / self.sigma, -slope / self.sigma**3


def groups_of(exercise: Exercise, case: Case, dx: Array | None, grouping: str) -> Iterator[Group]:
    """The groups of one case whose numbers differ, where dx came in its shape."""
    x, gamma = (np.asarray(case.arguments[k], np.float64) for k in ("x", "gamma"))
    if dx is None or dx.shape != x.shape:
        return
    dout = upstream(exercise, case).astype(np.float64)
    gamma = np.broadcast_to(gamma.reshape(1, -1, *[1] * (x.ndim - 2)), x.shape)
    G = case.arguments.get("G", 1)
    rows, gammas, douts, mine = (
        ordered(grouping, a, G) for a in (x, gamma, dout, dx.astype(np.float64))
    )
    eps = eps_of(case)
    for k, (r, g, d, m) in enumerate(zip(rows, gammas, douts, mine, strict=True)):
        if r.size < FEWEST or r.var() < 100 * min(eps, SMALL):
            continue
        one = g[0] if np.ptp(g) == 0 else np.nan
        made = Group(k, r.size, len(rows), one, np.sqrt(r.var() + eps), r - r.mean(), g * d, m)
        if np.abs(made.due).min() > NOTHING:  # else a way is 0, and nothing is seen of it
            yield made


def fitted(group: Group, dx: Array) -> tuple[Array, float]:
    """The three multiples of which dx is made, and what is left relative to it."""
    basis = np.stack([group.dx_hat, np.ones(group.n), group.centered], axis=1)
    found = np.linalg.lstsq(basis, dx, rcond=None)[0]
    rest = np.abs(basis @ found - dx).max() / max(np.abs(dx).max(), 1e-12)
    return found, rest if group.n > FEWEST else 0.0


def ratios(groups: Sequence[Group], powers: int, bound: float) -> Array | None:
    """How much of each way is there, a row for each group; None where dx is something else."""
    found = []
    for group in groups:
        with np.errstate(all="ignore"):
            multiples, rest = fitted(group, group.dx / group.dx_hat**powers)
        if not rest <= bound:
            return None
        found.append(multiples / np.array(group.due))
    return np.array(found)


def usable(
    exercise: Exercise, seen: Sequence[Observation], loose: bool, grouping: str
) -> list[Group]:
    """The groups by which dx is judged: with ``loose``, those of small eps alone."""
    groups: list[Group] = []
    for (case, _), one in zip(expectations(exercise), seen, strict=False):
        if not case.single and (not loose or eps_of(case) <= SMALL):
            groups += groups_of(exercise, case, one.values.get("dx"), grouping)
    return groups


@dataclass(frozen=True)
class Parts:
    """What dx is made of."""

    ways: tuple[dict[str, float] | None, ...]  # a factor for each way, of which 0 is a number
    powers: int  # of dx_hat, by which the whole is multiplied besides
    eps: bool  # whether that is so up to eps alone
    grouping: str  # what shares a mean

    @property
    def whole(self) -> bool:
        """Whether it is the right one."""
        return not self.powers and all(way == {"": 1.0} for way in self.ways)


def taken_apart(exercise: Exercise, seen: Sequence[Observation]) -> Parts | None:
    """What dx is made of; None where it is not made of the three ways, in no grouping."""
    mine = own(exercise)
    found = in_grouping(exercise, seen, mine)
    if found:
        return found
    for grouping in others_of(exercise):
        found = in_grouping(exercise, seen, grouping)
        if found and all(found.ways) and found.whole:
            return found
    return None


def in_grouping(exercise: Exercise, seen: Sequence[Observation], grouping: str) -> Parts | None:
    """The same, if just these numbers share a mean."""
    best = None
    for loose, powers in product((False, True), (0, 1, -1)):
        groups, bound = usable(exercise, seen, loose, grouping), LOOSE if loose else 10 * DOUBLE
        if sum(g.n > FEWEST for g in groups) < 2:
            continue
        found = ratios(groups, powers, bound)
        if found is None:
            continue
        named = tuple(
            {"": 0.0} if np.abs(way).max() < bound else factor(way, groups, 5 * bound)
            for way in found.T
        )
        parts = Parts(named, powers, loose, grouping)
        if all(named):
            return parts
        best = best or (parts if any(named) and not powers else None)
    return best
