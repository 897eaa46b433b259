"""No line begins with the comma after a formula, or ends with the parenthesis before one.

Browsers may break a line on either side of a formula, since it is a box to them. So a formula and
the punctuation that touches it, or the rest of a word such as "-th", are held together.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

BEFORE = re.compile(r"[(\[“‘\"'–—-]+$")
AFTER = re.compile(r"[-–](?:\w+\b)?[.,;:!?)\]’”\"'…]*|[.,;:!?)\]’”\"'…–—]+|’?s\b")


def cut(parent, index: int, pattern, end: bool) -> str:
    """Take what touches the formula from the text at ``index``; what is taken."""
    if not 0 <= index < len(parent) or not isinstance(parent[index], nodes.Text):
        return ""
    text = parent[index].astext()
    match = pattern.search(text) if end else pattern.match(text)
    if match is None:
        return ""
    rest = text[: match.start()] if end else text[match.end() :]
    parent[index] = nodes.Text(rest)
    return match[0]


class HoldPunctuation(SphinxPostTransform):
    """Put formula and punctuation into one element that no line break parts."""

    default_priority = 5  # before terms of the glossary are looked for in what is left
    formats = ("html",)

    def run(self, **kwargs):
        for math in list(self.document.findall(nodes.math)):
            parent = math.parent
            index = parent.index(math)
            before = cut(parent, index - 1, BEFORE, end=True)
            after = cut(parent, index + 1, AFTER, end=False)
            if before or after:
                held = nodes.inline(classes=["held"])
                parent[index] = held
                held += [nodes.Text(before)] * bool(before)
                held += math
                held += [nodes.Text(after)] * bool(after)


def connect(app) -> None:
    app.add_post_transform(HoldPunctuation)
