"""A chapter's summary, whose lines end with backslashes in the text, is a list on the page."""

from docutils import nodes

TITLE = "Summary"


def is_break(node) -> bool:
    """Whether a node is a hard line break, as MyST writes it: raw, for each format."""
    return isinstance(node, nodes.raw)


def list_of_lines(paragraph) -> nodes.bullet_list:
    """The lines of a paragraph, an item each."""
    lines = [[]]
    for node in paragraph.children:
        if not is_break(node):
            lines[-1].append(node)
        elif lines[-1]:
            lines.append([])
    items = [nodes.list_item("", nodes.paragraph("", "", *line)) for line in lines if line]
    return nodes.bullet_list("", *items, bullet="-", classes=["summary"])


def make_lists(app, doctree) -> None:
    for section in doctree.findall(nodes.section):
        paragraphs = [node for node in section.children if isinstance(node, nodes.paragraph)]
        if section[0].astext() == TITLE and any(map(is_break, paragraphs[0].children)):
            section.replace(paragraphs[0], list_of_lines(paragraphs[0]))


def connect(app) -> None:
    app.connect("doctree-read", make_lists)
