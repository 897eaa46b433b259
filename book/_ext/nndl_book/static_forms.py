"""What a book without clicks shows, on paper (LaTeX) and in an EPUB.

There, nothing opens: the code of figures is left out, as in a chapter's print; checks and
docstrings stand whole; solutions come at the end of their chapter, out of the exercise's sight.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node

from book._ext.nndl_book import boxes
from book._ext.nndl_book.exercise_folds import name_of

BUILDERS = ("latex", "epub")
LIVE = ("<form", "<script", "title-picture")  # the last is on the cover
CLICKS = "clicks"  # {.clicks}, above a paragraph or a list; a heading is in the contents as well
STRETCHED = "sd-stretched-link"


def is_static(app) -> bool:
    """Whether the book that is being written has no clicks."""
    return app.builder.name in BUILDERS


def documents(doctree) -> list:
    """The files in a doctree: the whole book's, which LaTeX gets as one, or the only one."""
    return list(doctree.findall(addnodes.start_of_file)) or [doctree]


class DropFoldedCode(SphinxPostTransform):
    """Leave out what the cells tagged ``hide-input`` are made by."""

    default_priority = 195  # as on the site, where it is folded
    builders = BUILDERS

    def run(self, **kwargs):
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("hide_mode") == "input":
                del cell["hide_mode"]
                kept = [c for c in cell.children if c.get("nb_element") != "cell_code_source"]
                cell.children[:] = kept
                if not kept:
                    cell.parent.remove(cell)


class DropLive(SphinxPostTransform):
    """Leave out what needs clicks, texts of the class ``clicks`` about it, the title's picture."""

    default_priority = 50
    builders = BUILDERS

    def run(self, **kwargs):
        for node in list(self.document.findall(nodes.raw)):
            if any(word in node.astext() for word in LIVE):
                node.parent.remove(node)
        for node in list(self.document.findall(nodes.Element)):
            if CLICKS in node.get("classes", []):
                node.parent.remove(node)


class PlainDownloads(SphinxPostTransform):
    """An archive lies on the site alone: what leads to it is its words."""

    default_priority = 50
    builders = BUILDERS

    def run(self, **kwargs):
        for link in list(self.document.findall(nodes.reference)):
            address = link.get("refuri", "")
            if address.endswith(".zip") and "://" not in address:
                link.replace_self(link.children)


class PlainCards(SphinxPostTransform):
    """A card is a paragraph that begins with its title; a link over all of it has no text."""

    default_priority = 8  # before references
    builders = BUILDERS

    def run(self, **kwargs):
        cards = [n for n in self.document.findall(nodes.container) if "sd-card" in n["classes"]]
        for card in cards:
            for link in [n for n in card.findall(nodes.Element) if STRETCHED in n["classes"]]:
                link.parent.remove(link)
            body = nodes.paragraph()
            for part in list(card.findall(nodes.Element)):
                if "sd-card-title" in part["classes"]:
                    body += [nodes.strong("", f"{part.astext().strip()}. "), nodes.Text(" ")]
                elif isinstance(part, nodes.paragraph):
                    body += part.children
            card.replace_self(body)


class LabelsWithColons(SphinxPostTransform):
    """A box's label is set off from its title by style on the site; here, by a colon."""

    default_priority = 300  # after the boxes are made
    builders = BUILDERS

    def run(self, **kwargs):
        for title in self.document.findall(boxes.heading):
            title[0] += nodes.Text(":")


def move_solutions(app, doctree, docname) -> None:
    """Put a chapter's solutions into a section of their own at its end."""
    if not is_static(app):
        return
    for file in documents(doctree):
        solutions = list(file.findall(solution_node))
        chapter = next(file.findall(nodes.section), None)
        if solutions and chapter is not None:
            section = nodes.section(ids=["solutions-of-the-chapter"], classes=["solutions"])
            section += nodes.title("", "Solutions")
            for solution in solutions:
                solution.parent.remove(solution)
            section += solutions
            chapter += section


def plain_title(title, effort: bool) -> None:
    """Make "Exercise 9.1 (Sizes (easy))" "Exercise 9.1. Sizes (easy)", or without the effort."""
    children = list(title.children)
    begin = next((k for k, child in enumerate(children) if child.astext() == " ("), len(children))
    name, how = name_of(children[begin:])
    if name:
        said = f" ({how})" if how and effort else ""
        title.children[:] = []
        title += [*children[:begin], nodes.Text(". "), *name, nodes.Text(said)]


def plain_titles(app, doctree, docname) -> None:
    """Titles of exercises and solutions without brackets in brackets, as on the site."""
    if not is_static(app):
        return
    for kind in (exercise_node, exercise_enumerable_node):
        for exercise in doctree.findall(kind):
            plain_title(exercise[0], effort=True)
    for solution in doctree.findall(solution_node):
        link = solution[0].next_node(nodes.reference)
        plain_title(link or solution[0], effort=False)


def connect(app) -> None:
    app.add_post_transform(DropFoldedCode)
    app.add_post_transform(DropLive)
    app.add_post_transform(PlainDownloads)
    app.add_post_transform(PlainCards)
    app.add_post_transform(LabelsWithColons)
    app.connect("doctree-resolved", plain_titles)
    app.connect("doctree-resolved", move_solutions, priority=400)
