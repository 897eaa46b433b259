"""Three levels of help, of which none is the solution."""

from nndl.practice.exercises import exercise

LAST: dict[str, str] = {}  # for each exercise, the hint of the mistake that was found last


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
    first = LAST.get(found.name, "What has each output to do with each input? Write it for one index.")
    text = {1: first, 2: "\n".join(found.equations), 3: found.line}[level]
    return f"{text}\n(book/{found.read})"
