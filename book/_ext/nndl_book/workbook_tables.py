"""The tables of the pages on the workbook, from the plan and the chapters' texts.

    ```{workbook-notebooks}
    ```

lists the notebooks with what each asks for; ``workbook-chapters`` what each teaches, and in what
time. The role ``workbook-archive`` leads to all of them at once, and ``workbook-course`` to the
same for nbgrader. ``notebook_downloads`` and ``workbook_files`` make what they lead to.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book.workbook_files import PACKED, WORKBOOK, asking, workbook_name
from book._tools.minutes import minutes
from book._workbook.blanks import in_words
from book._workbook.course import COURSE
from book._workbook.wording import hours_in_words

HEAD = re.compile(r"(?s)^:::\{chapter-head\}.*?^Afterwards you can (.*?)\n:::$", re.MULTILINE)


class ToNotebook(nodes.Inline, nodes.TextElement):
    """The place of a link to a notebook, whose name has a number that is known later."""


class Table(SphinxDirective):
    """A table with a row for each chapter of the workbook."""

    heads: tuple[str, ...] = ()

    def run(self):
        self.env.note_reread()
        group = nodes.tgroup("", cols=len(self.heads))
        group += [nodes.colspec("", colwidth=1) for _ in self.heads]
        group += nodes.thead("", self.row([[nodes.Text(head)] for head in self.heads]))
        rows = [self.row(self.cells(docname, task)) for docname, task in asking(self.env).items()]
        group += nodes.tbody("", *rows)
        return [nodes.table("", group)]

    @staticmethod
    def row(cells):
        entries = (nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells)
        return nodes.row("", *entries)

    def chapter(self, docname):
        """The title of a chapter, to which ``numbered_links`` adds the number."""
        found = addnodes.pending_xref(
            "", nodes.inline(), refdomain="std", reftype="doc", reftarget=f"/{docname}",
            refexplicit=False, refdoc=self.env.docname, refwarn=True,
        )  # fmt: skip
        return [found]


class Notebooks(Table):
    """What each notebook asks for."""

    heads = ("chapter", "notebook", "to write", "equations", "time")

    def cells(self, docname, task):
        names = []
        for taken in task.all:
            names += [nodes.Text(", ")] * bool(names) + [nodes.literal("", taken.name)]
        numbers = sorted({number for taken in task.all for number in taken.equations})
        equations = in_words(numbers).partition(" ")[2]
        return [
            self.chapter(docname),
            [ToNotebook("", docname=docname)],
            names,
            [nodes.Text(equations or "–")],
            [nodes.Text(hours_in_words(task.hours))],
        ]


class Chapters(Table):
    """What each chapter teaches, and how long it takes."""

    heads = ("chapter", "afterwards one can", "to read", "with the workbook", "functions")

    def cells(self, docname, task):
        found = HEAD.search(task.chapter.path.read_text(encoding="utf-8"))
        paragraphs = self.parse_inline(found[1].strip(), lineno=self.lineno)[0] if found else []
        return [
            self.chapter(docname),
            paragraphs,
            [nodes.Text(f"{minutes(task.chapter.text)} min")],
            [nodes.Text(hours_in_words(task.hours))],
            [nodes.Text(str(len(task.all)))],
        ]


class Archive(SphinxRole):
    """A link to an archive: ``{workbook-archive}`all notebooks of the workbook```."""

    def __init__(self, name: str):
        self.archive = name

    def run(self):
        up = "../" * self.env.docname.count("/")
        return [nodes.reference("", self.text, refuri=f"{up}{WORKBOOK}/{self.archive}")], []


def lead_to_notebooks(app, doctree, docname) -> None:
    """Make the links, now that chapters have numbers; only the site has what they lead to."""
    for place in list(doctree.findall(ToNotebook)):
        name = workbook_name(app.env, place["docname"])
        text = nodes.literal("", name)
        up = "../" * docname.count("/")
        link = nodes.reference("", "", text, refuri=f"{up}{WORKBOOK}/{name}")
        place.replace_self(link if app.builder.format == "html" else text)


def connect(app) -> None:
    app.add_directive("workbook-notebooks", Notebooks)
    app.add_directive("workbook-chapters", Chapters)
    app.add_role("workbook-archive", Archive(PACKED))
    app.add_role("workbook-course", Archive(COURSE))
    app.connect("doctree-resolved", lead_to_notebooks)
