"""Three levels of help, of which none is the solution."""

from nndl.mistakes import load
from nndl.practice.exercises import exercise
from nndl.practice.results import Result

LAST: dict[str, str] = {}  # for each exercise, the hint of the mistake that was found last


def remember(result: Result) -> None:
    """Keep the hint of the first cause, for ``hint`` at level 1."""
    LAST.pop(result.exercise.name, None)
    known = load()
    for cause in result.cause:
        if cause.id in known:
            LAST[result.exercise.name] = known[cause.id].hint
            return


def hint(name: str, level: int = 1) -> str:
    """Help with an exercise: a question, then the equation, then the line to look at.

    Parameters
    ----------
    name : str
        The exercise, such as "conv_backward".
    level : int
        1, the catalogue's hint for the mistake that the last check found, or where there was none,
        a first question; 2, the equations; 3, where to look and what has to happen there.

    Returns
    -------
    str
        The hint, and the section of the book that derives it.

    Raises
    ------
    ValueError
        No exercise of this name, or no such level.
    """
    found = exercise(name)
    if level not in (1, 2, 3):
        raise ValueError(f"practice.hint: level is {level!r}, expected 1, 2 or 3")
    first = LAST.get(
        found.name, "What has each output to do with each input? Write it for one index."
    )
    text = {1: first, 2: "\n".join(found.equations), 3: found.line}[level]
    return f"{text}\n(book/{found.read})"
