"""Tables for LaTeX: columns as wide as their texts need, long tables over several pages.

Sphinx gives columns equal widths where a table has long cells, and LaTeX breaks no page inside of a
cell, and no name without a space. What a mistake harms is set as narrow as it is, below its diff.
"""

import re
from math import sqrt

from docutils import nodes

LONG = 12  # rows of a table
# Points: the width of a page's text, what a cell has at its sides, a character of text and of code.
PAGE, SIDES, TEXT, CODE = 466, 12, 5.5, 5.2
PIECES = re.compile(r"[\s_.]+")  # at which a line of a cell breaks
COMMAND = re.compile(r"\\[a-zA-Z]+\*?|\\.")  # of TeX, which shows one character or none
UNSEEN = re.compile(r"[{}^_$&]")


def flat(table) -> None:
    """Make a cell beside many lines a line above them: LaTeX breaks no page inside of one."""
    group = next(table.findall(nodes.tgroup))
    columns = [child for child in group.children if isinstance(child, nodes.colspec)]
    rows = list(group.findall(nodes.row))
    if not any(row[0].get("morerows", 0) > 1 for row in rows):
        return
    for row in [row for row in rows if len(row) == len(columns)]:
        first = row[0]
        row.remove(first)
        if isinstance(row.parent, nodes.tbody):
            words = [nodes.strong("", "", *part.children) for part in first.children]
            title = nodes.entry("", *(nodes.paragraph("", "", strong) for strong in words))
            title["morecols"] = len(columns) - 2
            row.parent.insert(row.parent.index(row), nodes.row("", title))
    group.remove(columns[0])
    group["cols"] = len(columns) - 1


def shown(cell) -> str:
    """The text of a cell about as long as it looks: a command of TeX is one character."""
    text = ""
    for node in cell.findall(nodes.Text):
        if isinstance(node.parent, nodes.math):
            text += UNSEEN.sub("", COMMAND.sub("x", node.astext()))
        else:
            text += node.astext()
    return text


def least(cell) -> float:
    """The points that a cell's longest piece needs, which cannot be broken."""
    character = CODE if cell.next_node(nodes.literal) else TEXT
    return SIDES + character * max(len(piece) + 1 for piece in PIECES.split(shown(cell)))


def widths(shares: list[float], needs: list[float]) -> list[float]:
    """Points of columns: by their shares, where each has what it needs, as far as there is room."""
    short: set[int] = set()
    while True:
        room = PAGE - sum(needs[k] for k in short)
        rest = sum(share for k, share in enumerate(shares) if k not in short)
        if room <= 0 or not rest:
            return shares
        more = {k for k, need in enumerate(needs) if need > room * shares[k] / rest} - short
        if not more:
            break
        short |= more
    return [needs[k] if k in short else room * share / rest for k, share in enumerate(shares)]


def set_widths(table) -> None:
    """Give each column a share that follows from its texts, and let long tables go on overleaf."""
    group = next(table.findall(nodes.tgroup))
    rows = [row for row in group.findall(nodes.row) if len(row) > 1]
    columns = [child for child in group.children if isinstance(child, nodes.colspec)]
    if any(len(row) != len(columns) for row in rows):
        return
    shares = [max(len(shown(row[k])) for row in rows) for k in range(len(columns))]
    shares = [sqrt(min(max(longest, 6), 150)) for longest in shares]
    needs = [max(least(row[k]) for row in rows) for k in range(len(columns))]
    for column, width in zip(columns, widths(shares, needs), strict=True):
        column["colwidth"] = round(width)
    table["classes"] += ["colwidths-given"] + ["longtable"] * (len(rows) > LONG)


def set_effects(table) -> None:
    """What a mistake harms: as wide as it is, and its title a line above, without a number."""
    table["align"] = "left"
    if isinstance(table[0], nodes.title):
        title = table[0]
        table.remove(title)
        above = nodes.paragraph("", "", nodes.emphasis("", "", *title.children))
        room = nodes.raw("", "\n\\needspace{6\\baselineskip}\n", format="latex")
        table.parent.insert(table.parent.index(table), [room, above])


def drop_empty(table) -> None:
    """An empty paragraph in an empty cell would make its row two lines high."""
    for entry in table.findall(nodes.entry):
        entry.children[:] = [p for p in entry if p.children or not isinstance(p, nodes.paragraph)]


def arrange(doctree) -> None:
    """See to all tables of a book."""
    for table in list(doctree.findall(nodes.table)):
        drop_empty(table)
        if "effects" in table["classes"]:
            set_effects(table)
            continue
        flat(table)
        set_widths(table)
