"""Settings of an update rule that are not given, and what a reader takes in their place.

What a rule took stands in config after its first step. The right rule is run with these numbers:
where it gives the reader's, the default is what is wrong.
"""

from collections.abc import Sequence
from dataclasses import replace

from nndl.internal.update_rules import SETTINGS
from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate
from nndl.practice.comparing import bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.plays import Parts, observe
from nndl.practice.watching import Observation

WHY = "What config does not have, the rule sets there: here to another number than the usual one."


def defaults(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """A candidate where the rule is right with the numbers that were taken for want of others."""
    usual = SETTINGS.get(exercise.name, {})
    others: dict[str, float] = {}
    places = set()
    for k, ((case, right), one) in enumerate(zip(expectations(exercise), seen, strict=False)):
        given = case.arguments["config"] if usual else {}
        taken = {key: value for key, value in one.settings.items()
                 if key in usual and key not in given and value != usual[key]}  # fmt: skip
        if not taken:
            continue
        others |= taken
        made = with_settings(exercise, case, taken)
        places |= {
            (k, name)
            for name, wanted in right.values.items()
            if name in one.values
            and not close(one.values[name], wanted, bound_of(case))
            and close(one.values[name], made.values[name], bound_of(case))
        }
    if not places:
        return []
    said = " and ".join(f"that of {k} is {v:g}, not {usual[k]:g}" for k, v in others.items())
    title = f"A default is another number: {said}"
    made_up = Mistake("default-differs", "", "", "", title, WHY, "", exercise.read)
    return [Candidate((made_up,), tuple(seen), frozenset(places))]


def with_settings(exercise: Exercise, case: Case, taken: dict[str, float]) -> Observation:
    """What the right rule gives with these settings besides."""
    config = {**case.arguments["config"], **taken}
    given = replace(case, arguments={**case.arguments, "config": config})
    return observe(exercise, given, Parts(exercise.reference(), None), trusted=True)
