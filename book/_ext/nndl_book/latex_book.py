"""The book as LaTeX: its parts, and chapters and equations with the numbers of the site.

Sphinx hands LaTeX all files as one document. What the site shows in the sidebar, parts and which
chapters have numbers, is said here in LaTeX's words; equations count within a chapter, as on its
page, and a reference from another chapter is "(8.5)".
"""

import re
from functools import partial
from math import sqrt
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book import chapter_numbers, cover, equation_links, how_to_cite, latex_style
from book._ext.nndl_book.mathml import letters

NUMERAL = re.compile(r"^[IVX]+ · ")
UNNUMBERED, SECTIONS = -1, 1  # LaTeX's secnumdepth
LONG = 12  # rows of a table
# Points: the width of a page's text, what a cell has at its sides, a character of text and of code.
PAGE, SIDES, TEXT, CODE = 466, 12, 5.5, 5.2
PIECES = re.compile(r"[\s_.]+")  # at which a line of a cell breaks


def raw(text: str) -> nodes.raw:
    return nodes.raw("", f"\n{text}\n", format="latex")


def docname_of(node) -> str | None:
    """The document that a node of the whole book comes from, as its sections say."""
    while node is not None and not (isinstance(node, nodes.section) and "docname" in node):
        node = node.parent
    return node and node["docname"]


class LinkEquations(SphinxPostTransform):
    """References to equations show their numbers, with the chapter's from elsewhere."""

    default_priority = 4  # before Sphinx's own
    builders = ("latex",)

    def run(self, **kwargs):
        equations = self.env.get_domain("math").equations
        for node in list(self.document.findall(addnodes.pending_xref)):
            if (node["refdomain"], node["reftype"]) != ("math", "eq"):
                continue
            label = node["reftarget"]
            if label not in equations:
                continue
            docname, number = equations[label]
            chapter = chapter_numbers.number_of(self.env, docname)
            away = docname != node["refdoc"] and chapter
            shown = f"({chapter}.{number})" if away else f"({number})"
            link = rf"\hyperref[equation:{docname}:{label}]{{{shown}}}"
            node.replace_self(nodes.raw("", link, format="latex"))


class NumberCode(SphinxPostTransform):
    """Code names equations by their numbers."""

    default_priority = 300
    builders = ("latex", "epub")

    def run(self, **kwargs):
        for block in self.document.findall(nodes.literal_block):
            number = partial(self.number, docname_of(block) or self.env.docname)
            text = equation_links.CITED.sub(number, block.astext())
            if text != block.astext():
                block.rawsource = text
                block.children[:] = [nodes.Text(text)]

    def number(self, docname, label) -> str:
        """What the code shows in place of a label."""
        found = equation_links.number_of(self.env, docname, label[1])
        return f"({found})" if found else label[0]


class MathInTitles(SphinxPostTransform):
    """Titles are bookmarks of the PDF, too, which have letters alone."""

    default_priority = 300
    builders = ("latex",)

    def run(self, **kwargs):
        for title in self.document.findall(nodes.title):
            for node in list(title.findall(nodes.math)):
                tex = node.astext()
                both = rf"\texorpdfstring{{\({tex}\)}}{{{letters(self.app, node)}}}"
                node.replace_self(nodes.raw("", both, format="latex"))


def own_chapter(section) -> None:
    """Make the front page's words a chapter: Sphinx takes its title as the book's."""
    words = [c for c in section.children[1:] if "toctree-wrapper" not in c.get("classes", [])]
    chapter = nodes.section(ids=["about-this-book"])
    chapter += nodes.title("", "About this book")
    for node in words:
        section.remove(node)
        chapter += node
    section.insert(1, [raw(rf"\setcounter{{secnumdepth}}{{{UNNUMBERED}}}"), chapter])


