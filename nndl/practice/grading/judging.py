"""Verdicts: what a submission's functions gave, compared where no line of it runs."""

import json
from functools import partial
from typing import Any

from nndl.practice.beside import Beside
from nndl.practice.beside import judged as judged_forward
from nndl.practice.checking import by_variant, chosen
from nndl.practice.comparing import compared, expectations
from nndl.practice.exercises import Exercise, exercise, varied
from nndl.practice.grading.wire import Malformed, received
from nndl.practice.helping import explained
from nndl.practice.results import Result, Row


def judged(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The verdict on one exercise, of what was sent.

    Returns
    -------
    dict
        ``verdict``, ``causes`` (names of the catalogue or of symptoms), ``title`` of the first, and
        ``text``, all that the checks say. ``stopped`` is the verdict on what cannot be read.
    """
    try:
        result = _result(exercise(name), given)
    except Exception as error:  # whatever came, it must not end the run
        return stopped(f"what came back cannot be read: {type(error).__name__}: {error}"[:300])
    causes = (*result.cause, *result.remarks)
    counted = [row for row in result.rows if not row.case.told]
    cases = [case for case, _ in expectations(result.exercise) if not case.told]
    return {
        "verdict": result.verdict,
        "causes": [cause.id for cause in causes],
        "title": causes[0].title if causes else "",
        "text": repr(result),
        "cases": [sum(row.ok for row in counted), len(cases)],
        "json": json.loads(result.to_json()),
    }


def stopped(why: str) -> dict[str, Any]:
    """The entry of an exercise that ended its process, or had no time."""
    return {"verdict": "stopped", "causes": [], "title": "", "text": why, "cases": [0, 0]}


def _result(one: Exercise, given: dict[str, Any]) -> Result:
    rows, own = _rows(one, given["rows"]), bool(given["own"])
    beside = _beside(one, given["forward"]) if own else None
    others = None
    if beside and not beside.right and not all(row.ok for row in rows):
        others = _rows(one, given["others"])
    other = varied(one)
    if other and not all(row.ok for row in rows):
        found = by_variant(one, rows, _rows(other, given["varied"]))
        if found:
            return found
    its = given.get("helpers") or {}

    def end(name: str) -> Result:
        return _result(exercise(name), its[name])

    def whole() -> Result:
        return chosen(one, rows, others, beside)

    left = _rows(one, given["helped"]) if given.get("helped") else rows
    return explained(one, rows, left, {name: partial(end, name) for name in its}, whole)


def _rows(one: Exercise, given: list[Any]) -> list[Row]:
    cases, rows = expectations(one), []
    for (case, expected), sent in zip(cases, given, strict=False):
        seen = received(sent, set(expected.values))
        rows.append(Row(case, expected, seen, compared(case, expected, seen)))
    ended = rows and rows[-1].seen.raised
    if len(rows) < len(cases) and not (ended and ended.kind in ("TooLong", "NotImplementedError")):
        raise Malformed("cases are missing")
    return rows


def _beside(one: Exercise, given: list[Any]) -> Beside:
    return judged_forward(one, [received(sent, {"out"}) for sent in given])
