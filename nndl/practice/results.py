"""The result of a check: what was run, what came, and why; as text, HTML and JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from nndl.practice.beside import Beside
from nndl.practice.causes import Cause
from nndl.practice.comparing import Cell
from nndl.practice.exercises import Case, Exercise
from nndl.practice.watching import Observation


@dataclass(frozen=True)
class Row:
    """One case, as it came out."""

    case: Case
    expected: Observation
    seen: Observation
    cells: list[Cell]

    @property
    def ok(self) -> bool:
        """Whether nothing but remarks is in it."""
        return all(cell.ok or cell.told for cell in self.cells)


def by_size(row: Row) -> tuple[bool, int]:
    """What rows are ordered by: those for a calculation by hand come first."""
    return not row.case.traits.get("by hand"), row.case.size


@dataclass(frozen=True, repr=False)
class Result:
    """What a check found.

    Attributes
    ----------
    exercise : Exercise
        What was checked.
    rows : list of Row
        The cases that were run, in their order.
    cause : list of Cause
        Why it is wrong, the surest first: ``id`` (of the catalogue of mistakes, or of a symptom),
        ``sure`` ("sure", "likely" or "possible") and ``why``. Empty where it is right, or unknown.
    remarks : list of Cause
        What is told and not counted as wrong, such as a result in float64 for arguments in float32.
    own_forward : bool
        Whether the cache was that of the reader's own forward pass.
    beside : Beside or None
        What the reader's own forward pass did wrong, if there is one.
    """

    exercise: Exercise
    rows: list[Row]
    cause: list[Cause]
    remarks: list[Cause]
    own_forward: bool = False
    beside: Beside | None = None

    @property
    def forward_right(self) -> bool:
        """Whether the reader's own forward pass, if there is one, gave the right outputs."""
        return self.beside is None or self.beside.right

    @property
    def ok(self) -> bool:
        """Whether it is right by this package's contract on every case."""
        return all(row.ok for row in self.rows)

    @property
    def convention(self) -> list[str]:
        """The names of the causes in which courses legitimately choose otherwise."""
        return [c.id for c in (*self.cause, *self.remarks) if c.convention]

    @property
    def verdict(self) -> str:
        """``right``, ``convention`` (that alone explains it), ``unfinished`` or ``wrong``."""
        if self.ok:
            return "convention" if self.convention else "right"
        if any(cause.id == "unfinished" for cause in self.cause):
            return "unfinished"
        explained = self.cause and all(c.convention and c.sure == "sure" for c in self.cause)
        return "convention" if explained else "wrong"

    @property
    def smallest(self) -> Row | None:
        """The smallest case that fails, of those for a calculation by hand if there is one.

        It is one that the first cause explains, as far as that is known.
        """
        wrong = [row for row in self.rows if not row.ok]
        if self.cause and self.cause[0].cases:
            of_first = [self.rows[k] for k in self.cause[0].cases if k < len(self.rows)]
            wrong = [row for row in of_first if not row.ok] or wrong
        return min(wrong, key=by_size, default=None)

    def to_json(self) -> str:
        """All of it but the arrays, for machines."""
        cases = [
            {"case": row.case.name, "ok": row.ok, "cells": [asdict(cell) for cell in row.cells]}
            for row in self.rows
        ]
        found: dict[str, Any] = {
            "exercise": self.exercise.name,
            "ok": self.ok,
            "verdict": self.verdict,
            "convention": self.convention,
            "cause": [asdict(cause) for cause in self.cause],
            "remarks": [asdict(cause) for cause in self.remarks],
            "own_forward": self.own_forward,
            "forward_right": self.forward_right,
            "cases": cases,
        }
        return json.dumps(found)

    def __repr__(self) -> str:
        from nndl.practice.showing import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from nndl.practice.showing import as_html

        return as_html(self)
