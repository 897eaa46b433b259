"""Tables as docutils has them, a cell a paragraph."""

from docutils import nodes


def row(contents) -> nodes.row:
    """A line of a table: a cell for each of the inline nodes."""
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", c)) for c in contents))


def empty_table(head, kind: str, title: str = "") -> tuple[nodes.table, nodes.tbody]:
    """A table of the class ``kind`` with a line of headings, and the body that takes its rows."""
    table = nodes.table(classes=[kind])
    if title:
        table += nodes.title("", title)
    group = nodes.tgroup(cols=len(head))
    group.extend(nodes.colspec(colwidth=1) for _ in head)
    group += nodes.thead("", row(map(nodes.Text, head)))
    body = nodes.tbody()
    group += body
    table += group
    return table, body


def put_beside(lines, first) -> None:
    """Put the inline node ``first`` into a cell at the left of all these rows, as their title."""
    entry = nodes.entry("", nodes.paragraph("", "", first))
    entry["morerows"] = len(lines) - 1
    lines[0].insert(0, entry)
