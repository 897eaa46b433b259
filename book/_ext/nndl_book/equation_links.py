"""Equations by name: in the code of a chapter, and from one chapter to another.

A chapter's code names an equation of its page by the label, ``# (eq-conv)``. The page shows the
number, linked to the equation: ``# (5)``. A label that the page does not have is a warning, which
fails the build; ``code_lines`` writes the numbers, and ties the lines to their equations.

Equations count (1), (2), ... within a page. A reference from another page therefore says whose
equation it is: ``(8.5)`` is equation (5) of chapter 8.
"""

from docutils import nodes
from sphinx.domains.math import MathDomain
from sphinx.util import logging

from book._ext.nndl_book import chapter_numbers
from book._tools.equation_lines import TERM, marks
from book._tools.tangle import CITED

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


def read_marks(app, doctree) -> None:
    """Take the lines for the build out of equations: why no line implements one, and its terms."""
    for equation in doctree.findall(nodes.math_block):
        try:
            found = marks(equation.astext())
        except ValueError as error:
            logger.warning("%s", error, location=equation, type="equations")
            continue
        if found.no_line or found.terms:
            equation["no_line"], equation["terms"] = found.no_line, found.terms
            equation[:] = [nodes.Text(found.tex.strip())]  # which knows where it is
            equation.rawsource = found.tex


def check_labels(app, doctree, docname) -> None:
    """Warn of labels in code that are not those of the page's equations, and of their terms."""
    if app.builder.format == "latex":  # which has all pages in one: latex_book
        return
    equations = doctree.findall(nodes.math_block)
    terms = {equation.get("label"): equation.get("terms", {}) for equation in equations}
    for block in doctree.findall(nodes.literal_block):
        for label in CITED.findall(block.astext()):
            if number_of(app.env, docname, label) is None:
                text = "code names (%s), no equation of this page has this label"
                logger.warning(text, label, location=docname, type="equations")
        for label, term in TERM.findall(block.astext()):
            if term and term not in terms.get(label, {}):
                text = "code names (%s: %s), the equation has no term of this name"
                logger.warning(text, label, term, location=docname, type="equations")


def connect(app) -> None:
    app.add_domain(ChapterEquations, override=True)
    app.connect("doctree-read", read_marks, priority=400)  # before formulas are typeset
    app.connect("doctree-resolved", check_labels)
