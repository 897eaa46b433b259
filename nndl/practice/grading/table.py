"""The table: a row for each submission."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COUNTED = ("right", "convention", "wrong", "unfinished", "stopped", "missing")
WIDEST = 1000  # characters of a cell
HEAD = ("submission", "status", *COUNTED, "of", "problems")


def columns(entries: Sequence[dict[str, Any]], names: tuple[str, ...] | None) -> list[str]:
    """The exercises that were asked for, or that any submission has, in the order of the book."""
    from nndl.practice.exercises import exercises

    if names is not None:
        return list(names)
    return [name for name in exercises() if any(name in e["exercises"] for e in entries)]


def verdict(entry: dict[str, Any], name: str) -> str:
    """Of one submission on one exercise."""
    return entry["exercises"].get(name, {"verdict": "missing"})["verdict"]


def rows(
    entries: Sequence[dict[str, Any]], names: tuple[str, ...] | None
) -> list[dict[str, str | int]]:
    """The rows, by column."""
    shown, found = columns(entries, names), []
    for entry in entries:
        verdicts = {name: verdict(entry, name) for name in shown}
        counts = {kind: list(verdicts.values()).count(kind) for kind in COUNTED}
        head = {"submission": plain(one_line(entry["submission"])), "status": entry["status"]}
        tail = {"of": len(shown), "problems": plain(joined(entry["problems"]))}
        found.append(head | counts | tail | verdicts)
    return found


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    Neither one that takes a semicolon for the end of a cell, nor one that reads wide signs.
    """
    text = "".join(c if c.isprintable() else " " for c in text)
    return re.sub(r"(^|;)(\s*)(?=[=+\-@＝＋－＠])", r"\1\2'", text)


def one_line(name: str) -> str:
    """A name whose signs that are not printed are written out, so that no two names are one."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def joined(problems: Sequence[str]) -> str:
    """As much of them as a cell can show; all of them are in the report."""
    whole = "; ".join(problems)
    return whole if len(whole) <= WIDEST else f"{whole[:WIDEST]} …"


def write(path: Path, entries: Sequence[dict[str, Any]], names: tuple[str, ...] | None) -> None:
    """Write it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*HEAD, *columns(entries, names)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(entries, names))
