"""Equations by name: in the code of a chapter, and from one chapter to another.

A chapter's code names an equation of its page by the label, ``# (eq-conv)``. The page shows the
number, linked to the equation: ``# (5)``. A label that the page does not have is a warning, which
fails the build.

Equations count (1), (2), ... within a page. A reference from another page therefore says whose
equation it is: ``(8.5)`` is equation (5) of chapter 8.
"""

import re

from docutils import nodes
from sphinx.domains.math import MathDomain
from sphinx.util import logging

from book._ext.nndl_book import chapter_numbers

CITED = re.compile(r"\((eq-[\w-]+)\)")
CODE = re.compile(r'(?s)<div class="highlight-[^"]*">.*?</pre>')
logger = logging.getLogger(__name__)


class ChapterEquations(MathDomain):
    """Sphinx's equations; a reference from another page shows the chapter's number."""

    def resolve_xref(self, env, fromdocname, builder, typ, target, node, contnode):
        found = super().resolve_xref(env, fromdocname, builder, typ, target, node, contnode)
        docname, number = self.equations.get(target, (fromdocname, None))
        chapter = chapter_numbers.number_of(env, docname)
        if docname != fromdocname and chapter and isinstance(found, nodes.reference):
            found.children[:] = [nodes.Text(f"({chapter}.{number})")]
            found.children[0].parent = found
        return found


def number_of(env, docname: str, label: str) -> int | None:
    """The number of a page's equation; None where the page has none of this label."""
    where, number = env.get_domain("math").equations.get(label, (None, None))
    return number if where == docname else None


def check_labels(app, doctree, docname) -> None:
    """Warn of labels in code that are not those of the page's equations."""
    if app.builder.format == "latex":  # which has all pages in one: latex_book
        return
    for block in doctree.findall(nodes.literal_block):
        for label in CITED.findall(block.astext()):
            if number_of(app.env, docname, label) is None:
                text = "code names (%s), no equation of this page has this label"
                logger.warning(text, label, location=docname, type="equations")


def link_labels(app, pagename, templatename, context, doctree) -> None:
    """In highlighted code, put each equation's number, a link to it, where its label stands."""

    def link(match):
        number = number_of(app.env, pagename, match[1])
        target = nodes.make_id(f"equation-{match[1]}")
        return f'<a class="equation" href="#{target}">({number})</a>' if number else match[0]

    def link_all(code):
        return CITED.sub(link, code[0])

    if doctree is not None:
        context["body"] = CODE.sub(link_all, context["body"])


def connect(app) -> None:
    app.add_domain(ChapterEquations, override=True)
    app.connect("doctree-resolved", check_labels)
    app.connect("html-page-context", link_labels)
