"""What to ask of a cause that no mistake of the catalogue has: a question, and where to look.

``questions.toml`` holds them, by the causes' ids. The question is the first hint of such a cause;
where to look, in the formula or in the code, belongs to the third. Neither says what has to stand
there.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

QUESTIONS = Path(__file__).with_name("questions.toml")


class Question(NamedTuple):
    """With ``{}`` for the output that is wrong."""

    ask: str
    look: str


@cache
def questions() -> dict[str, Question]:
    """All of them, by the causes' ids."""
    with open(QUESTIONS, "rb") as file:
        return {id: Question(**given) for id, given in tomllib.load(file).items()}


def asked(id: str) -> Question | None:
    """What to ask of a cause; None where there is nothing."""
    return questions().get(id)
