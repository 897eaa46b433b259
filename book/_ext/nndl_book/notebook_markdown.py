"""Nodes of a page as plain Markdown, which every viewer of notebooks shows.

No MyST: references, citations, terms and numbers have been resolved. Formulas stay TeX between
dollars; a numbered one has its number as a tag. A node that this module does not know is an error,
so nothing is lost in silence.
"""

import re
from textwrap import indent

from docutils import nodes

from book._ext.nndl_book.explorers import explorer

SPECIAL = re.compile(r"[\\*_`$]")
ENTITY = re.compile(r"&(?=#?\w+;)")
BLOCK_START = re.compile(r"^(\d*)([#+>.)-])(?=[#\s]|$)")  # of a heading, list or quotation


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    text = SPECIAL.sub(r"\\\g<0>", ENTITY.sub("&amp;", text)).replace("<", "&lt;")
    return re.sub(r"\s*\n\s*", " ", text).replace("](", "]&#40;")


def tex(formula: str) -> str:
    """A formula without < and >, which a viewer could take for HTML."""
    return re.sub(r">\s*", r"\\gt ", re.sub(r"<\s*", r"\\lt ", formula.strip()))


def quoted(blocks: list[str]) -> str:
    """Blocks as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).split("\n"))


def details(summary: str, blocks: list[str]) -> str:
    """Blocks that open at a click; Markdown inside of HTML needs the empty lines."""
    inner = "\n\n".join(blocks)
    return f"<details>\n<summary>{summary}</summary>\n\n{inner}\n\n</details>"


class Markdown:
    """Writes nodes.

    Parameters
    ----------
    href : callable
        Takes a reference, returns the address to lead to, or None where there is none.
    wanted : set of str
        The ids that a reference leads to.
    number_of : callable
        Takes the label of an equation, returns its number on this page.
    cited : callable
        Takes code, returns it with numbers of equations in the place of labels.
    """

    def __init__(self, href, wanted, number_of, cited):
        self.href, self.wanted, self.number_of, self.cited = href, wanted, number_of, cited

    def anchors(self, node) -> str:
        """What references to a node lead to."""
        return "".join(f'<a id="{i}"></a>' for i in node["ids"] if i in self.wanted)

    def inline(self, node) -> str:
        """The content of a node as one line."""
        return "".join(map(self.piece, node.children)).strip()

    def piece(self, node) -> str:
        inner = "" if isinstance(node, nodes.Text) else "".join(map(self.piece, node.children))
        match node:
            case nodes.Text():
                return escaped(node.astext())
            case nodes.literal():
                return self.code(node.astext())
            case nodes.math():
                return f"${tex(node.astext())}$"
            case nodes.emphasis():
                return f"*{inner}*"
            case nodes.strong():
                return f"**{inner}**"
            case nodes.reference():
                address = self.href(node)
                return f"[{inner}]({address})" if address else inner
            case nodes.inline():  # a notebook has no list of symbols
                return "" if "symbols" in node["classes"] else inner
            case nodes.target() | nodes.comment():
                return ""
        raise NotImplementedError(f"notebook_markdown: no Markdown for {node!r} in a line")

    @staticmethod
    def code(text: str) -> str:
        """Text in code font, in more backticks than it has."""
        text = re.sub(r"\s*\n\s*", " ", text)
        fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{pad}{text}{pad}{fence}"

    def blocks(self, parent) -> list[str]:
        """What is in a node, a string for each block."""
        return [text for child in parent.children if (text := self.block(child))]

    def block(self, node) -> str:
        anchors = self.anchors(node)
        return f"{anchors}\n\n{text}" if (text := self.plain_block(node)) and anchors else text

    def plain_block(self, node) -> str:
        match node:
            case nodes.paragraph():
                return BLOCK_START.sub(r"\1\\\2", self.inline(node), count=1)
            case nodes.math_block():
                return self.formula(node)
            case nodes.literal_block():
                return f"```{node.get('language', '')}\n{self.cited(node.astext())}\n```"
            case nodes.bullet_list() | nodes.enumerated_list():
                return self.items(node)
            case nodes.table():
                return self.table(node)
            case nodes.block_quote():
                return quoted(self.blocks(node))
            case nodes.container():
                inner = self.blocks(node)
                return quoted(inner) if "chapter-head" in node["classes"] else "\n\n".join(inner)
            case nodes.Admonition():
                name = type(node).__name__.capitalize()
                title = self.inline(node[0]) if isinstance(node[0], nodes.title) else name
                rest = [child for child in node.children if not isinstance(child, nodes.title)]
                return quoted([f"**{title}**", *filter(None, map(self.block, rest))])
            case explorer():
                caption = next(node.findall(nodes.caption))
                return quoted(
                    [f"**{node['label']}**, to be moved on the book's page.", self.inline(caption)]
                )
            case nodes.target() | nodes.comment():
                return ""
        raise NotImplementedError(f"notebook_markdown: no Markdown for {node!r}")

    def formula(self, node) -> str:
        number = self.number_of(node.get("label"))
        tag = f"\n\\tag{{{number}}}" if number else ""
        return f"$$\n{tex(node.astext())}{tag}\n$$"

    def items(self, node) -> str:
        ordered = isinstance(node, nodes.enumerated_list)
        items = []
        for count, item in enumerate(node.children, node.get("start", 1)):
            mark = f"{count}. " if ordered else "- "
            text = "\n\n".join(self.blocks(item))
            items.append(mark + indent(text, " " * len(mark)).lstrip())
        return "\n".join(items)

    def table(self, node) -> str:
        """Rows with bars; a bar within a cell is written so that it is not taken for one."""
        rows = [[self.cell(entry) for entry in row.children] for row in node.findall(nodes.row)]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def cell(self, entry) -> str:
        for math in list(entry.findall(nodes.math)):
            formula = math.astext().replace(r"\|", r"\Vert ").replace("|", r"\vert ")
            math.replace_self(nodes.math("", formula))
        return " ".join(map(self.inline, entry.children)).replace("|", r"\|")
