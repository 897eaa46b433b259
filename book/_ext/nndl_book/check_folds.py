"""Checks that hold, three or more in a row, become a line that opens to all of them.

``12 checks hold, the worst 1.2e-09 of 1e-08``: the worst is the one nearest its bound. The others
become blocks of their own, so that a sign beside them can say whether they hold.
"""

from itertools import groupby

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book.check_lines import Check, looks_like_check, parse_line
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


def state(line: str) -> str:
    """The class of a line: ``holds``, ``fails``, or none for what is no check."""
    return ("holds" if holds(line) else "fails") if looks_like_check(line) else ""


def marked(text: str, block) -> list[nodes.literal_block]:
    """Lines of an output, those of each state in a block of its class."""
    blocks = []
    for kind, lines in groupby(text.splitlines(), state):
        part = "\n".join(lines).strip("\n")
        if part:
            blocks.append(nodes.literal_block(part, part, **block.attributes))
            blocks[-1]["classes"] = [*block["classes"], *kind.split()]
    return blocks


class FoldChecks(SphinxPostTransform):
    """Mark them in all outputs, and fold them but where a cell shows planted mistakes."""

    default_priority = 190
    formats = ("html",)

    def run(self, **kwargs):
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            planted = "planted" in cell.get("cell_metadata", {}).get("tags", [])
            for block in list(cell.findall(nodes.literal_block)):
                if "stream" in block["classes"]:
                    self.fold(block, planted)

    @staticmethod
    def fold(block, planted: bool) -> None:
        if any(map(looks_like_check, block.astext().splitlines())):
            blocks = []
            for checks, text in [(None, block.astext())] if planted else parts(block.astext()):
                if checks:
                    part = nodes.literal_block(text, text, **block.attributes)
                    blocks.append(folded(unbroken(checks), [part], "checks"))
                else:
                    blocks.extend(marked(text, block))
            block.parent.replace(block, blocks)  # replace_self would hand its classes on


def connect(app) -> None:
    app.add_post_transform(FoldChecks)
