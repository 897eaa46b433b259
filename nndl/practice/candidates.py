"""What each mistake of the catalogue, made in this package's function, does on the cases.

A reader's result that is equal to one of these results, number for number, was most probably
brought about by the same mistake. What a mistake does on a case is looked at when it is asked for:
most mistakes have nothing to do with a reader's, which shows on a few cases.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from types import CodeType
from typing import Any

from nndl import mistakes
from nndl.practice.comparing import compared, expectations
from nndl.practice.exercises import Exercise
from nndl.practice.plays import Parts, observe
from nndl.practice.remembering import remembered
from nndl.practice.watching import Observation

Place = tuple[int, str]  # the number of a case, and an output


@dataclass(frozen=True, eq=False)
class Candidate:
    """Mistakes made together, and what was seen."""

    made: tuple[mistakes.Mistake, ...]
    seen: tuple[Observation, ...]
    wrong: frozenset[Place]

    @property
    def ids(self) -> tuple[str, ...]:
        """The catalogue's names."""
        return tuple(mistake.id for mistake in self.made)

    @property
    def often(self) -> float:
        """The share of students' bodies with it, of the rarest where there are several."""
        return min((m.bodies or 0) / (m.of or 1) for m in self.made)


class Attempt:
    """Mistakes made together, looked at on one case after the other."""

    def __init__(self, exercise: Exercise, *made: mistakes.Mistake) -> None:
        self.exercise, self.made = exercise, made
        self.seen: dict[int, Observation] = {}
        self.wrong: dict[int, frozenset[Place]] = {}

    @cached_property
    def _on(self) -> Callable[[int], Observation] | None:
        return planted(self.exercise, self.made)

    def look(self, k: int) -> frozenset[Place]:
        """The cells of case ``k`` that are wrong."""
        if k not in self.wrong:
            if self._on is None:
                return frozenset()
            self.seen[k] = self._on(k)
            self.wrong[k] = frozenset((k, o) for o in off(self.exercise, k, self.seen[k]))
        return self.wrong[k]

    @property
    def partly(self) -> Candidate:
        """What is known of it so far: where it is wrong, of the cases that were looked at."""
        return Candidate(self.made, (), frozenset[Place]().union(*self.wrong.values()))

    @cached_property
    def whole(self) -> Candidate | None:
        """All of it; None where their lines exclude each other, or nothing shows."""
        every = range(len(expectations(self.exercise)))
        places = frozenset[Place]().union(*(self.look(k) for k in every))
        return Candidate(self.made, tuple(self.seen[k] for k in every), places) if places else None


def entries(exercise: Exercise, forward: bool = True) -> Iterator[mistakes.Mistake]:
    """The catalogue's mistakes that could show in an exercise, each form of them by itself.

    Those of the forward pass show where it is the reader's own, and is wrong.
    """
    functions = {exercise.function, *exercise.helpers}
    functions |= {exercise.forward} if forward else set()
    for mistake in mistakes.load().values():
        if mistake.function in functions:
            yield from mistake.variants()


@cache
def attempts(exercise: Exercise, aside: bool = False, forward: bool = False) -> tuple[Attempt, ...]:
    """One for each form of each mistake; the most usual first.

    With ``aside``, those that show in nothing but the dtype; without, the others.
    """
    expectations(exercise)  # before any mistake is planted
    known = [m for m in entries(exercise, forward) if (m.shows == "dtype") == aside]
    known.sort(key=lambda m: (m.function != exercise.function, -(m.bodies or 0) / (m.of or 1)))
    return tuple(Attempt(exercise, mistake) for mistake in known)


def together(exercise: Exercise, *made: mistakes.Mistake) -> Candidate | None:
    """Some mistakes at once; None where their lines exclude each other, or nothing shows."""
    return Attempt(exercise, *made).whole


def off(exercise: Exercise, k: int, seen: Observation) -> list[str]:
    """The outputs that are not right on case ``k``."""
    case, expected = expectations(exercise)[k]
    return [cell.output for cell in compared(case, expected, seen) if not cell.ok]


def runs(
    exercise: Exercise, made: tuple[mistakes.Mistake, ...], order: Iterable[int]
) -> Iterator[tuple[int, Observation]]:
    """Cases by their numbers, and what is seen there with the mistakes; none if they exclude."""
    on = planted(exercise, made)
    for k in order if on else ():
        yield k, on(k)


def planted(
    exercise: Exercise, made: tuple[mistakes.Mistake, ...]
) -> Callable[[int], Observation] | None:
    """What gives the observation on a case with the mistakes, by the case's number.

    None where their lines exclude each other.
    """
    wrong = {}
    for name in dict.fromkeys(mistake.function for mistake in made):
        function = altered(name, [m for m in made if m.function == name])
        if len(made) == 1 and not exercise.random:
            function = remembered(made[0], function)
        if function is None:
            return None
        wrong[name] = function
    forward = exercise.reference_forward()
    parts = Parts(
        wrong.get(exercise.function, exercise.reference()),
        wrong.get(exercise.forward or "", forward),
    )
    inside = set(wrong) - {exercise.function, exercise.forward}

    def on(k: int) -> Observation:
        with ExitStack() as stack:
            for name in inside:
                where = _places(name, len(sys.modules))
                stack.enter_context(mistakes.exchanged(_function(name), wrong[name], where))
            return observe(exercise, expectations(exercise)[k][0], parts, trusted=True)

    return on


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"nndl.{module}"), function)


@cache
def _places(name: str, modules: int) -> mistakes.Places:
    """Where a function of this package is used, while so many modules are loaded."""
    return mistakes.places_of(_function(name))


@cache
def source_of(name: str) -> str:
    """The source of a function of this package."""
    return inspect.getsource(_function(name))


def altered(name: str, made: list[mistakes.Mistake]) -> Callable[..., Any] | None:
    """A function with several mistakes; None if the line of one is gone with another."""
    for order in (made, made[::-1]):
        source = source_of(name)
        for mistake in order:
            if source.count(mistake.right) != 1:
                break
            source = source.replace(mistake.right, mistake.wrong)
        else:
            break
    else:
        return None
    file = f"<{' and '.join(m.id for m in made)}>"
    code = (code_kept if len(made) == 1 else code_of)(source, file)
    namespace = dict(vars(made[0].module))
    exec(code, namespace)
    return namespace[name.rpartition(".")[2]]


def code_of(source: str, file: str) -> CodeType:
    """The code of a source."""
    return compile(source, file, "exec")


code_kept = cache(code_of)  # what has one mistake runs beside many others
