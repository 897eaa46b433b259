"""Whether the way back of dropout drops other numbers than the way forth."""

from collections.abc import Sequence

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, off
from nndl.practice.comparing import expectations
from nndl.practice.exercises import Exercise
from nndl.practice.watching import Observation

SPREAD = "spread of the factors"
TITLE = "Other numbers are dropped on the way back than on the way forth"
WHY = "The gradient belongs to the mask that was drawn: the forward pass puts it into the cache."


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
