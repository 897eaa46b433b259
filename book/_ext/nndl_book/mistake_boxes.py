"""A mistake on a page is one box: its title as a heading, its diff, a table of what it harms.

Chapters print ``mistakes.load()[id].diff()`` and what it does; ``mistake_diffs`` and
``mistake_text`` read that from the output, whose text stays in the notebook as it is. The words of
the tables say what their signs and colors say.
"""

from itertools import groupby

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book.boxes import boxed
from book._ext.nndl_book.check_lines import looks_like_check
from book._ext.nndl_book.mistake_diffs import named_in, pieces, split
from book._ext.nndl_book.mistake_text import cases, harms
from book._ext.nndl_book.tables import empty_table

HEADS = {
    "harm": ("Array", "Effect", "Entries", "Error up to"),
    "verdict": ("Given", "Verdict"),
}


def sign(row) -> nodes.inline:
    """What became of an array: a word, to which the style sheet adds a sign."""
    return nodes.inline("", row.word, classes=["harmed" if row.harmed else "unharmed"])


def line(row) -> nodes.row:
    """A row of a table; what it says of an error alone takes the place of two columns."""
    name = nodes.literal("", row.name) if row.name.isidentifier() else nodes.Text(row.name)
    if row.kind == "fact":
        return nodes.row("", *map(entry, (name, nodes.Text(row.word))))
    found = nodes.row("", entry(name), entry(sign(row)))
    if row.kind == "harm":
        found.extend(entry(nodes.Text(text)) for text in row.details or ("",))
        if len(row.details) < 2:
            found[-1]["morecols"] = 1
    return found


def entry(content) -> nodes.entry:
    return nodes.entry("", nodes.paragraph("", "", content))


def table(case) -> nodes.table:
    """The table of a case, whose first column heads its rows."""
    found, body = empty_table(HEADS.get(case.kind, ("", "")), "effects", case.title)
    found["classes"].append(case.kind)
    if case.kind not in HEADS:
        body.parent.remove(body.parent[-2])
    body.extend(map(line, case.rows))
    next(iter(found.findall(nodes.colspec)))["stub"] = 1
    return found


def shown(text: str, block) -> list[nodes.Node]:
    """What an output says of a mistake: tables beside each other, and lines of text."""
    parts = []
    for is_text, run in groupby(cases(text, looks_like_check), lambda case: case.kind == "text"):
        if is_text:
            lines = "\n".join(case.rows[0] for case in run)
            parts.append(nodes.literal_block(lines, lines, **block.attributes))
        else:
            parts.append(nodes.container("", *map(table, run), classes=["cases"]))
    return parts


def diff_block(text: str, block) -> nodes.literal_block:
    part = nodes.literal_block(text, text, **block.attributes)
    part["language"], part["classes"] = "diff", [*block["classes"], "diff"]
    return part


def boxes(text: str, named, block) -> list[nodes.Node]:
    """The output as boxes; a second diff of the same mistake adds to the box of the first."""
    parts, last = [], None
    for mistake, piece in pieces(text, named):
        if mistake is None:
            (parts[-1] if last else parts).extend(shown(piece, block))
        elif mistake is not last:
            where = nodes.paragraph("", "in ", nodes.literal("", mistake.function), classes=["in"])
            parts.append(boxed("Mistake", mistake.title, f"mistake-{mistake.id}", "mistake"))
            parts[-1].extend([where, diff_block(piece, block)])
            last = mistake
        else:
            parts[-1] += nodes.paragraph("", "Called again:", classes=["in"])
    return parts


class BoxMistakes(SphinxPostTransform):
    """Put them into the outputs."""

    default_priority = 185  # before code and output are folded
    formats = ("html", "epub", "latex")

    def run(self, **kwargs):
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code":
                blocks = list(cell.findall(nodes.literal_block))
                source = "\n".join(b.astext() for b in blocks if is_source(b))
                for block in blocks:
                    if "stream" in block["classes"] and (found := self.read(block, source)):
                        block.parent.replace(block, found)
        tables = [t for t in self.document.findall(nodes.table) if "effects" in t["classes"]]
        for number, one in enumerate(tables, start=1):
            one["ids"] = [f"effects-{number}"]  # Sphinx warns of a titled table without

    @staticmethod
    def read(block, source: str) -> list[nodes.Node]:
        """What takes the place of an output; empty where it shows no mistake."""
        text, named = block.astext(), named_in(source)
        if any(mistake for mistake, _ in pieces(text, named)):
            return boxes(text, named, block)
        before, diff, after = split(text) if ".diff()" in source else (text, "", "")
        if diff:
            box = boxed("Mistake", "What was changed", "", "mistake")
            box.extend([diff_block(diff, block), *shown(after, block)])
            return [*shown(before, block), box]
        found = cases(text, looks_like_check)
        tell = named and all(case.kind != "text" for case in found)
        return shown(text, block) if tell or any(map(harms, text.splitlines())) else []


def is_source(block) -> bool:
    return block.parent.get("nb_element") == "cell_code_source"


def connect(app) -> None:
    app.add_post_transform(BoxMistakes)
