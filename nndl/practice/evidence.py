"""What was seen of a reader's function, beside what the mistakes of the catalogue do."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nndl.practice.candidates import Attempt, Candidate, Place, off, runs, together
from nndl.practice.comparing import REMARKS, bound_of, expectations
from nndl.practice.exercises import Exercise
from nndl.practice.likeness import alike
from nndl.practice.separating import spread
from nndl.practice.watching import Observation, Raised

SIZES = ("ValueError", "IndexError")  # exceptions that say that sizes do not fit
SHAPES_MEET = "operands could not be broadcast together"  # and then the shapes
SOON = 2  # cases that are looked at first, since they are small
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

    @cached_property
    def probes(self) -> list[int]:
        """The wrong cases on which a mistake that is the reader's agrees, the smallest first.

        They differ in all that sets cases apart. A mistake that agrees on none of them is taken for
        one that agrees nowhere.
        """
        cases, at = [case for case, _ in expectations(self.exercise)], {k for k, _ in self.wrong}
        return sorted(spread(cases, at), key=lambda k: (cases[k].size, k))

    @cached_property
    def order(self) -> list[int]:
        """Cases in the order in which most mistakes end soonest.

        The smallest take no time, and most mistakes show there; then where the reader's shows.
        """
        cases, at = [case for case, _ in expectations(self.exercise)], {k for k, _ in self.wrong}
        run = sorted(set(range(len(self.seen))) - self.told, key=lambda k: (cases[k].size, k))
        return run[:SOON] + sorted(run[SOON:], key=lambda k: k not in at)

    def agreeing(self, candidate: Candidate) -> frozenset[Place]:
        """The wrong cells in which the candidate did the same.

        Of outputs that come of one another it is all of a case, or none: a step that is another one
        refutes what was alike before it.
        """
        found = frozenset(
            (k, output)
            for k, output in self.wrong & candidate.wrong
            if self.alike(k, candidate.seen[k], output)
        )
        if not self.exercise.successive:
            return found
        other = {k for k, _ in (self.wrong | candidate.wrong) - found}
        return frozenset((k, output) for k, output in found if k not in other)

    def agrees(self, attempt: Attempt) -> bool:
        """Whether a mistake does the same in a wrong cell of the probes."""
        return any(
            self.alike(k, attempt.seen[k], output)
            for k in self.probes
            for _, output in attempt.look(k) & self.wrong
        )

    def alike(self, k: int, one: Observation, output: str) -> bool:
        """Whether the same was seen on case ``k``, as far as an output goes."""
        return alike(self.seen[k], one, output, bound_of(expectations(self.exercise)[k][0]))

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

    def likest(self, candidate: Candidate) -> tuple[int, int]:
        """On how many cases the exceptions say the same, and name the same rows and columns.

        Whether images are taken one by one or all at once, the last two axes are those.
        """
        pairs = [(self.seen[k].raised, candidate.seen[k].raised) for k in range(len(self.seen))]
        maps = sum(a is not None and b is not None and maps_in(a) == maps_in(b) for a, b in pairs)
        return self.same_ends(candidate), maps

    def in_ends_alone(self, candidate: Candidate, agreeing: Set[Place]) -> bool:
        """Whether shapes do not fit in both, and these are others, and so are the numbers."""
        ends = [self.seen[k].raised for k, _ in agreeing]
        if not all(end and end.message.startswith(SHAPES_MEET) for end in ends):
            return False
        if self.same_ends(candidate):
            return False
        both = (self.wrong & candidate.wrong) - agreeing
        return any(not (self.seen[k].raised or candidate.seen[k].raised) for k, _ in both)

    def same_counts(self, candidate: Candidate) -> int:
        """On how many cases a rule's t is the same after each step."""
        return sum(a.counts == b.counts for a, b in zip(self.seen, candidate.seen, strict=False))

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
        looked = 0
        for k, one in observed(self.order):
            due = {output for place, output in self.wrong if place == k}
            if not all(self.alike(k, one, output) for output in due):
                return False
            if due != {output for output in off(self.exercise, k, one) if output not in REMARKS}:
                return False
            looked += 1
        return looked == len(self.order)


def maps_in(raised: Raised) -> list[str]:
    """The last two sizes of each shape that a message names."""
    return re.findall(r"(\d+,\d+)\)", raised.message)


def on_purpose(raised: Raised | None) -> bool:
    """Whether it is the reader's own refusal."""
    return raised is not None and raised.line.startswith(("raise ", "assert "))


def looked_at(candidate: Candidate, aside: bool, told: Set[int] = frozenset()) -> Candidate | None:
    """The candidate as far as numbers go, or, ``aside``, if it shows in nothing but the dtype."""
    numbers = frozenset(p for p in candidate.wrong if p[1] not in REMARKS and p[0] not in told)
    if aside:
        return None if numbers else candidate
    return replace(candidate, wrong=numbers) if numbers else None


def screened(evidence: Evidence, tried: Sequence[Attempt], aside: bool) -> list[Candidate]:
    """Mistakes as far as numbers go: those that agree with what was seen on all cases.

    Of the others it is known what they do on the probes.
    """
    every = (t.whole if evidence.agrees(t) else t.partly for t in tried)
    found = (looked_at(one, aside, evidence.told) if one and one.seen else one for one in every)
    return [one for one in found if one]


def by_pairs(
    evidence: Evidence,
    found: Sequence[Candidate],
    free: Sequence[Candidate],
    agreeing: Mapping[Candidate, Set[Place]],
) -> Candidate | None:
    """Two mistakes at once that do exactly what was seen."""
    against = {c: bool(evidence.against(c)) for c in found}  # its numbers may be right by the other
    inside = sorted(found, key=lambda c: (c not in free, -len(agreeing.get(c, ())), against[c],
                                          -c.often))  # fmt: skip
    known = frozenset(place for place in evidence.wrong if place[0] in evidence.probes)
    tried = 0
    pairs = [(b, a) for k, b in enumerate(inside) for a in inside[:k]]
    most = agreeing.get(inside[0], ()) if inside and inside[0] in free else ()
    if 2 * len(most) > len(evidence.wrong):  # what explains so many is one of the two
        pairs.sort(key=lambda pair: pair[1] is not inside[0])
    for second, first in pairs:
        if not first.wrong | second.wrong >= known or first.ids == second.ids:
            continue
        tried += 1
        if tried > (FEWER if evidence.exercise.helpers else PAIRS):
            break
        if evidence.fits(first, second):
            both = sorted((first, second), key=lambda c: (precedence(evidence, c), found.index(c)))
            made = [mistake for one in both for mistake in one.made]
            return Candidate(tuple(made), tuple(evidence.seen), evidence.wrong)
    return None


def precedence(evidence: Evidence, candidate: Candidate) -> tuple[bool, int, float]:
    """Of mistakes made at once the one comes first of which more is seen."""
    whole = together(evidence.exercise, *candidate.made)
    whole = looked_at(whole, False, evidence.told) if whole else None
    if whole is None:
        return True, 0, -candidate.often
    same = len(evidence.agreeing(whole))
    return not same or bool(evidence.against(whole)), -same, -candidate.often
