"""Every block that opens has a name of its own, for those who hear a list of a page's buttons.

"Imports" or "12 checks hold" may stand on a page more than once. Where it does, the name goes on,
unseen, with the section that the block is in, and a number where that is not enough.
"""

from collections import Counter

from docutils import nodes

from book._ext.nndl_book.folds import fold_title

UNSEEN = "visually-hidden"  # Bootstrap's, which the theme has


def section_of(node) -> str:
    """The title of the section around a node, or of the exercise that a solution belongs to."""
    while node is not None:
        if "solution" in node.get("classes", []):
            return node[0].astext()
        if isinstance(node, nodes.section) and isinstance(node[0], nodes.title):
            return node[0].astext()
        node = node.parent
    return ""


def names(texts, sections) -> list[str]:
    """What each name has to add to be the only one of its kind."""
    wheres = list(zip(texts, sections, strict=True))
    alone, there, seen = Counter(texts), Counter(wheres), Counter()
    added = []
    for text, section in wheres:
        seen[text, section] += 1
        number = f", {seen[text, section]}" if there[text, section] > 1 else ""
        added.append(f", {section}{number}" if alone[text] > 1 else "")
    return added


def add_names(app, doctree, docname) -> None:
    titles = list(doctree.findall(fold_title))
    # A solution's own title must not be taken for the section that it stands in.
    sections = [section_of(title.parent.parent) for title in titles]
    added = names([title.astext() for title in titles], sections)
    for title, more in zip(titles, added, strict=True):
        if more:
            title += nodes.inline("", more, classes=[UNSEEN])


def connect(app) -> None:
    app.connect("doctree-resolved", add_names, priority=900)  # when all blocks are folded
