"""The code of a notebook as Python: without outputs, and without lines that are Jupyter's own."""

import ast
import json
import re
from pathlib import Path
from typing import Any

MAGIC = re.compile(r"^(\s*)([\w.,\s]+=\s*)?(?:[%!].*|\?+[\w.*]+|[\w.]+\?+)\s*$")
RUNS = re.compile(r"^%%(time|capture|prun)\b")  # the cell below it, as if it were not there


class NoNotebook(ValueError):
    """A file that is none."""


def sources(path: Path) -> list[str]:
    """The code cells, in their order.

    Raises
    ------
    NoNotebook
        With what it is instead.
    """
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NoNotebook("it is UTF-16, and notebooks are UTF-8: save it again as UTF-8")
    if not raw.strip():
        raise NoNotebook("it is empty")
    try:
        whole = json.loads(raw.decode("utf-8-sig"))
        # Before version 4 there were sheets, and "input".
        cells = whole["cells"] if "cells" in whole else _of_sheets(whole["worksheets"])
        codes = [cell for cell in cells if cell["cell_type"] == "code"]
        return ["".join(cell["source"] if "source" in cell else cell["input"]) for cell in codes]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoNotebook(f"it is no notebook: {type(error).__name__}: {error}") from None


def _of_sheets(sheets: list[Any]) -> list[Any]:
    return [cell for sheet in sheets for cell in sheet["cells"]]


def plain(source: str) -> str:
    """A cell without what is Jupyter's own; its lines keep their numbers."""
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        if not RUNS.match(first):
            return ""
        source = source[: len(source) - len(source.lstrip())] + "\n" + rest
    if _parses(source):  # where a line that begins with % goes on with the one above it
        return source
    return "\n".join(_replaced(line) for line in source.replace("\r\n", "\n").split("\n"))


def _replaced(line: str) -> str:
    found = MAGIC.match(line)
    if not found or _parses(line.strip()):
        return line
    return f"{found[1]}{found[2]}None" if found[2] else f"{found[1]}pass"


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
