"""What speaks for a cause, in words."""

from nndl.practice.candidates import Candidate, Place
from nndl.practice.evidence import Evidence


def speaks_for(evidence: Evidence, candidate: Candidate, explained: frozenset[Place]) -> str:
    """What a mistake gives, on how many cases, and which outputs have another cause."""
    cases, many = {k for k, _ in explained}, {k for k, _ in evidence.wrong}
    names = list(dict.fromkeys(output for _, output in sorted(explained)))
    left = sorted({output for k, output in evidence.wrong if k in cases} - set(names))
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


def refused(evidence: Evidence, explained: frozenset[Place]) -> str:
    """Where it ends, if it is the forward pass that does."""
    raised = [evidence.seen[k].raised for k, _ in explained]
    inside = all(one is not None and one.where == "the forward pass" for one in raised)
    return "; it is the forward pass that ends there" if inside else ""
