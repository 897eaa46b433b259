"""Conventions that are not the whole story: the mistake beside them comes first.

A convention shows on few cases, such as ties. Where it explains those, and others are wrong, too,
they are looked at by themselves: what is wrong there is wrong with any convention.
"""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace

from nndl.practice.candidates import Attempt, Candidate, Place
from nndl.practice.causes import LIKELY, POSSIBLE, SURE, Cause, cause_of
from nndl.practice.evidence import Evidence

# Of cells, without cases, and whether only by what is fast.
Diagnosed = Callable[[frozenset[Place], frozenset[int], bool], list[Cause]]


def mistakes_first(evidence: Evidence, found: list[Cause]) -> list[Cause]:
    """The causes in their order, conventions behind what is a mistake by any of them.

    The way back of dropout may belong to a forward pass of another scale: it comes behind a change
    of the argument, which is wrong with any.
    """
    unknown = evidence.exercise.random and evidence.exercise.forward is not None

    def rank(cause: Cause) -> tuple[bool, bool]:
        return bool(cause.convention), unknown and cause.outputs != ("arguments",)

    return sorted(found, key=rank)


def set_aside(
    evidence: Evidence,
    tried: Iterable[Attempt],
    free: Iterable[Candidate],
    agreeing: Mapping[Candidate, Set[Place]],
    diagnosed: Diagnosed,
) -> list[Cause]:
    """What is wrong where a convention alone does not explain it, and the convention after it.

    Empty where there is no such convention, or nothing is known of the rest. Of dropout all cases
    tell of any convention, and what little is seen of them is right by chance now and then.
    """
    if evidence.exercise.random:
        return []
    looked: set[frozenset[int]] = set()
    for candidate in free:
        if not all(mistake.convention for mistake in candidate.made):
            continue
        rest = evidence.wrong - agreeing[candidate]
        whole = frozenset({k for k, _ in agreeing[candidate]} - {k for k, _ in rest})
        if not rest or not whole or whole in looked:
            continue
        looked.add(whole)
        left = frozenset(place for place in evidence.wrong if place[0] not in whole)
        found = diagnosed(left, whole, False)
        if not found or found[0].convention or found[0].sure == POSSIBLE:
            continue
        made = candidate.made[0]
        others = [cause for cause in found if cause.id != made.id]
        many, wrong = len(whole), len({k for k, _ in evidence.wrong})
        why = f"in addition, a convention: it alone explains {many} of the {wrong} wrong cases"
        first = replace(others[0], why=f"{others[0].why} but those of a convention")
        return [first, *others[1:], cause_of(made, SURE, why, len(agreeing[candidate]))]
    return where_none_shows(evidence, tried, diagnosed, looked)


def where_none_shows(
    evidence: Evidence,
    tried: Iterable[Attempt],
    diagnosed: Diagnosed,
    looked: Set[frozenset[int]],
) -> list[Cause]:
    """The mistake that explains all cases on which no convention has a say, if there is one.

    Made together with a convention it does something else on the others.
    """
    at = {k for k, _ in evidence.wrong}
    any_of = [t.whole for t in tried if t.made[0].convention and t.made[0].shows == "values"]
    shows = frozenset(k for one in any_of if one for k, _ in one.wrong)
    if not shows & at or shows & at in looked or 2 * len(at - shows) <= len(at):
        return []
    left = frozenset(place for place in evidence.wrong if place[0] not in shows)
    found = diagnosed(left, shows, True)
    if not found or any(cause.sure != SURE or cause.convention for cause in found):
        return []
    why = f"{found[0].why} and that no convention touches"
    return [replace(found[0], why=why, sure=LIKELY), *found[1:]]
