"""Why something is wrong, and how sure that is."""

from dataclasses import dataclass

from nndl.mistakes import Mistake

SURE, LIKELY, POSSIBLE = "sure", "likely", "possible"


@dataclass(frozen=True)
class Cause:
    """Why something is wrong, and how sure that is."""

    id: str  # of the catalogue, or of a symptom
    sure: str  # one of the three
    why: str  # what speaks for it
    explains: int = 0  # cells
    equal: tuple[str, ...] = ()  # mistakes that do the very same on these inputs
    title: str = ""
    cause: str = ""
    read: str = ""
    convention: str = ""
    outputs: tuple[str, ...] = ()  # what it makes wrong, as far as that is known
    cases: tuple[int, ...] = ()  # the numbers of those that speak for it, as far as that is known
    of: str = ""  # the exercise of another function of the reader's, if it is in that one


def cause_of(
    mistake: Mistake,
    sure: str,
    why: str,
    explains: int = 0,
    equal: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
) -> Cause:
    """A mistake of the catalogue as a cause."""
    words = mistake.title, mistake.cause, mistake.read, mistake.convention
    return Cause(mistake.id, sure, why, explains, equal, *words, outputs)
