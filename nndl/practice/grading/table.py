"""The table: a row for each submission."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COUNTED = ("right", "convention", "wrong", "unfinished", "stopped", "missing")
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
        head = {"submission": plain(entry["submission"]), "status": entry["status"]}
        tail = {"of": len(shown), "problems": plain("; ".join(entry["problems"]))}
        found.append(head | counts | tail | verdicts)
    return found


def plain(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def write(path: Path, entries: Sequence[dict[str, Any]], names: tuple[str, ...] | None) -> None:
    """Write it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*HEAD, *columns(entries, names)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(entries, names))
