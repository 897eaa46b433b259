"""What speaks for a cause, in words."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product

from nndl.mistakes import load
from nndl.practice.candidates import Candidate, Place, together
from nndl.practice.causes import Cause
from nndl.practice.evidence import Evidence, looked_at

FORMS = 40  # of several mistakes that are tried; nearly all end at their first case
CONDUCT = {"arguments": "change of the arguments"}  # outputs that are none, in words
# Where two are made at once, the first has other words.
BESIDE = {
    ("dropout-not-inverted", "dropout-p-is-drop"): (
        "In training the next layer gets 1 - p times what it gets in the test, on average: 1 - p is"
        " the share that is kept where p is the one to drop."
    ),
}


def speaks_for(evidence: Evidence, candidate: Candidate, explained: frozenset[Place]) -> str:
    """What a mistake gives, on how many cases, and which outputs have another cause."""
    cases, many = {k for k, _ in explained}, {k for k, _ in evidence.wrong}
    names = list(dict.fromkeys(output for _, output in sorted(explained)))
    left = sorted({output for k, output in evidence.wrong if k in cases} - set(names))
    names, left = ([CONDUCT.get(name, name) for name in some] for some in (names, left))
    ended = all(evidence.seen[k].raised for k in cases)
    what = " and ".join(names) if left else "exception" if ended else "result"
    if candidate.made[0].function:
        text = f"made in the book's function, it gives your {what}"
    else:
        text = f"{what} {'are' if len(names) > 1 else 'is'} so" if left else "it is so"
    if cases == many:
        on = f"all {len(many)} cases that are wrong" if len(many) > 1 else "the case that is wrong"
    else:
        on = f"{len(cases)} of the {len(many)} cases that are wrong"
    other = f"; {' and '.join(left)} {'have' if len(left) > 1 else 'has'} another cause"
    return f"{text} on {on}{other * bool(left)}{refused(evidence, explained)}"


def at_once(evidence: Evidence, chosen: Sequence[Candidate]) -> bool:
    """Whether mistakes, each in any of its forms, made together do exactly what was seen."""
    forms = [(one.made, *((form,) for form in load()[one.ids[0]].variants() if len(one.ids) == 1))
             for one in chosen if one.made[0].function]  # fmt: skip
    ways = islice(product(*forms), FORMS) if len(forms) == len(chosen) else ()
    return any(evidence.fits(*(replace(o, made=m) for o, m in zip(chosen, made, strict=True)))
               for made in ways)  # fmt: skip


def of_each(
    evidence: Evidence, candidate: Candidate, explained: frozenset[Place]
) -> list[frozenset[Place]]:
    """What each mistake of a candidate explains by itself.

    All that they explain together, if that is more than each by itself.
    """
    whole = [explained for _ in candidate.made]
    if len(candidate.made) == 1 or not all(mistake.function for mistake in candidate.made):
        return whole
    each = []
    for mistake in candidate.made:
        alone = together(evidence.exercise, mistake)
        alone = looked_at(alone, False, evidence.told) if alone else None
        each.append(evidence.agreeing(alone) & explained if alone else frozenset())
    return each if all(each) and frozenset().union(*each) == explained else whole


def beside_each_other(found: Sequence[Cause]) -> list[Cause]:
    """The causes, one in other words where another one changes what is true of it."""
    ids = {cause.id for cause in found}
    words = {first: text for (first, other), text in BESIDE.items() if {first, other} <= ids}
    return [replace(one, cause=words[one.id]) if one.id in words else one for one in found]


def refused(evidence: Evidence, explained: frozenset[Place]) -> str:
    """Where it ends, if it is the forward pass that does."""
    raised = [evidence.seen[k].raised for k, _ in explained]
    inside = all(one is not None and one.where == "the forward pass" for one in raised)
    return "; it is the forward pass that ends there" if inside else ""
