"""The head of a chapter: how long it takes, what it needs, and what one can do afterwards.

    :::{chapter-head}
    :needs: foundations/gradients, foundations/backpropagation
    Afterwards you can write the backward pass of an affine layer alone.
    :::

The minutes are computed from the chapter itself, by ``book._tools.minutes``. On other pages,
``chapter-minutes`` is a role: ``least`` and ``most`` are those of the whole book.

The line ends with a link to the page of notation. ``previews.js`` has it list the chapter's own
symbols: a formula says what its letters mean where the pointer is, and most formulas, those in the
lines of the text, have no place where a key could stop.
"""

import json
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book.chapter_numbers import chapters, path_of
from book._tools import minutes

BEGINNING = "Afterwards you can "
NOTATION = "notation"  # the page of all symbols


def minutes_of(env, docname: str) -> int:
    """Minutes to read a chapter, a notebook."""
    env.note_dependency(minutes.__file__)
    return minutes.minutes(json.loads(path_of(env, docname).read_text(encoding="utf-8")))


def names(argument: str) -> list[str]:
    """The chapters in an option's list."""
    return [name.strip() for name in directives.unchanged_required(argument).split(",")]


class ChapterHead(SphinxDirective):
    """The block below a chapter's title."""

    has_content = True
    option_spec: ClassVar = {"needs": names}

    def link(self, docname, words=""):
        """The title of a page, to which ``numbered_links`` adds the number, or other words."""
        link = addnodes.pending_xref(
            "", refdomain="std", reftype="doc", reftarget=f"/{docname}", refexplicit=bool(words),
            refdoc=self.env.docname, refwarn=True,
        )  # fmt: skip
        link += nodes.inline("", words)
        return link

    def run(self):
        sentence = self.parse_content_to_nodes()
        if not "".join(node.astext() for node in sentence).startswith(BEGINNING):
            raise self.error(f"what a chapter's head says begins with {BEGINNING!r}")
        time = minutes_of(self.env, self.env.docname)
        line = nodes.paragraph(classes=["effort"])
        line += nodes.strong("", f"{time} minute{'s' if time > 1 else ''}")
        for number, name in enumerate(self.options.get("needs", [])):
            line += nodes.Text(", " if number else " · needs ")
            line += self.link(name)
        if NOTATION in self.env.found_docs:
            line += nodes.inline("", " · ", self.link(NOTATION, "symbols"), classes=["symbols"])
        return [nodes.container("", line, *sentence, classes=["chapter-head"])]


class ChapterMinutes(SphinxRole):
    """The minutes of the book's shortest or longest chapter."""

    def run(self):
        times = [minutes_of(self.env, docname) for docname in chapters(self.env)]
        return [nodes.Text(str({"least": min, "most": max}[self.text](times)))], []


def connect(app) -> None:
    app.add_directive("chapter-head", ChapterHead)
    app.add_role("chapter-minutes", ChapterMinutes())
