"""What each mistake of the catalogue, made in this package's function, does on the cases.

A reader's result that is equal to one of these results, number for number, was most probably
brought about by the same mistake.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib import import_module
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
def candidates(
    exercise: Exercise, aside: bool = False, forward: bool = False
) -> tuple[Candidate, ...]:
    """One for each form of each mistake that does something; the most usual first.

    With ``aside``, those that show in nothing but the dtype; without, the others.
    """
    expectations(exercise)  # before any mistake is planted
    known = [m for m in entries(exercise, forward) if (m.shows == "dtype") == aside]
    made = (together(exercise, m) for m in known)
    found = [candidate for candidate in made if candidate]
    return tuple(sorted(found, key=lambda c: (c.made[0].function != exercise.function, -c.often)))


def together(exercise: Exercise, *made: mistakes.Mistake) -> Candidate | None:
    """Some mistakes at once; None where their lines exclude each other, or nothing shows."""
    seen = tuple(one for _, one in runs(exercise, made, range(len(expectations(exercise)))))
    places = frozenset(
        (k, output) for k, one in enumerate(seen) for output in off(exercise, k, one)
    )
    return Candidate(made, seen, places) if places else None


def off(exercise: Exercise, k: int, seen: Observation) -> list[str]:
    """The outputs that are not right on case ``k``."""
    case, expected = expectations(exercise)[k]
    return [cell.output for cell in compared(case, expected, seen) if not cell.ok]


def runs(
    exercise: Exercise, made: tuple[mistakes.Mistake, ...], order: Iterable[int]
) -> Iterator[tuple[int, Observation]]:
    """Cases by their numbers, and what is seen there with the mistakes; none if they exclude."""
    wrong = {}
    for name in dict.fromkeys(mistake.function for mistake in made):
        function = altered(name, [m for m in made if m.function == name])
        if len(made) == 1 and not exercise.random:
            function = remembered(made[0], function)
        if function is None:
            return
        wrong[name] = function
    forward = exercise.reference_forward()
    parts = Parts(
        wrong.get(exercise.function, exercise.reference()),
        wrong.get(exercise.forward or "", forward),
    )
    inside = set(wrong) - {exercise.function, exercise.forward}
    for k in order:
        with ExitStack() as stack:
            for name in inside:
                where = _places(name, len(sys.modules))
                stack.enter_context(mistakes.exchanged(_function(name), wrong[name], where))
            one = observe(exercise, expectations(exercise)[k][0], parts, trusted=True)
        yield k, one


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
    namespace = dict(vars(made[0].module))
    exec(compile(source, f"<{' and '.join(m.id for m in made)}>", "exec"), namespace)
    return namespace[name.rpartition(".")[2]]
