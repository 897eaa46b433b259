"""From what was seen to its cause: the mistakes whose results are those of the reader.

Every comparison is a cell: an output on a case. A mistake of the catalogue explains a cell if, made
in this package's function, it gives the very same wrong numbers there (or shape, or exception). It
contradicts where it would be seen and is not. The mistakes that contradict nowhere and explain all
cells together are the diagnosis, and it is sure. Where none do, pairs of mistakes are tried, made
at once. What is left is likely at most: the same cells are wrong, with other numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from nndl.mistakes import load
from nndl.practice.averages import by_running
from nndl.practice.candidates import Candidate, Place, attempts
from nndl.practice.causes import LIKELY, POSSIBLE, SURE, Cause, cause_of
from nndl.practice.comparing import REMARKS, expectations
from nndl.practice.conventions import mistakes_first, set_aside
from nndl.practice.defaults import defaults
from nndl.practice.evidence import Evidence, by_pairs, screened
from nndl.practice.exercises import Exercise
from nndl.practice.patterns import by_pattern
from nndl.practice.reasons import at_once, beside_each_other, of_each, speaks_for
from nndl.practice.relations import relations
from nndl.practice.slipping import by_slips
from nndl.practice.spreads import spreads
from nndl.practice.terms_in_words import terms
from nndl.practice.watching import Observation
from nndl.practice.written_eps import written_eps

CHANCE = 0.1  # of the wrong cells: to have so few in common may be chance
FEW = 0.5  # the same where outputs come of one another: a first step alone is soon alike


def diagnose(
    exercise: Exercise,
    seen: Sequence[Observation],
    wrong: frozenset[Place],
    own_forward: bool = False,
    apart: frozenset[int] = frozenset(),
    fast: bool = False,
) -> list[Cause]:
    """The causes, the surest and widest first; empty where nothing is known.

    Cases ``apart`` are explained already, by a convention. What is ``fast`` tries no two mistakes
    at once and no small changes.
    """
    told = {k for k, (case, _) in enumerate(expectations(exercise)) if case.told}
    beyond = all(k in told for k, _ in wrong)
    if not beyond:  # what is beyond the exercise says nothing then
        wrong = frozenset(place for place in wrong if place[0] not in told)
    else:
        told = set()
    if not wrong:
        return []
    aside = {output for _, output in wrong} <= set(REMARKS)
    evidence = Evidence(exercise, seen, wrong, apart.union(told))
    tried = attempts(exercise, aside, own_forward)
    found = screened(evidence, tried, aside)
    agreeing = {c: evidence.agreeing(c) for c in found if c.seen}
    free = [c for c in agreeing if agreeing[c] and not evidence.against(c)
            and not evidence.in_ends_alone(c, agreeing[c])]  # fmt: skip

    def nearness(c: Candidate) -> tuple[int, int, int, bool]:
        nowhere_else = not exercise.random and agreeing[c] == c.wrong
        return (*evidence.likest(c), evidence.same_counts(c), nowhere_else)

    chosen, rest = cover(wrong, free, agreeing, nearness)
    known: list[Candidate] = []
    if rest:  # perhaps the catalogue does not know it, but what comes out says what it is
        counted = [Observation() if k in apart else one for k, one in enumerate(seen)]
        known = by_running(exercise, counted, wrong) + relations(exercise, counted)
        known += written_eps(exercise, seen, wrong) + defaults(exercise, counted)
        agreeing |= {c: c.wrong & wrong for c in known}
        chosen, rest = cover(wrong, free + known, agreeing, nearness)
    parts = terms(exercise, seen, wrong) + spreads(exercise, seen, wrong) if rest else []
    agreeing |= {c: c.wrong for c in parts}
    exact = [c for c in parts if not {"ways-eps", "ways-other"} & set(c.ids)]
    if exact:
        chosen, rest = cover(wrong, [*exact, *free, *known], agreeing, nearness)
    if rest:
        # Where there is nothing but exceptions, that another change ends in one says little.
        # A remark has no numbers of its own.
        pair = not fast and evidence.comes and not aside and (
            by_slips(evidence, frequent=False)
            or by_pairs(evidence, found, free, agreeing)
            or by_slips(evidence, frequent=True)
        )  # fmt: skip
        if pair:
            agreeing[pair] = wrong
            chosen, rest = [pair], frozenset()
    if rest and parts:
        chosen, rest = cover(wrong, [*parts, *free, *known], agreeing, nearness)
    if rest and not apart and not aside:
        beside = set_aside(
            evidence, tried, free, agreeing,
            lambda left, *given: diagnose(exercise, seen, left, own_forward, *given),
        )  # fmt: skip
        if beside:
            return beside
    explained = mistakes_first(evidence, causes(evidence, chosen, agreeing, rest))
    if 2 * len(rest) <= len(wrong):
        return explained
    few = len({k for k, _ in wrong}) < 0.7 * len(seen)  # then the same places say more
    if beyond or (explained and not few):
        return explained
    return by_pattern(evidence, tried, aside) or explained


def cover(
    wrong: frozenset[Place],
    free: list[Candidate],
    agreeing: dict[Candidate, frozenset[Place]],
    nearness: Callable[[Candidate], tuple[int, int, int, bool]],
) -> tuple[list[Candidate], frozenset[Place]]:
    """The fewest candidates, greedily, that explain all cells; and the cells that are left.

    Of those that explain as many, one whose exceptions say the same to the letter, or of maps of
    the same size; then one that counts steps alike, then one that is wrong nowhere else.
    """
    chosen: list[Candidate] = []
    rest = wrong
    while rest:
        best = max(free, key=lambda c: (len(agreeing[c] & rest), *nearness(c)), default=None)
        if best is None or not agreeing[best] & rest:
            break
        chosen.append(best)
        rest -= agreeing[best]
    return chosen, rest


def causes(
    evidence: Evidence,
    chosen: list[Candidate],
    agreeing: dict[Candidate, frozenset[Place]],
    rest: frozenset[Place],
) -> list[Cause]:
    """What was chosen, in words.

    What hides behind another, such as behind its exceptions, is sure if both at once do all that
    was seen.
    """
    found: list[Cause] = []
    both = not rest and len(chosen) > 1 and at_once(evidence, chosen)
    told = frozenset[Place]()
    for candidate in chosen:
        new = agreeing[candidate] - told
        told |= new
        share = len(agreeing[candidate]) / len(evidence.wrong)
        if rest and share < (FEW if evidence.exercise.successive else CHANCE):
            continue
        alone = both or candidate.wrong == agreeing[candidate]
        sure = SURE if alone and not rest else POSSIBLE if rest and share < 0.5 else LIKELY
        same = [c for c in agreeing if c.made != candidate.made and c.wrong == candidate.wrong
                and agreeing[c] == agreeing[candidate] and len(c.made) == 1 and c.made[0].function
                and evidence.likest(c) >= evidence.likest(candidate)]  # fmt: skip
        each = of_each(evidence, candidate, new)
        for mistake, its in zip(candidate.made, each, strict=True):
            if any((one.id, one.title) == (mistake.id, mistake.title) for one in found):
                continue  # another form of the same
            equal = {c.made[0].id for c in same} - {mistake.id} if len(candidate.made) == 1 else ()
            if {one.id for one in found} & set(equal):
                continue  # what is named already does it, too
            # Of the forward pass's, another form may do what the title does not say.
            home = evidence.exercise.function
            equal = {m.id for m in (c.made[0] for c in same) if m.id in equal
                     and (m.function == home or m == load()[m.id])}  # fmt: skip
            many, outputs = len(agreeing[candidate]), {output for _, output in agreeing[candidate]}
            why = speaks_for(evidence, candidate, its)
            cause = cause_of(mistake, sure, why, many, tuple(sorted(equal)), tuple(sorted(outputs)))
            found.append(replace(cause, cases=tuple(sorted({k for k, _ in its}))))
    return beside_each_other(found)
