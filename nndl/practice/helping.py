"""The reader's own functions that a function calls, such as a batchnorm below a spatial one.

They are exercises of their own. With the book's in their place, what is left wrong is of the
function itself; and their own checks say what is wrong with them.
"""

import builtins
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

from nndl.practice.causes import SURE, Cause
from nndl.practice.concluding import concluded
from nndl.practice.exercises import Exercise, exercises, siblings
from nndl.practice.its_forward import BESIDE, forward_first, lower, of_its_forward, said_once
from nndl.practice.mending import MENDED, cached_hat
from nndl.practice.plays import Parts
from nndl.practice.results import Result, Row
from nndl.practice.symptoms import GENERAL

Helpers = Mapping[str, Callable[..., Any]]  # by the exercise that each is

HELPER = (
    "{}, which it calls, is wrong",
    "; with the book's {} in its place, this function does better",
)
FORWARD = "{}, beside it, is wrong", "; most calls that fail end in there"


def names_in(code: CodeType) -> set[str]:
    """The names that a function reads, and those that functions inside of it read."""
    inside = [const for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*(names_in(one) for one in inside))


def helpers(exercise: Exercise, *functions: Callable[..., Any] | None) -> dict[str, Any]:
    """The reader's own functions that these call and that are exercises, by their exercises."""
    found = {}
    for function in functions:
        if not isinstance(function, FunctionType):
            continue
        read = names_in(function.__code__)
        for other in exercises().values():
            if other.name == exercise.name:
                break  # what comes later in the book is no part of it, and may call it
            for name in read.intersection(other.aliases):
                own = siblings(function, name)
                if isinstance(own, FunctionType) and own not in functions:
                    found[other.name] = own
    return found


def with_ours(function: Callable[..., Any] | None, found: Helpers) -> Callable[..., Any] | None:
    """The function as if its helpers were the book's."""
    if not isinstance(function, FunctionType):
        return function
    scope = {"__builtins__": builtins, **function.__globals__}
    for name, own in found.items():
        scope |= {k: exercises()[name].reference() for k, v in scope.items() if v is own}
    copy = FunctionType(function.__code__, scope, function.__name__, function.__defaults__,
                        function.__closure__)  # fmt: skip
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def replaced(parts: Parts, found: Helpers) -> Parts:
    """Both functions as if their helpers were the book's."""
    forward = with_ours(parts.forward, found)
    return Parts(with_ours(parts.function, found) or parts.function, forward)


def explained(
    exercise: Exercise,
    rows: list[Row],
    left: list[Row],
    ends: Mapping[str, Callable[[], Result]],
    whole: Callable[[], Result],
) -> Result:
    """The result, where a helper of the reader's may be why it is wrong.

    Parameters
    ----------
    exercise : Exercise
        That of the function.
    rows, left : list of Row
        What the function does, and what it does with the book's helpers.
    ends : dict
        What gives the results of the helpers, by their exercises.
    whole : callable
        What gives the result of the function without a look at them.
    """
    first = ends.get(exercise.forward_name)
    ends = {name: end for name, end in ends.items() if name != exercise.forward_name}
    if not ends or wrong_cells(left) >= wrong_cells(rows):
        result = whole()
        if first and starts_in_forward(result):
            there = ends_in_forward(rows)
            before = theirs({exercise.forward_name: first()}, FORWARD if there else BESIDE)
            named = [cause for cause in before if there or cause.sure == SURE]
            result = replace(result, cause=said_once(named, result.cause))
        elif exercise.forward:
            named = [of_its_forward(exercise, cause) for cause in result.cause]
            result = replace(result, cause=forward_first(exercise, named))
        return solved(exercise, result, left, ends)
    causes = of_helpers(exercise, ends)
    if not causes:
        return whole()
    rest = concluded(exercise, left, exercise.forward is not None)  # no causes, if it is right
    return replace(rest, rows=rows, cause=[*rest.cause, *causes])


def of_helpers(
    exercise: Exercise, ends: Mapping[str, Callable[[], Result]], words: tuple[str, str] = HELPER
) -> list[Cause]:
    """What is wrong with them; of a backward pass's, only what shows in their backward passes."""
    found: list[Cause] = []
    for name, end in sorted(ends.items(), key=lambda item: exercises()[item[0]].forward is None):
        if not (found and exercise.forward):
            found += theirs({name: end()}, words)
    return found


def solved(
    exercise: Exercise, result: Result, left: list[Row], ends: Mapping[str, Callable[[], Result]]
) -> Result:
    """The result, or that with the book's helpers, where these make one cause explain all.

    A helper may be wrong where this function is wrong as well: with the book's in its place as many
    cases fail, and what is left of them is of this function alone.
    """
    if not ends or result.verdict != "wrong" or any(c.sure == SURE for c in result.cause):
        return result
    rest = concluded(exercise, left, exercise.forward is not None)
    if not rest.cause or any(cause.sure != SURE for cause in rest.cause):
        return result
    causes = of_helpers(exercise, ends, (HELPER[0], ""))
    if not causes:
        return result
    names = " and ".join(sorted(ends))
    mine = [replace(c, why=f"{c.why}, with the book's {names}") for c in rest.cause]
    return replace(rest, rows=result.rows, cause=[*mine, *causes])


def of_the_cache(name: str, its: Result, kind: str) -> list[Cause]:
    """Why the forward pass of that name keeps an x_hat of a wrong kind, if that is all."""
    found = [*theirs({name: its}, (BESIDE[0], MENDED))][:1]
    return found if found and found[0].sure == SURE else [cached_hat(name, kind)]


def wrong_cells(rows: list[Row]) -> int:
    """How many comparisons fail."""
    return sum(not cell.ok and not cell.told for row in rows for cell in row.cells)


def ends_in_forward(rows: list[Row]) -> bool:
    """Whether most calls that fail end in an exception in the reader's forward pass."""
    bad = [row.seen.raised for row in rows if not row.ok and not row.case.told]
    inside = [one for one in bad if one is not None and one.where == "the forward pass"]
    return 2 * len(inside) > len(bad)


def starts_in_forward(result: Result) -> bool:
    """Whether no cause is sure, and the forward pass beside is wrong on most cases that fail.

    That other numbers share a mean is said of both passes, of the forward pass first.
    """
    bad = {k for k, row in enumerate(result.rows) if not row.ok and not row.case.told}
    wrong = set(result.beside.wrong) if result.beside and result.beside.used else set()
    open_ = ("ways-grouping", *GENERAL)  # the forward pass may be what they are said of
    sure = any(cause.sure == SURE and cause.id not in open_ for cause in result.cause)
    return result.verdict == "wrong" and not sure and 2 * len(bad & wrong) > len(bad)


def theirs(ends: Mapping[str, Result], words: tuple[str, str]) -> Iterator[Cause]:
    """What is wrong with other functions of the reader's, with words before and behind."""
    for name, end in ends.items():
        for cause in () if end.ok else end.cause:
            if cause.of and cause.of != name:  # it is told of a third function already
                title = re.sub(r"\b(beside|which) it\b", rf"\1 {name}", cause.title)
                why = re.sub(r"\bthis (pass|function)\b", name, cause.why)
                yield replace(cause, title=title, why=why)
                continue
            title = f"{words[0].format(name)}: {lower(cause.title)}"
            there = re.sub(r"\b(cases? that (?:is|are) wrong)", r"\1 there", cause.why)
            why = f"by the check of {name}, {there}{words[1].format(name)}"
            yield replace(cause, title=title, why=why, of=cause.of or name)
