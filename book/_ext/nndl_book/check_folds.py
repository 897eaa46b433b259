"""Checks that hold, three or more in a row, become a line that opens to all of them.

``12 checks hold, the worst 1.2e-09 of 1e-08``: the worst is the one nearest its bound.
"""

from itertools import groupby

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book.check_lines import Check, parse_line
from book._ext.nndl_book.folds import folded

FEWEST = 3


def holds(line: str) -> Check | None:
    """The check that a line states, where it holds."""
    try:
        return parse_line(line)
    except ValueError:
        return None


def nearness(check: Check) -> float:
    """How much of its bound a check uses up: 1 when there is nothing left."""
    if check.value.endswith("%"):
        return float(check.bound.removeprefix("at least ")[:-2]) / float(check.value[:-2])
    value, bound = float(check.value), float(check.bound)
    return value / bound if bound else 1.0


def summary(checks: list[Check]) -> str:
    """The line that stands for several checks."""
    worst = max(checks, key=nearness)
    between = ", " if worst.value.endswith("%") else " of "
    return f"{len(checks)} checks hold, the worst {worst.value}{between}{worst.bound}"


def unbroken(checks: list[Check]) -> list[nodes.Node]:
    """The same line, with numbers that no line break parts."""
    words, _, numbers = summary(checks).partition("worst ")
    return [nodes.Text(f"{words}worst "), nodes.inline("", numbers, classes=["number"])]


def parts(text: str):
    """Yield the pieces of an output: the checks of a run that is folded, or None; its text."""
    pieces = []
    for found, run in groupby(text.splitlines(), lambda line: holds(line) is not None):
        lines = list(run)
        checks = [holds(line) for line in lines] if found and len(lines) >= FEWEST else None
        if pieces and checks is None and pieces[-1][0] is None:
            pieces[-1][1].extend(lines)
        else:
            pieces.append((checks, lines))
    return [(checks, "\n".join(lines)) for checks, lines in pieces]


class FoldChecks(SphinxPostTransform):
    """Fold them in the outputs of all cells but those that show planted mistakes."""

    default_priority = 190
    formats = ("html",)

    def run(self, **kwargs):
        for cell in list(self.document.findall(nodes.container)):
            metadata = cell.get("cell_metadata", {})
            if cell.get("nb_element") != "cell_code" or "planted" in metadata.get("tags", []):
                continue
            for block in list(cell.findall(nodes.literal_block)):
                if "stream" in block["classes"]:
                    self.fold(block)

    @staticmethod
    def fold(block) -> None:
        pieces = parts(block.astext())
        if any(checks for checks, _ in pieces):
            blocks = []
            for checks, text in pieces:
                part = nodes.literal_block(text, text, **block.attributes)
                blocks.append(folded(unbroken(checks), [part], "checks") if checks else part)
            block.parent.replace(block, blocks)  # replace_self would hand its classes on


def connect(app) -> None:
    app.add_post_transform(FoldChecks)
