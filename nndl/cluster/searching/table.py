"""The trials of a search as a table, in text and in HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from nndl.cluster.searching.describing import named
from nndl.cluster.searching.space import unused

if TYPE_CHECKING:  # which imports this module
    from nndl.cluster.searching.results import Trial


@dataclass(frozen=True)
class Table:
    """Rows by column, in the order in which they are shown.

    Attributes
    ----------
    columns : list of str
        Their heads.
    rows : list of dict
        A value for each column; None is shown as an empty cell.
    """

    columns: list[str]
    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, trials: Sequence["Trial"], varied: Sequence[str], by: str) -> "Table":
        """That of some trials."""
        failed = ["failed"] if any(trial.reason for trial in trials) else []
        columns = ["trial", "bracket", "epochs", by, *varied, *failed]
        rows = []
        for trial in trials:
            row = {"trial": trial.number, "bracket": trial.bracket, "epochs": trial.epochs}
            row[by] = trial.value
            for name in varied:
                value = None if unused(trial.settings, name) else named(trial.settings[name])
                row[name] = value
            rows.append(row | ({"failed": trial.reason or None} if failed else {}))
        return cls(columns, rows)

    def __repr__(self) -> str:
        cells = [
            self.columns,
            *([in_a_cell(row[name]) for name in self.columns] for row in self.rows),
        ]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        right = [self._numbers(name) for name in self.columns]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(row, widths, right, strict=True)
            ).rstrip()
            for row in cells
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A table for notebooks, whose own style it takes."""
        side = {name: "right" if self._numbers(name) else "left" for name in self.columns}
        head = "".join(
            f'<th scope="col" style="text-align: {side[name]}">{escape(name)}</th>'
            for name in self.columns
        )
        body = "".join(
            "<tr>"
            + "".join(
                f'<td style="text-align: {side[name]}">{escape(in_a_cell(row[name]))}</td>'
                for name in self.columns
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _numbers(self, name: str) -> bool:
        values = [row[name] for row in self.rows if row[name] is not None]
        return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)


def in_a_cell(value: Any) -> str:
    """A cell: numbers with four digits."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
