"""Mistakes that are wrong in the same places as a reader's function, if with other numbers."""

from collections.abc import Sequence, Set

from nndl.practice.candidates import Candidate
from nndl.practice.causes import POSSIBLE, Cause, cause_of
from nndl.practice.evidence import Evidence

ENDS_ALIKE = "it ends in an exception on the same cases, and is wrong in the same places"


def by_pattern(evidence: Evidence, found: Sequence[Candidate]) -> list[Cause]:
    """Mistakes that are wrong in the same cells, if with other numbers."""
    run = set(range(len(evidence.seen))) - evidence.told
    every = {(k, o) for k in run for o in evidence.exercise.outputs}
    if evidence.wrong >= every:
        return []  # what is wrong everywhere has no pattern
    scored = [
        (overlap(candidate.wrong, evidence.wrong), candidate)
        for candidate in found
        if evidence.comparable(candidate)
    ]
    scored.sort(key=lambda pair: (-pair[0], -pair[1].often))
    best = []
    for share, candidate in scored[:3]:
        if share <= 0.98 or candidate.made[0].id in {cause.id for cause in best}:
            continue
        why = "it is wrong in the same places, with other numbers"
        if evidence.ends_alike(candidate):
            why = ENDS_ALIKE
        best.append(cause_of(candidate.made[0], POSSIBLE, why))
    return best


def overlap(a: Set, b: Set) -> float:
    """How much two sets have in common: 1 if they are equal, 0 for nothing."""
    return len(a & b) / len(a | b)
