"""A mistake of the catalogue on a page: its title, and its diff in colors.

Chapters print ``mistakes.load()[id].diff()`` and what it does. Where a cell names a mistake and its
output has that diff, the diff becomes a block of its own below the title.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from nndl import mistakes


def pieces(text: str, named):
    """Yield ``(mistake, text)`` of an output; the mistake is None where it is no diff of one."""
    for mistake in named:
        before, found, after = text.partition(mistake.diff())
        if found:
            if before.strip("\n"):
                yield None, before.strip("\n")
            yield mistake, found
            text = after
    if text.strip("\n"):
        yield None, text.strip("\n")


def named_in(source: str) -> list:
    """The mistakes that code names, in its order, as often as it does."""
    catalogue = mistakes.load()
    return [catalogue[name] for name in re.findall(r"\"([\w-]+)\"", source) if name in catalogue]


class ShowDiffs(SphinxPostTransform):
    """Take the diffs out of the outputs."""

    default_priority = 185  # before code and output are folded
    formats = ("html",)

    def run(self, **kwargs):
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code":
                blocks = list(cell.findall(nodes.literal_block))
                named = named_in("\n".join(b.astext() for b in blocks if is_source(b)))
                for block in blocks:
                    if named and "stream" in block["classes"]:
                        self.show(block, named)

    @staticmethod
    def show(block, named) -> None:
        found = list(pieces(block.astext(), named))
        if any(mistake for mistake, _ in found):
            parts = []
            for mistake, text in found:
                part = nodes.literal_block(text, text, **block.attributes)
                if mistake:
                    parts.append(nodes.paragraph("", mistake.title, classes=["mistake"]))
                    part["language"], part["classes"] = "diff", [*block["classes"], "diff"]
                parts.append(part)
            block.parent.replace(block, parts)


def is_source(block) -> bool:
    return block.parent.get("nb_element") == "cell_code_source"


def connect(app) -> None:
    app.add_post_transform(ShowDiffs)
