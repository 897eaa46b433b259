"""The symbols of the book, from ``book/symbols.toml``: what they mean, their shapes, and where.

The file says which fields a row has.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FIELDS = {"symbol", "code", "runs", "shape", "dtype", "meaning", "held_by", "chapters"}
COLUMNS = {"code": "in code", "runs": "runs over", "shape": "shape", "meaning": "meaning"}
WIDE = 24  # letters of a shape that a column of a phone has room for


@dataclass(frozen=True)
class Symbol:
    """A row of a table; ``chapters`` are those whose symbol it is, or none for all of the book.

    ``around`` are the chapters of the whole table.
    """

    table: str
    around: tuple[str, ...]
    symbol: tuple[str, ...]
    meaning: str
    introduced: str
    chapters: tuple[str, ...]
    code: str = ""
    runs: str = ""
    shape: tuple[str, ...] = ()
    dtype: str = ""
    held_by: str = ""

    def shapes(self) -> str:
        """Its shapes as Markdown, one where all are the same."""
        shown = [
            " or ".join("scalar" if one == "()" else _math(one) for one in shape.split(" or "))
            for shape in dict.fromkeys(self.shape)
        ]
        return ", ".join(shown) + (f", {self.dtype}" if self.dtype else "")

    def cell(self, column: str) -> str:
        """What a table says of it, as Markdown."""
        return self.shapes() if column == "shape" else getattr(self, column)


def _math(shape: str) -> str:
    """A shape as a formula; a wide one as a formula a side, between which a narrow page breaks."""
    return f"${shape}$" if len(shape) <= WIDE else f"${shape.replace(', ', ',$ $')}$"


def load(file: Path) -> list[Symbol]:
    """All rows of the file, in its order.

    Raises
    ------
    ValueError
        Where a row has fields that are not known, lacks one that it must have, or has shapes of
        which there are not as many as symbols, or which no function holds.
    """
    found = []
    for name, table in tomllib.loads(file.read_text(encoding="utf-8"))["table"].items():
        for row in table["row"]:
            where = f"{file.name}, table {name}, {row.get('symbol')}"
            if set(row) - FIELDS - {"introduced"} or {"symbol", "meaning", "introduced"} - set(row):
                raise ValueError(f"{where}: fields are {sorted(row)}")
            if row.get("shape") and not (row.get("held_by") and row.get("code")):
                raise ValueError(f"{where}: a shape wants `code` and `held_by`, whose array has it")
            if len(row.get("shape", row["symbol"])) != len(row["symbol"]):
                raise ValueError(f"{where}: a shape for each symbol")
            chapters = row.get("chapters", table["chapters"])
            lists = {k: tuple(row[k]) for k in ("symbol", "shape") if k in row}
            scopes = {"around": tuple(table["chapters"]), "chapters": tuple(chapters)}
            found.append(Symbol(**{**row, **lists, **scopes, "table": name}))
    return found


def of_chapter(rows: list[Symbol], chapter: str) -> dict[str, Symbol]:
    """``{TeX: row}`` of the symbols as a chapter means them.

    The row for the fewest chapters holds. Two for equally many leave it open what is meant.
    """
    found: dict[str, list[Symbol]] = {}
    for row in rows:
        if not row.chapters or chapter in row.chapters:
            for tex in row.symbol:
                found.setdefault(tex, []).append(row)
    meant = {}
    for tex, several in found.items():
        counts = [len(row.chapters) or float("inf") for row in several]
        if counts.count(min(counts)) == 1:
            meant[tex] = several[counts.index(min(counts))]
    return meant


def markdown(rows: list[Symbol]) -> str:
    """A table of the rows, with the columns that one of them needs."""
    columns = [name for name in COLUMNS if any(row.cell(name) for row in rows)]
    lines = [["symbol", *(COLUMNS[name] for name in columns)], ["---"] * (len(columns) + 1)]
    for row in rows:
        symbols = ", ".join(f"${tex}$" for tex in row.symbol)
        lines.append([symbols, *(row.cell(name) for name in columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
