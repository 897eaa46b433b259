"""What the factors of dropout say of its mask, which nobody knows before."""

from collections.abc import Callable, Sequence

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, off
from nndl.practice.comparing import expectations
from nndl.practice.exercises import Exercise
from nndl.practice.watching import Observation

SPREAD = "spread of the factors"
TITLE = "Other numbers are dropped on the way back than on the way forth"
WHY = "The gradient belongs to the mask that was drawn: the forward pass puts it into the cache."
NUMBERS_KEPT = "The mask holds the random numbers themselves"
ONE_FACTOR = "Each entry that is kept has another factor; compared with p, they would give 0 or 1."
ABOUT = 0.2  # how far the median of some hundred random numbers may be from the middle, relatively

# Between which bounds the random numbers lie that are kept: above p, below p, and for 1 - p.
RANGES: tuple[Callable[[float], tuple[float, float]], ...] = (
    lambda p: (p, 1.0),
    lambda p: (0.0, p),
    lambda p: (1 - p, 1.0),
    lambda p: (0.0, 1 - p),
)


def drawn_again(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """A candidate where, of the numbers that were kept, some come back as 0, and some in full.

    Then their factors differ by 1, or by p where what is drawn anew is not scaled.
    """
    if exercise.name != "dropout_backward":
        return []
    places = set()
    for k, ((case, right), one) in enumerate(zip(expectations(exercise), seen, strict=False)):
        if case.arguments["dropout_param"]["mode"] != "train":
            continue
        p, spread = case.arguments["dropout_param"]["p"], one.values.get(SPREAD)
        if spread is None or min(abs(spread - 1), abs(spread - p)) > 1e-4:
            return []
        places |= {(k, name) for name in off(exercise, k, one) if name in right.values}
    made = Mistake("dropout-mask-again", "", "", "", TITLE, WHY, "", exercise.read)
    return [Candidate((made,), tuple(seen), frozenset(places))]


def of_numbers(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """A candidate where the factors spread as uniform numbers do of which some are kept.

    Their range is compared with their median, so that any scale besides does not matter.
    """
    if exercise.name != "dropout_forward":
        return []
    places, drawn = set(), []
    for k, ((case, _), one) in enumerate(zip(expectations(exercise), seen, strict=False)):
        if case.arguments["dropout_param"]["mode"] != "train":
            continue
        middle, spread = one.values.get("factor"), one.values.get(SPREAD)
        if middle is None or spread is None or not middle > 0:
            return []
        drawn.append((case.arguments["dropout_param"]["p"], float(spread / middle)))
        places |= {(k, name) for name in off(exercise, k, one) if name in ("factor", SPREAD)}
    if not any(
        all(abs(ratio * (a + b) / 2 - (b - a)) <= ABOUT * (b - a)
            for p, ratio in drawn for a, b in [ends(p)])
        for ends in RANGES
    ):  # fmt: skip
        return []
    made = Mistake(
        "dropout-mask-of-numbers", "", "", "", NUMBERS_KEPT, ONE_FACTOR, "", exercise.read
    )
    return [Candidate((made,), tuple(seen), frozenset(places))]
