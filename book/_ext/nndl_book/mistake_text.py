"""What a cell prints about a mistake, read line by line: which arrays it harms, and how much.

Most lines come from ``nndl.mistakes.consequence``; the others are those of the chapters. A line
that is none of them is a case, which heads the rows below it, or a sentence.
"""

import re
from typing import NamedTuple

WRONG = re.compile(r"(\S.*?): (\d+ of \d+) entries wrong, relative error up to (\S+)")
UNHARMED = re.compile(r"(\S.*?): unharmed")
SHAPE = re.compile(r"(\S.*?): (has shape \(.*?\), expected \(.*\))")
RAISED = re.compile(r"(\w+Error): (.+)")
REFUSED = re.compile(r"(\w+: .+, expected .+)")  # the package's own errors, printed without a type
INSTEAD = re.compile(r"(?:(?P<case>\S.*): )?(?P<name>\w+) (?P<wrong>\S+) instead of (?P<right>\S+)")
VERDICT = re.compile(r"(a (\w+) gradient): (accepted|refused)")
FACT = re.compile(r"(\S.*?): (\S.*)")
ARRAY = re.compile(r"(right|wrong) +(\[.*\])")
COUNT = re.compile(r"\d")  # a sentence begins with what was counted; no case does


class Row(NamedTuple):
    """A line about one array, or about one thing that was seen."""

    kind: str  # "harm", "verdict" or "fact"
    name: str
    word: str = ""  # what became of it
    harmed: bool = False
    details: tuple = ()


class Case(NamedTuple):
    """The rows of one kind that stand together, and the line above them."""

    title: str
    kind: str  # that of its rows, or "text"
    rows: list


def row(line: str) -> Row | None:
    """The row that a line is; None for a case or a sentence."""
    if match := WRONG.fullmatch(line):
        return Row("harm", match[1], "wrong", True, (match[2], match[3]))
    if match := UNHARMED.fullmatch(line):
        return Row("harm", match[1], "unharmed")
    if match := SHAPE.fullmatch(line):
        return Row("harm", match[1], "wrong", True, (match[2],))
    if match := RAISED.fullmatch(line):
        return Row("harm", "raises", match[1], True, (match[2],))
    if match := REFUSED.fullmatch(line):
        return Row("harm", "raises", "an error", True, (match[1],))
    if match := INSTEAD.fullmatch(line):
        harmed = match["wrong"] != match["right"]
        said = (f"{match['wrong']} instead of {match['right']}",) if harmed else (match["right"],)
        return Row("harm", match["name"], "wrong" if harmed else "unharmed", harmed, said)
    if match := VERDICT.fullmatch(line):
        expected = "accepted" if match[2] == "right" else "refused"
        return Row("verdict", match[1], match[3], match[3] != expected)
    if match := FACT.fullmatch(line) or ARRAY.fullmatch(line):
        return Row("fact", match[1], match[2])
    return None


def harms(line: str) -> bool:
    """Whether a line says what a mistake does to an array or to a verdict."""
    found = row(line)
    return found is not None and (found.kind != "fact" and found.name != "raises")


def heads(line: str, following: str, is_check) -> bool:
    """Whether a line that is no row is the title of what follows."""
    if is_check(line) or is_check(following) or COUNT.match(line):
        return False
    return row(following) is not None


def cases(text: str, is_check) -> list[Case]:
    """The cases of an output; ``is_check`` knows the lines that are checks, which stay text."""
    found: list[Case] = []
    title = ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line, following in zip(lines, [*lines, ""][1:], strict=True):
        this = None if is_check(line) else row(line)
        if this and (match := INSTEAD.fullmatch(line)) and match["case"]:
            title = match["case"]
        if this:
            if title or not found or found[-1].kind != this.kind:
                found.append(Case(title, this.kind, []))
            found[-1].rows.append(this)
            title = ""
        elif heads(line, following, is_check):
            title = line.removesuffix(":")
        else:
            found.append(Case("", "text", [line]))
    return found
