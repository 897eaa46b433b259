"""Run an exercise on a reader's function, and make the result of what was seen."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from nndl.practice.beside import Beside, judged, outputs, own_forward
from nndl.practice.causes import LIKELY, SURE, Cause
from nndl.practice.comparing import compared, expectations
from nndl.practice.concluding import concluded
from nndl.practice.exercises import Exercise, exercises, varied
from nndl.practice.helping import explained, helpers, of_the_cache, replaced
from nndl.practice.mending import right_but_for_the_cache
from nndl.practice.plays import Parts, observe
from nndl.practice.repairing import with_repair
from nndl.practice.results import Result, Row
from nndl.practice.symptoms import symptoms


def checked(
    exercise: Exercise,
    function: Callable[..., Any],
    forward: Callable[..., Any] | None = None,
    known: dict[tuple[str, Callable[..., Any]], Result] | None = None,
) -> Result:
    """Everything about one function: see ``nndl.practice``.

    What is ``known`` of a helper of several functions is not looked for again.
    """
    known = {} if known is None else known
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
        theirs = of_variant(exercise, other, own) if beside and not beside.right else None
        found = by_variant(exercise, rows, run(other, Parts(function, own or ours)), theirs)
        if found:
            return found
    found = {} if all(row.ok for row in rows) else helpers(exercise, function, own)
    left = run(exercise, replaced(Parts(function, own or ours), found)) if found else rows

    def end(name: str, its: Callable[..., Any]) -> Result:
        if (name, its) not in known:
            known[name, its] = checked(exercises()[name], its, known=known)
        return known[name, its]

    def whole() -> Result:
        return chosen(exercise, rows, others, beside, function)

    wrong = not all(row.ok for row in rows)
    if own and wrong and (kind := right_but_for_the_cache(exercise, function, own)):
        causes = of_the_cache(exercise.forward_name, end(exercise.forward_name, own), kind)
        return replace(whole(), cause=causes)

    ends = {name: partial(end, name, its) for name, its in found.items()}
    if own and not all(row.ok for row in rows):
        ends[exercise.forward_name] = partial(end, exercise.forward_name, own)
    return with_repair(explained(exercise, rows, left, ends, whole), function, own)


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


def of_variant(
    exercise: Exercise, other: Exercise, own: Callable[..., Any] | None
) -> Beside | None:
    """The reader's forward pass with other arguments, if it is made for them and no others."""

    def fit(one: Exercise) -> list[bool]:
        cases = [case.arguments["x"].shape for case, _ in expectations(one)]
        outs = [seen.values.get("out") for seen in outputs(one, own)]
        return [o is not None and o.shape == x for o, x in zip(outs, cases, strict=True)]

    if own is None or any(fit(exercise)) or not all(fit(other)):
        return None
    return judged(other, outputs(other, own))


def by_variant(
    exercise: Exercise, rows: list[Row], varied_rows: list[Row], beside: Beside | None = None
) -> Result | None:
    """The result where a function is made for other arguments, as some courses have them.

    It is right for them, or it runs with them alone, and what else is wrong shows there: that is
    the mistake, where it is sure. So it is where the forward pass ``beside`` is made for them.
    """
    variant, other = exercise.variant, varied(exercise)
    if variant is None or other is None:
        return None
    right, many = sum(row.ok for row in varied_rows), len(varied_rows)
    runs = all(row.seen.raised is None for row in varied_rows)
    alone = beside is not None or all(row.seen.raised for row in rows)
    if right < many and not (runs and alone):
        return None
    why = f"so called it {'is right' if right == many else 'runs'} on {many} of the {many} cases"
    words = {"title": variant.title, "convention": variant.convention, "read": exercise.read}
    causes = [Cause(variant.id, SURE if right == many else LIKELY, why, **words)]
    if right < many:
        found = concluded(other, varied_rows, exercise.forward is not None).cause
        sure = [cause for cause in found if cause.sure == SURE]
        known = [replace(cause, why=f"{cause.why}, with the arguments it is made for")
                 for cause in sure]  # fmt: skip
        causes = [*known, *causes, *(cause for cause in found if cause not in sure)]
    return Result(exercise, rows, causes, [], beside is not None, beside)


def run(exercise: Exercise, parts: Parts) -> list[Row]:
    """All cases, up to the first that does not end."""
    rows = []
    for case, expected in expectations(exercise):
        seen = observe(exercise, case, parts, twice=not exercise.random)
        rows.append(Row(case, expected, seen, compared(case, expected, seen)))
        if seen.raised and seen.raised.kind in ("TooLong", "NotImplementedError"):
            break
    return rows
