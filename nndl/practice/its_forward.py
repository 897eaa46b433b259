"""What is said of a backward pass where the mistake is in the forward pass beside it."""

from dataclasses import replace

from nndl.mistakes import load
from nndl.practice.causes import Cause
from nndl.practice.exercises import Exercise
from nndl.practice.patterns import LIKENESSES

BESIDE = "{}, beside it, is wrong", "; it is wrong on most cases that fail here"
ENDS_THERE = "; it is the forward pass that ends there"  # of reasons
TWICE = "; this pass does the same, and has to be mended with it"


def said_once(before: list[Cause], own: list[Cause]) -> list[Cause]:
    """The causes of a forward pass, then those of this pass that are no others.

    The same mistake made there and back is one. What is a mere likeness says nothing where the
    forward pass is known to be wrong.
    """
    ids = {cause.id for cause in own}
    twins = {c.id.replace("forward", "backward"): c for c in before if "forward" in c.id}
    both = {twins[id].id for id in ids & set(twins)}
    said = [replace(c, why=c.why + TWICE) if c.id in both else c for c in before]
    rest = [c for c in own if c.id not in twins and not (before and c.why in LIKENESSES)]
    rest = [c for c in rest if not any(c.id == one.id and c.why in one.why for one in before)]
    return [*said, *rest]


def forward_first(exercise: Exercise, causes: list[Cause]) -> list[Cause]:
    """The causes, a mistake made there and back as one of the forward pass."""
    ids = {cause.id for cause in causes}
    there = [c for c in causes if "forward" in c.id and c.id.replace("forward", "backward") in ids]
    words = BESIDE[0].format(exercise.forward_name)
    name = exercise.forward_name
    named = [replace(c, title=f"{words}: {lower(c.title)}", of=name) for c in there]
    return said_once(named, [c for c in causes if c not in there]) if named else causes


def of_its_forward(exercise: Exercise, cause: Cause) -> Cause:
    """A cause; where every call ends in the forward pass, its title says so."""
    known = load().get(cause.id)
    if known is None or known.function != exercise.forward or not cause.why.endswith(ENDS_THERE):
        return cause
    name = exercise.forward_name
    title = f"{BESIDE[0].format(name)}: {lower(cause.title)}"
    why = cause.why.removesuffix(ENDS_THERE) + f"; it is {name} that ends there"
    return replace(cause, title=title, why=why, of=name)


def lower(title: str) -> str:
    """A title within a sentence; a first word that is a name, or a letter, stays as it is."""
    first = title.partition(" ")[0]
    named = first != first.capitalize() or (len(first) == 1 and first != "A")
    return title if named else title[0].lower() + title[1:]
