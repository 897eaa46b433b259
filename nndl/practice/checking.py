"""Run an exercise on a reader's function, and make the result of what was seen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from nndl.practice.beside import Beside, judged, outputs
from nndl.practice.comparing import REMARKS, compared, expectations
from nndl.practice.diagnosing import LIKELY, POSSIBLE, SURE, Cause, diagnose
from nndl.practice.exercises import Exercise, exercises, siblings, varied
from nndl.practice.helping import (
    BESIDE,
    FORWARD,
    HELPER,
    ends_in_forward,
    helpers,
    replaced,
    starts_in_forward,
    theirs,
    unclear,
    wrong_cells,
)
from nndl.practice.longer_plays import network
from nndl.practice.plays import Parts, observe
from nndl.practice.results import Result, Row
from nndl.practice.symptoms import GENERAL, ended, symptoms


def checked(
    exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None = None
) -> Result:
    """Everything about one function: see ``nndl.practice``."""
    if not callable(function):
        raise TypeError(f"practice.{exercise.name}: expected a function, not {function!r}")
    ours = exercise.reference_forward()
    own = own_forward(exercise, function, forward)
    rows = run(exercise, Parts(function, own or ours))
    beside = judged(exercise, outputs(exercise, own)) if own else None
    others = None
    if beside and not beside.right and not all(row.ok for row in rows):
        others = run(exercise, Parts(function, ours))
    other = varied(exercise)
    if other and not all(row.ok for row in rows):
        found = by_variant(exercise, rows, run(other, Parts(function, own or ours)))
        if found:
            return found
    found = {} if all(row.ok for row in rows) else helpers(exercise, function, own)
    left = run(exercise, replaced(Parts(function, own or ours), found)) if found else rows

    def end(name: str) -> Result:
        return checked(exercises()[name], found[name])

    def whole() -> Result:
        return chosen(exercise, rows, others, beside, function)

    ends = {name: partial(end, name) for name in found}
    if own and not all(row.ok for row in rows):
        before = exercises()[exercise.forward_name]
        ends[before.name] = partial(checked, before, own)
    return explained(exercise, rows, left, ends, whole)


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
    if first and ends_in_forward(rows):
        causes = list(theirs({exercise.forward_name: first()}, FORWARD))
        return replace(whole(), cause=causes) if causes else whole()
    if not ends or wrong_cells(left) >= wrong_cells(rows):
        result = whole()
        if first and starts_in_forward(result):
            before = theirs({exercise.forward_name: first()}, BESIDE)
            sure = [cause for cause in before if cause.sure == SURE]
            result = replace(result, cause=[*sure, *result.cause])
        return result
    right = all(row.ok for row in left)
    result = Result(exercise, rows, [], [], True) if right else whole()
    causes = list(theirs({k: end() for k, end in ends.items()}, HELPER)) if unclear(result) else []
    if not causes:
        return whole() if right else result
    rest = [] if right else concluded(exercise, left, result.own_forward).cause
    remarks = asides(exercise, rows, []) if right else result.remarks
    return replace(result, cause=[*rest, *causes], remarks=remarks)


def chosen(
    exercise: Exercise,
    rows: list[Row],
    others: list[Row] | None,
    beside: Beside | None,
    function: Callable[..., Any] | None = None,
) -> Result:
    """The result with the reader's cache, or, of ``others``, that with this package's.

    The reader's cache may come of a wrong forward pass: perhaps this pass is right by itself, or
    says itself what is wrong with it.
    """
    if beside and others is not None:
        fewer = sum(not row.ok for row in others) < sum(not row.ok for row in rows)
        if fewer or (not beside.runs and symptoms(exercise, others)):
            return concluded(exercise, others, False, replace(beside, used=False), function)
    return concluded(exercise, rows, beside is not None, beside, function)


def by_variant(exercise: Exercise, rows: list[Row], varied_rows: list[Row]) -> Result | None:
    """The result where a function is made for other arguments, as some courses have them.

    It is right for them, or it runs with them alone, and what else is wrong shows there.
    """
    variant, other = exercise.variant, varied(exercise)
    if variant is None or other is None:
        return None
    right, many = sum(row.ok for row in varied_rows), len(varied_rows)
    runs = all(row.seen.raised is None for row in varied_rows)
    if right < many and not (runs and all(row.seen.raised for row in rows)):
        return None
    why = f"so called it {'is right' if right == many else 'runs'} on {many} of the {many} cases"
    words = {"title": variant.title, "convention": variant.convention, "read": exercise.read}
    causes = [Cause(variant.id, SURE if right == many else LIKELY, why, **words)]
    if right < many:
        causes += concluded(other, varied_rows, exercise.forward is not None).cause
    return Result(exercise, rows, causes, [])


def own_forward(
    exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None
) -> Callable[..., Any] | None:
    """The reader's forward pass, given or found beside the backward pass."""
    if forward is not None or exercise.forward is None:
        return forward
    names = [
        alias.replace("backward", "forward").removesuffix("_alt") for alias in exercise.aliases
    ]
    return next((found for name in names if (found := siblings(function, name))), None)


def run(exercise: Exercise, parts: Parts) -> list[Row]:
    """All cases, up to the first that does not end."""
    rows = []
    for case, expected in expectations(exercise):
        seen = observe(exercise, case, parts, twice=not exercise.random)
        rows.append(Row(case, expected, seen, compared(case, expected, seen)))
        if seen.raised and seen.raised.kind in ("TooLong", "NotImplementedError"):
            break
    return rows


def concluded(
    exercise: Exercise,
    rows: list[Row],
    own_forward: bool,
    beside: Beside | None = None,
    function: Callable[..., Any] | None = None,
) -> Result:
    """The result of what was seen."""
    cells = {k: row.cells for k, row in enumerate(rows)}
    every = frozenset((k, c.output) for k, found in cells.items() for c in found if not c.ok)
    aside = frozenset(place for place in every if place[1] in REMARKS)
    seen = [row.seen for row in rows]
    remarks = diagnose(exercise, seen, aside)
    elsewhere = own_forward and (exercise.random or (beside is not None and not beside.right))
    found = symptoms(exercise, rows, function)
    found = found or diagnose(exercise, seen, every - aside, elsewhere)
    if all(cause.sure == POSSIBLE for cause in found):  # its end may say more
        end = ended(rows, bool(found))
        specific = end and end[0].id not in GENERAL
        found = end + found if specific else found + end
    if all(row.ok for row in rows):  # what is beyond the exercise is told
        found, remarks = [], found + remarks
    return Result(
        exercise, rows, found, remarks + asides(exercise, rows, remarks), own_forward, beside
    )


def asides(exercise: Exercise, rows: list[Row], known: list[Cause]) -> list[Cause]:
    """What is told of a function and has no mistake of the catalogue."""
    told = {cell.output for row in rows for cell in row.cells if cell.told and not cell.ok}
    found = []
    if "dtype" in told and not any(cause.id.endswith("-float64") for cause in known):
        text = next(c.text for row in rows for c in row.cells if c.output == "dtype")
        found.append(Cause("result-dtype", SURE, text, title=text, cause=WIDER))
    if "random" in told and exercise.play is not network:  # where weights are drawn so
        words = "it used the global random state"
        found.append(Cause("global-random", SURE, words, title=words, cause=GLOBAL))
    return found


# Why a remark is one.
WIDER = "The numbers are right; np.zeros(shape) is float64, np.zeros_like(x) has the dtype of x."
GLOBAL = (
    "np.random.seed sets it for the whole program. The courses' templates do so;"
    " np.random.default_rng(seed) is a generator of its own."
)
