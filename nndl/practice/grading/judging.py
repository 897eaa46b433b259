"""Verdicts: what a submission's functions gave, compared where no line of it runs."""

import json
from typing import Any

from nndl.practice.checking import concluded
from nndl.practice.comparing import bound_of, close, compared, expectations
from nndl.practice.exercises import Exercise, exercise
from nndl.practice.grading.wire import Malformed, received, unpacked
from nndl.practice.plays import once
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
    first = result.cause[0].title if result.cause else ""
    return {
        "verdict": result.verdict,
        "causes": [cause.id for cause in (*result.cause, *result.remarks)],
        "title": first,
        "text": repr(result),
        "cases": [sum(row.ok for row in result.rows), len(expectations(result.exercise))],
        "json": json.loads(result.to_json()),
    }


def stopped(why: str) -> dict[str, Any]:
    """The entry of an exercise that ended its process, or had no time."""
    return {"verdict": "stopped", "causes": [], "title": "", "text": why, "cases": [0, 0]}


def _result(one: Exercise, given: dict[str, Any]) -> Result:
    rows, own = _rows(one, given["rows"]), bool(given["own"])
    right = not own or _forward_is_right(one, given["forward"])
    if own and not right and not all(row.ok for row in rows):
        others = _rows(one, given["others"])
        if sum(not row.ok for row in others) < sum(not row.ok for row in rows):
            rows, own = others, False
    return concluded(one, rows, own, right)


def _rows(one: Exercise, given: list[Any]) -> list[Row]:
    cases, rows = expectations(one), []
    for (case, expected), sent in zip(cases, given, strict=False):
        seen = received(sent, set(expected.values))
        rows.append(Row(case, expected, seen, compared(case, expected, seen)))
    ended = rows and rows[-1].seen.raised
    if len(rows) < len(cases) and not (ended and ended.kind in ("TooLong", "NotImplementedError")):
        raise Malformed("cases are missing")
    return rows


def _forward_is_right(one: Exercise, given: Any) -> bool:
    if one.random:
        return True
    if given is None or len(given) != len(expectations(one)):
        return False
    return all(
        sent is not None and close(unpacked(sent), once(one, case)[0], bound_of(case))
        for (case, _), sent in zip(expectations(one), given, strict=True)
    )
