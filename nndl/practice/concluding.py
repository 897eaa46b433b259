"""The result of what was seen, and what is told of it besides."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nndl.practice.beside import Beside
from nndl.practice.cached_values import cache_first
from nndl.practice.causes import POSSIBLE, SURE, Cause
from nndl.practice.comparing import REMARKS
from nndl.practice.diagnosing import diagnose
from nndl.practice.exercises import Exercise
from nndl.practice.joining import joined
from nndl.practice.layouts import another_layout
from nndl.practice.longer_plays import network
from nndl.practice.patterns import LIKENESSES
from nndl.practice.results import Result, Row
from nndl.practice.sizes import counted
from nndl.practice.symptoms import GENERAL, ended, symptoms
from nndl.practice.watching import Observation
from nndl.practice.widening import wider
from nndl.practice.written_sizes import written_sizes


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
    nowhere = all(row.seen.raised for row in rows if not row.case.told)
    if nowhere and not any(cause.sure == SURE for cause in found):
        cache = another_layout(exercise, rows, function, own_forward)
        # No number came by which causes could be told apart.
        found = ([cache] if cache else ended(rows)) + found
    elif all(cause.sure == POSSIBLE for cause in found):  # its end may say more
        end = ended(rows, bool(found))
        specific = end and (end[0].id not in GENERAL or end[0].sure == SURE)
        if specific and end[0].sure == SURE:  # then what is only like it is not the question
            found = [cause for cause in found if cause.why not in LIKENESSES]
        found = end + found if specific else found + end
    found = joined(with_formulas(exercise, seen, found))
    found = written_sizes(rows, function, found)
    if own_forward:
        found = cache_first(exercise, rows, function, found)
    if all(row.ok for row in rows):  # what is beyond the exercise is told
        named = [cause for cause in found if not cause.id.startswith("slip-")]  # no line is wrong
        found, remarks = [], named + remarks
    return Result(
        exercise,
        rows,
        found,
        remarks + asides(exercise, rows, remarks, function),
        own_forward,
        beside,
    )


def with_formulas(exercise: Exercise, seen: list[Observation], found: list[Cause]) -> list[Cause]:
    """The causes; the first that makes sizes wrong says by which formula they are counted."""
    formulas = [title for title, _ in counted(exercise, seen)] if found else []
    if not formulas or found[0].id == "result-size":
        return found
    said = "; ".join(title[0].lower() + title[1:] for title in formulas)
    return [replace(found[0], why=f"{found[0].why}; {said}"), *found[1:]]


def asides(
    exercise: Exercise,
    rows: list[Row],
    known: list[Cause],
    function: Callable[..., Any] | None = None,
) -> list[Cause]:
    """What is told of a function and has no mistake of the catalogue."""
    told = {cell.output for row in rows for cell in row.cells if cell.told and not cell.ok}
    found = []
    if "dtype" in told and not any(cause.id.endswith("-float64") for cause in known):
        text = next(c.text for row in rows for c in row.cells if c.output == "dtype")
        if exercise.random:  # of which no array is compared, but what is said of one
            text = f"the result{text[text.index(':') :]}"
        found.append(Cause("result-dtype", SURE, text, title=text, cause=wider(function)))
    if "random" in told and exercise.play is not network:  # where weights are drawn so
        words = "it used the global random state"
        found.append(Cause("global-random", SURE, words, title=words, cause=GLOBAL))
    if wrote := list(dict.fromkeys(key for row in rows for key in row.seen.wrote)):
        words = f"it writes {' and '.join(repr(key) for key in wrote)} into ln_param"
        found.append(Cause("writes-settings", SURE, words, title=words, cause=CALLERS))
    return found


# Why a remark is one.
CALLERS = (
    "It belongs to the caller, who may give it to other layers, too, and did not put that there."
    " Work on a copy: ln_param = dict(ln_param)."
)
GLOBAL = (
    "np.random.seed sets it for the whole program. The courses' templates do so;"
    " np.random.default_rng(seed) is a generator of its own."
)
