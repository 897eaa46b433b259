"""What was seen of a reader's function, beside what the mistakes of the catalogue do."""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from nndl.practice.candidates import Candidate, Place, off, runs
from nndl.practice.comparing import REMARKS, bound_of, expectations
from nndl.practice.exercises import Exercise
from nndl.practice.likeness import alike
from nndl.practice.watching import Observation, Raised

SIZES = ("ValueError", "IndexError")  # exceptions that say that sizes do not fit
PAIRS = 400  # tried at most; nearly all of them end at their first case
FEWER = 100  # where a mistake is planted in the whole package, which takes its time


@dataclass
class Evidence:
    """What was seen of a reader's function, and what of each candidate agrees with it."""

    exercise: Exercise
    seen: Sequence[Observation]
    wrong: frozenset[Place]
    told: frozenset[int] = frozenset()  # cases that are not looked at

    @property
    def comes(self) -> bool:
        """Whether numbers come back on a case that is wrong, by which causes can be told apart."""
        return any(not self.seen[k].raised for k, _ in self.wrong)

    def agreeing(self, candidate: Candidate) -> frozenset[Place]:
        """The wrong cells in which the candidate did the same."""
        bounds = [bound_of(case) for case, _ in expectations(self.exercise)]
        return frozenset(
            (k, output)
            for k, output in self.wrong & candidate.wrong
            if alike(self.seen[k], candidate.seen[k], output, bounds[k])
        )

    def comparable(self, candidate: Candidate) -> bool:
        """Whether arrays of one shape come back wherever both are wrong, or exceptions."""
        both = [(self.seen[k], candidate.seen[k], o) for k, o in self.wrong & candidate.wrong]
        for mine, theirs, output in both:
            a, b = mine.values.get(output), theirs.values.get(output)
            if a is None or b is None:
                if not mine.raised or not (theirs.raised or on_purpose(mine.raised)):
                    return False
            elif np.shape(a) != np.shape(b):
                return False
        return True

    def same_ends(self, candidate: Candidate) -> int:
        """On how many cases the exceptions say the same to the letter."""
        pairs = [(self.seen[k].raised, candidate.seen[k].raised) for k in range(len(self.seen))]
        return sum(a is not None and b is not None and a.message == b.message for a, b in pairs)

    def ends_alike(self, candidate: Candidate) -> bool:
        """Whether the same calls end in an exception, or those that are refused are wrong there."""
        ends = {k: self.seen[k].raised for k, _ in self.wrong if self.seen[k].raised}
        sizes = all(r and (r.kind in SIZES or on_purpose(r)) for r in ends.values())
        return bool(ends) and sizes and all(
            candidate.seen[k].raised is not None or on_purpose(raised)
            for k, raised in ends.items()
        )  # fmt: skip

    def against(self, candidate: Candidate) -> frozenset[Place]:
        """The cells that the candidate would have wrong, and that are right."""
        run = range(len(self.seen))
        return frozenset((k, o) for k, o in candidate.wrong - self.wrong if k in run)

    def fits(self, *candidates: Candidate) -> bool:
        """Whether their mistakes, made at once, do exactly what was seen."""
        made = tuple(mistake for c in candidates for mistake in c.made)
        return self.exactly(lambda order: runs(self.exercise, made, order))

    def exactly(self, observed: Callable[[list[int]], Iterable[tuple[int, Observation]]]) -> bool:
        """Whether cases, looked at in the order that is asked for, show exactly what was seen."""
        run = set(range(len(self.seen))) - self.told
        off_at = {k for k, _ in self.wrong}
        cases = [case for case, _ in expectations(self.exercise)]
        first = sorted(run, key=lambda k: (k not in off_at, cases[k].size, k))
        looked = 0
        for k, one in observed(first):
            bound = bound_of(expectations(self.exercise)[k][0])
            wrong = {output for output in off(self.exercise, k, one) if output not in REMARKS}
            if wrong != {output for place, output in self.wrong if place == k}:
                return False
            if not all(alike(self.seen[k], one, output, bound) for output in wrong):
                return False
            looked += 1
        return looked == len(run)


def on_purpose(raised: Raised | None) -> bool:
    """Whether it is the reader's own refusal."""
    return raised is not None and raised.line.startswith(("raise ", "assert "))


def looked_at(candidate: Candidate, aside: bool, told: Set[int] = frozenset()) -> Candidate | None:
    """The candidate as far as numbers go, or, ``aside``, if it shows in nothing but the dtype."""
    numbers = frozenset(p for p in candidate.wrong if p[1] not in REMARKS and p[0] not in told)
    if aside:
        return None if numbers else candidate
    return replace(candidate, wrong=numbers) if numbers else None


def by_pairs(
    evidence: Evidence, found: Sequence[Candidate], free: Sequence[Candidate]
) -> Candidate | None:
    """Two mistakes at once that do exactly what was seen."""
    agreeing = {c: len(evidence.agreeing(c)) for c in found}
    inside = sorted(found, key=lambda c: (c not in free, -agreeing[c], -c.often))
    tried = 0
    for second, first in ((b, a) for k, b in enumerate(inside) for a in inside[:k]):
        if not first.wrong | second.wrong >= evidence.wrong or first.ids == second.ids:
            continue
        tried += 1
        if tried > (FEWER if evidence.exercise.helpers else PAIRS):
            break
        if evidence.fits(first, second):
            return Candidate((*first.made, *second.made), tuple(evidence.seen), evidence.wrong)
    return None
