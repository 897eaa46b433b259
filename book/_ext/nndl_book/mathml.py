"""Equations as MathML, which an EPUB's reader draws without a script.

The MathML is what screen readers find on the site's pages: ``formulas`` makes both.
"""

import re
from html import escape, unescape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book.formulas import key_of

TAG = re.compile("<[^>]*>")
BAR = re.compile(r"<mo(?=[^>]*>\|</mo>)")  # of an absolute value: no operator between two terms


def mathml(app, node) -> str:
    """A formula's MathML, with its TeX as the text for those whose reader knows no MathML.

    Raises
    ------
    FormulaError
        Where it cannot be typeset.
    """
    found = app.nndl_formulas.get(key_of(node))
    if isinstance(found, Exception):
        raise found
    words = escape(" ".join(node.astext().split()))
    shown = BAR.sub('<mo lspace="0" rspace="0"', found[1])
    return shown.replace("<math ", f'<math alttext="{words}" ', 1)


def letters(app, node) -> str:
    """A formula as plain text, as a list of bookmarks has it."""
    return unescape(TAG.sub("", mathml(app, node)))


class MathAsMathML(SphinxPostTransform):
    """Set all equations of an EPUB, with their numbers."""

    default_priority = 700  # after references to equations
    builders = ("epub",)

    def run(self, **kwargs):
        for node in list(self.document.findall(nodes.math)):
            node.replace_self(nodes.raw("", mathml(self.app, node), format="html"))
        for node in list(self.document.findall(nodes.math_block)):
            ids = "".join(f'<span id="{name}"></span>' for name in node["ids"])
            number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
            text = f'<div class="math">{ids}{number}{mathml(self.app, node)}</div>\n'
            node.replace_self(nodes.raw("", text, format="html"))


def connect(app) -> None:
    app.add_post_transform(MathAsMathML)
