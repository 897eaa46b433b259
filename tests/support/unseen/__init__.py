"""Bodies that were written before the catalogue was looked at, and how well checks judge them.

Each file ``*.txt`` holds functions as students write them; a head,
``#: exercise <- cause <- words``, begins each. The words were written first, with the function;
then the name for them was looked up. ``a|b`` means that any of them may be named first, ``a&b``
that both mistakes are made, and ``right`` that there is none.
``python -m tests.support.unseen`` prints the table.
"""

import linecache
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Body:
    """One function, with what is the matter with it."""

    exercise: str
    causes: tuple[str, ...]  # any of them may be named first; none for a right one
    words: str
    function: Callable
    place: str  # file and number

    @property
    def right(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.causes


def bodies(*files: str) -> Iterator[Body]:
    """The bodies of some files, by their names without ending; of all if none is named."""
    for path in [HERE / f"{name}.txt" for name in files] or sorted(HERE.glob("*.txt")):
        _, *parts = re.split(r"(?m)^#: ", path.read_text("utf-8"))
        for number, part in enumerate(parts):
            head, _, source = part.partition("\n")
            exercise, cause, words = head.split(" <- ")
            causes = () if cause == "right" else tuple(re.split(r"[|&]", cause))
            yield Body(exercise, causes, words, last(source, path.stem, number),
                       f"{path.stem} {number}")  # fmt: skip


def last(source: str, file: str, number: int) -> Callable:
    """The last function or class of a body: the one to check."""
    name = f"<unseen {file} {number}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    scope = {"np": np, "__name__": "student"}
    exec(compile(source, name, "exec"), scope)
    return scope[re.findall(r"(?m)^(?:def |class )?(\w+)(?: = |[:(])", source)[-1]]
