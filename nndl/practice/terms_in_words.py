"""The parts of a normalization's gradients as mistakes: see ``terms``."""

from collections.abc import Sequence

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, Place
from nndl.practice.exercises import Exercise
from nndl.practice.groupings import dgamma_in, own
from nndl.practice.terms import Parts, taken_apart
from nndl.practice.terms_of_sums import EPS, in_words, mistake, of_sum
from nndl.practice.watching import Observation

WAYS = ("of x itself", "through the mean", "through the variance")
SHARE = {
    "column": "the examples, for each feature", "row": "the features, for each example",
    "array": "the whole array", "channel": "images and places, for each channel",
    "image": "each image as a whole", "map": "the places of each map",
    "pixel": "the images, for each pixel", "place": "the channels, for each place",
    "line": "each line of a map", "post": "each column of a map", "batch": "the whole batch",
    "group": "each group of channels", "across": "groups and images, place by place",
    "over-images": "all images, for each group", "running-on": "rows that run on into other images",
    "of-size-g": "groups of G channels", "g-apart": "channels that are G apart",
    "g-last": "numbers that are G apart",
}  # fmt: skip
DUE = "On every case dx is what it should be but for that."


def terms(
    exercise: Exercise, seen: Sequence[Observation], wrong: frozenset[Place]
) -> list[Candidate]:
    """What is wrong with the parts of dx, and with the sums beside it, as candidates."""
    if exercise.outputs != ("dx", "dgamma", "dbeta"):
        return []
    found, along = [], False
    for name in exercise.outputs:
        places = frozenset(place for place in wrong if place[1] == name)
        if not places or (name == "dgamma" and along):
            continue
        parts = taken_apart(exercise, seen) if name == "dx" else None
        made = of_dx(exercise, parts) if parts else []
        if parts and parts.grouping != own(exercise) and dgamma_in(exercise, seen, parts.grouping):
            along = True  # it is of the same numbers
            places |= {place for place in wrong if place[1] == "dgamma"}
        if name != "dx":
            made = list(of_sum(exercise, seen, name))
        if made:
            found.append(Candidate(tuple(made), tuple(seen), places))
    return found


def of_dx(exercise: Exercise, parts: Parts) -> list[Mistake]:
    """What is wrong with dx."""
    found = []

    def say(id: str, title: str, cause: str = DUE) -> None:
        found.append(mistake(exercise, id, title, cause))

    if parts.grouping != own(exercise):
        say("ways-grouping", f"Mean and variance are taken over {SHARE[parts.grouping]}",
            f"dx is that of a normalization over these numbers; here it is over"
            f" {SHARE[own(exercise)]}.")  # fmt: skip
    if parts.powers:
        words = "multiplied by" if parts.powers > 0 else "divided by"
        say("ways-times-dx-hat", f"dx as a whole is {words} gamma dout")
    missing = [way for way, part in zip(WAYS, parts.ways, strict=True) if part == {"": 0.0}]
    if missing and len(missing) < 3:
        many = len(missing) > 1
        say("ways-missing", f"The way{'s' * many} {' and '.join(missing)}"
            f" {'are' if many else 'is'} missing in dx", WHY_WAYS)  # fmt: skip
    there = [p for p in parts.ways if p != {"": 0.0}]
    if there and all(p == there[0] and p != {"": 1.0} for p in there) and there[0]:
        text, cause = in_words(exercise, there[0])
        say("ways-factor", f"dx is {text} times what it should be", cause)
        there = []
    for way, part in zip(WAYS, parts.ways, strict=True):
        if not there or part in ({"": 0.0}, {"": 1.0}):
            continue
        if part is None:
            say("ways-other", f"The way {way} is not what it should be in dx",
                "The rest of dx is right: look at the sum that this way takes.")  # fmt: skip
        else:
            text, cause = in_words(exercise, part)
            say("ways-factor", f"The way {way} is {text} times what it should be in dx", cause)
    if parts.eps:
        besides = "Besides, eps" if found else "eps"
        say("ways-eps", f"{besides} is forgotten, or outside the root, where dx is computed", EPS)
    return found


WHY_WAYS = (
    "x moves the mean and the variance, too; each of these leads from x to every out of its"
    " feature or row, and dx is the sum over all ways."
)
