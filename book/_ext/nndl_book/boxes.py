"""Boxes with a heading of their own: mistakes, and the headings of exercises.

They are headings for a reader who goes from heading to heading, one level below the section that
they stand in, and not in the list of contents, which would be four times as long.
"""

from docutils import nodes

DEEPEST = 6


class box(nodes.General, nodes.Element):
    """A group that is named by its first child, a ``heading``."""


class heading(nodes.TextElement):
    """A heading of what is no section."""


def boxed(kind: str, title: str, name: str, style: str) -> box:
    """A box with the label ``kind`` and a title; ``name`` is its id."""
    label = nodes.inline("", kind, classes=["kind"])
    ids = [name] if name else []
    return box("", heading("", "", label, nodes.Text(f" {title}")), classes=["box", style], ids=ids)


def level(node) -> int:
    """The level of a heading: one below the sections with titles around it, and exercises."""
    above = 0
    parent = node.parent
    while parent is not None:
        titled = isinstance(parent, nodes.section) and isinstance(parent[0], nodes.title)
        above += titled or "solution" in parent.get("classes", [])
        parent = parent.parent
    return min(above + 1, DEEPEST)


def visit_box(self, node) -> None:
    self.body.append(self.starttag(node, "div"))


def depart_box(self, node) -> None:
    self.body.append("</div>\n")


def visit_heading(self, node) -> None:
    self.body.append(self.starttag(node, f"h{level(node)}", ""))


def depart_heading(self, node) -> None:
    if node.parent["ids"]:
        self.add_permalink_ref(node.parent, "Link to this heading")
    self.body.append(f"</h{level(node)}>\n")


def visit_nothing(self, node) -> None:
    """LaTeX shows a box by its heading alone."""


def visit_line(self, node) -> None:
    # Not at the foot of a page, without what it heads.
    self.body.append("\n\n\\needspace{7\\baselineskip}\\smallskip\\noindent\\textbf{")


def depart_line(self, node) -> None:
    self.body.append("}\\nopagebreak\n\n")


def connect(app) -> None:
    app.add_node(box, html=(visit_box, depart_box), latex=(visit_nothing, visit_nothing))
    latex = (visit_line, depart_line)
    app.add_node(heading, html=(visit_heading, depart_heading), latex=latex)
