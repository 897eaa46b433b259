"""The book as LaTeX: its parts, and chapters and equations with the numbers of the site.

Sphinx hands LaTeX all files as one document. What the site shows in the sidebar, parts and which
chapters have numbers, is said here in LaTeX's words; equations count within a chapter, as on its
page, and a reference from another chapter is "(8.5)".
"""

import re
from functools import partial
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import thebibliography
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.nndl_book import (
    chapter_numbers,
    cover,
    equation_links,
    how_to_cite,
    latex_style,
    latex_tables,
)
from book._ext.nndl_book.mathml import letters

NUMERAL = re.compile(r"^[IVX]+ · ")
UNNUMBERED, SECTIONS = -1, 1  # LaTeX's secnumdepth
FLOATS = ("figure", "table")  # counted again in each part without numbers
BIBLIOGRAPHY = "bibliography"  # the document whose list it is


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
            said += [
                rf"\renewcommand{{\theH{kind}}}{{{first['docname']}.\theHchapter.\arabic{{{kind}}}}}"
                for kind in FLOATS
            ]
        first.insert(0, raw("".join(said)))


def place_bibliography(doctree) -> None:
    """Put the list of references on its page: Sphinx gathers it behind the last one."""
    files = {file["docname"]: file for file in doctree.findall(addnodes.start_of_file)}
    for found in list(doctree.findall(thebibliography)):
        if BIBLIOGRAPHY in files:
            found.parent.remove(found)
            next(files[BIBLIOGRAPHY].findall(nodes.section)).append(found)


def arrange(app, doctree, docname) -> None:
    if app.builder.name == "latex":
        own_chapter(next(doctree.findall(nodes.section)))
        begin_parts(app, doctree)
        place_bibliography(doctree)
        latex_tables.arrange(doctree)


def configure(app, config) -> None:
    elements = {**latex_style.ELEMENTS, **config.latex_elements}
    elements["preamble"] += latex_style.metadata(config.language, how_to_cite.book())
    config.latex_elements = elements
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
    app.connect("doctree-resolved", arrange, priority=900)  # when all cells have their texts
