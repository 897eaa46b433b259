"""Mistakes that are wrong in the same places as a reader's function, if with other numbers."""

from collections.abc import Iterator, Sequence, Set

from nndl.practice.candidates import Attempt, Candidate
from nndl.practice.causes import POSSIBLE, Cause, cause_of
from nndl.practice.comparing import REMARKS, expectations
from nndl.practice.evidence import Evidence, looked_at

WRONG_ALIKE = "it is wrong in the same places, with other numbers"
ENDS_ALIKE = "it ends in an exception on the same cases, and is wrong in the same places"
LIKENESSES = (WRONG_ALIKE, ENDS_ALIKE)
ALIKE = 0.98  # how much of their cells they must have in common


def by_pattern(evidence: Evidence, tried: Sequence[Attempt], aside: bool) -> list[Cause]:
    """Mistakes that are wrong in the same cells, if with other numbers.

    Outputs that come of one another are wrong from some step on: that is no pattern.
    """
    if evidence.exercise.successive:
        return []
    run = set(range(len(evidence.seen))) - evidence.told
    cases = expectations(evidence.exercise)
    every = {(k, output) for k in run for output in cases[k][1].values}
    if evidence.wrong >= every:
        return []  # what is wrong everywhere has no pattern
    scored = [
        (overlap(candidate.wrong, evidence.wrong), candidate)
        for candidate in in_same_places(evidence, tried, aside)
        if evidence.comparable(candidate)
    ]
    scored.sort(key=lambda pair: (-pair[0], -pair[1].often))
    best = []
    for share, candidate in scored[:3]:
        if share <= ALIKE or candidate.made[0].id in {cause.id for cause in best}:
            continue
        why = ENDS_ALIKE if evidence.ends_alike(candidate) else WRONG_ALIKE
        best.append(cause_of(candidate.made[0], POSSIBLE, why))
    return best


def in_same_places(
    evidence: Evidence, tried: Sequence[Attempt], aside: bool
) -> Iterator[Candidate]:
    """Mistakes that may be wrong in the same cells: they are looked at until they are not."""
    cases, many = [case for case, _ in expectations(evidence.exercise)], len(evidence.wrong)
    for attempt in tried:
        other = 0
        for k in sorted(range(len(cases)), key=lambda k: (k not in attempt.wrong, cases[k].size)):
            counted = aside or k not in evidence.told
            cells = {p for p in attempt.look(k) if counted and (aside or p[1] not in REMARKS)}
            other += len(cells ^ {place for place in evidence.wrong if place[0] == k})
            if many <= ALIKE * (many + other):
                break
        else:
            if attempt.whole and (one := looked_at(attempt.whole, aside, evidence.told)):
                yield one


def overlap(a: Set, b: Set) -> float:
    """How much two sets have in common: 1 if they are equal, 0 for nothing."""
    return len(a & b) / len(a | b)
