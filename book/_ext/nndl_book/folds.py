"""What a page shows at a click: ``details``, which work without a script and in a search."""

from docutils import nodes


class fold(nodes.General, nodes.Element):
    """A closed block; its first child is a ``fold_title``."""


class fold_title(nodes.TextElement):
    """What the block says while it is closed."""


def folded(title, content, kind: str, **attributes) -> fold:
    """A block with a title, a text or inline nodes, around ``content``."""
    inline = [nodes.Text(title)] if isinstance(title, str) else title
    return fold("", fold_title("", "", *inline), *content, classes=["fold", kind], **attributes)


def visit_fold(self, node) -> None:
    self.body.append(self.starttag(node, "details"))


def depart_fold(self, node) -> None:
    self.body.append("</details>\n")


def visit_title(self, node) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def depart_title(self, node) -> None:
    self.body.append("</summary>\n")


def connect(app) -> None:
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_title, html=(visit_title, depart_title))