def begin_parts(app, doctree) -> None:
    """Say before each part what it is and whether its chapters have numbers."""
    files = {file["docname"]: file for file in doctree.findall(addnodes.start_of_file)}
    for tree in app.config.external_site_map.root.subtrees:
        first = next((files[str(item)] for item in tree.items if str(item) in files), None)
        if first is None:
            continue
        depth = SECTIONS if tree.numbered else UNNUMBERED
        said = [rf"\setcounter{{secnumdepth}}{{{depth}}}"]
        title = NUMERAL.sub("", tree.caption or "")
        if tree.numbered:
            said.append(rf"\part{{{title}}}")
        elif any(other.numbered for other in app.config.external_site_map.root.subtrees):
            said.append(r"\setcounter{chapter}{0}\setcounter{figure}{0}\setcounter{table}{0}")
        first.insert(0, raw("".join(said)))


def flat(table) -> None:
    """Make a cell beside many lines a line above them: LaTeX breaks no page inside of one."""
    group = next(table.findall(nodes.tgroup))
    columns = [child for child in group.children if isinstance(child, nodes.colspec)]
    rows = list(group.findall(nodes.row))
    if not any(row[0].get("morerows", 0) > 1 for row in rows):
        return
    for row in [row for row in rows if len(row) == len(columns)]:
        first = row[0]
        row.remove(first)
        if isinstance(row.parent, nodes.tbody):
            words = [nodes.strong("", "", *part.children) for part in first.children]
            title = nodes.entry("", *(nodes.paragraph("", "", strong) for strong in words))
            title["morecols"] = len(columns) - 2
            row.parent.insert(row.parent.index(row), nodes.row("", title))
    group.remove(columns[0])
    group["cols"] = len(columns) - 1


def least(cell) -> float:
    """The points that a cell's longest piece needs, which cannot be broken."""
    character = CODE if cell.next_node(nodes.literal) else TEXT
    return SIDES + character * max(len(piece) + 1 for piece in PIECES.split(cell.astext()))


def widths(shares: list[float], needs: list[float]) -> list[float]:
    """Points of columns: by their shares, where each has what it needs, as far as there is room."""
    total = sum(shares)
    short = {k for k, need in enumerate(needs) if need > PAGE * shares[k] / total}
    room = PAGE - sum(needs[k] for k in short)
    rest = total - sum(shares[k] for k in short)
    if room <= 0 or not rest:
        return shares
    return [needs[k] if k in short else room * share / rest for k, share in enumerate(shares)]


def set_widths(table) -> None:
    """Give each column a share that follows from its texts, and let long tables go on overleaf."""
    group = next(table.findall(nodes.tgroup))
    rows = [row for row in group.findall(nodes.row) if len(row) > 1]
    columns = [child for child in group.children if isinstance(child, nodes.colspec)]
    if any(len(row) != len(columns) for row in rows):
        return
    shares = [max(len(row[k].astext()) for row in rows) for k in range(len(columns))]
    shares = [sqrt(min(max(longest, 6), 150)) for longest in shares]
    needs = [max(least(row[k]) for row in rows) for k in range(len(columns))]
    for column, width in zip(columns, widths(shares, needs), strict=True):
        column["colwidth"] = round(width)
    table["classes"] += ["colwidths-given"] + ["longtable"] * (len(rows) > LONG)


def arrange(app, doctree, docname) -> None:
    if app.builder.name == "latex":
        own_chapter(next(doctree.findall(nodes.section)))
        begin_parts(app, doctree)
        for table in list(doctree.findall(nodes.table)):
            flat(table)
            set_widths(table)


def configure(app, config) -> None:
    config.latex_elements = {**latex_style.ELEMENTS, **config.latex_elements}
    config.latex_show_urls = "no"
    config.latex_use_xindy = False  # one program less to install


def draw_cover(app) -> None:
    """Where LaTeX looks for it."""
    if app.builder.name == "latex":
        cover.write(Path(app.outdir) / "cover.pdf", how_to_cite.book())


def connect(app) -> None:
    app.connect("config-inited", configure)
    app.connect("builder-inited", draw_cover)
    app.add_post_transform(LinkEquations)
    app.add_post_transform(NumberCode)
    app.add_post_transform(MathInTitles)
    app.connect("doctree-resolved", arrange, priority=450)
