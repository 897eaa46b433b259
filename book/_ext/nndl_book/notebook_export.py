"""Every chapter as a notebook that stands alone, in the site's folder ``notebooks``.

While Sphinx writes a page it knows all numbers and targets: a copy of the page becomes Markdown
between the cells of the chapter's own notebook. References within the chapter lead to their place
in the notebook; those to other pages lead to the site where it has an address, and are words
else. What the chapter cites is listed at its end.
"""

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import nbformat
from docutils import nodes
from nbformat import v4
from pybtex.plugin import find_plugin
from sphinx.transforms.post_transforms import SphinxPostTransform

import nndl
from book._ext.nndl_book import notebook_start
from book._ext.nndl_book.chapter_numbers import chapters, number_of
from book._ext.nndl_book.equation_links import number_of as equation_number
from book._ext.nndl_book.notebook_cells import Cells, folded_sections
from book._ext.nndl_book.notebook_markdown import Markdown
from book._ext.nndl_book.numbered_links import number_links
from book._tools.tangle import CITED

FOLDER = "notebooks"
WHEEL = f"nndl-{nndl.__version__}-py3-none-any.whl"


def file_name(env, docname: str) -> str:
    """The file of a chapter's notebook; the number before its name sorts a folder."""
    number, name = number_of(env, docname), docname.rpartition("/")[2]
    return f"{int(number):02}-{name}.ipynb" if number else f"{name}.ipynb"


class Export:
    """The notebook of one page.

    Parameters
    ----------
    app : Sphinx
    docname : str
    document : nodes.document
        A resolved copy of the page.
    """

    def __init__(self, app, docname: str, document):
        self.app, self.env, self.docname, self.document = app, app.env, docname, document
        self.page = app.builder.get_target_uri(docname)
        self.site = app.config.html_baseurl or ""
        self.citations = {c.citation_id: c for c in self.env.get_domain("cite").citations}
        self.used = {}  # the citations of this chapter, by their ids

    def href(self, reference) -> str | None:
        """Where a reference leads, from the notebook."""
        if "refid" in reference:
            return f"#{reference['refid']}"
        uri = reference["refuri"]
        if urlsplit(uri).scheme:
            return uri
        page, _, fragment = urljoin(self.page, uri).partition("#")
        if fragment in self.citations:
            citation = self.used[fragment] = self.citations[fragment]
            return f"#cite-{nodes.make_id(citation.key)}"
        if page == self.page:
            return f"#{fragment}"
        return urljoin(self.site, f"{page}#{fragment}".rstrip("#")) if self.site else None

    def cited(self, code: str) -> str:
        """Code that names equations by their numbers."""

        def number(match):
            found = equation_number(self.env, self.docname, match[1])
            return f"({found})" if found else match[0]

        return CITED.sub(number, code)

    def cells(self) -> list:
        source = nbformat.read(self.env.doc2path(self.docname), as_version=4).cells
        links = [self.href(link) or "" for link in self.document.findall(nodes.reference)]
        self.used.clear()
        markdown = Markdown(
            self.href,
            {link[1:] for link in links if link.startswith("#")},
            lambda label: label and equation_number(self.env, self.docname, label),
            self.cited,
        )
        numbers = self.env.toc_fignumbers.get(self.docname, {})
        sections = self.env.toc_secnumbers.get(self.docname, {}) | {}
        own = self.document.next_node(nodes.section)
        sections |= {f"#{own['ids'][0]}": sections.get("", ())}
        made = Cells(
            markdown, source, sections, numbers.get("figure", {}), numbers.get("exercise", {})
        )
        for child in self.document.children:
            made.add(child, 0)
        made.end_text()
        return self.with_start(made.cells) + self.list_of_sources()

    def with_start(self, cells: list) -> list:
        """The cells with the line below the title, and the cell that looks for the package."""
        title, _, rest = cells[0].source.partition("\n\n")
        page = urljoin(self.site, self.page)
        number = number_of(self.env, self.docname) or ""
        line = notebook_start.origin(number, page, self.site, nndl.__version__)
        first = v4.new_markdown_cell(f"{title}\n\n{line}")
        first["id"] = "title"
        cells[0].source = rest
        address = urljoin(self.site, f"{FOLDER}/{WHEEL}") if self.site else ""
        start = notebook_start.install_cell(
            nndl.__version__, WHEEL, address, self.app.config.nndl_on_index
        )
        return [first, start, *(cells if rest else cells[1:])]

    def list_of_sources(self) -> list:
        """A cell with what the chapter cites, in the order of the bibliography."""
        if not self.used:
            return []
        backend = find_plugin("pybtex.backends", "markdown")()
        lines = []
        for citation in (c for name, c in self.citations.items() if name in self.used):
            entry = citation.formatted_entry
            anchor = f'<a id="cite-{nodes.make_id(citation.key)}"></a>'
            lines.append(f"{anchor}\\[{entry.label}\\] {entry.text.render(backend)}")
        cell = v4.new_markdown_cell("## Sources\n\n" + "\n\n".join(lines))
        cell["id"] = "sources"
        return [cell]

    def notebook(self):
        """The whole notebook."""
        cells = self.cells()
        made = v4.new_notebook(cells=cells)
        made.metadata = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": self.env.titles[self.docname].astext(),
            "colab": {"collapsed_sections": folded_sections(cells)},
        }
        return made


class ExportNotebook(SphinxPostTransform):
    """Write a chapter's notebook."""

    default_priority = 15  # references are resolved; nothing is folded yet
    builders = ("html",)

    def run(self, **kwargs):
        app, docname = self.app, self.env.docname
        if docname in chapters(self.env):
            copy = self.document.deepcopy()
            number_links(app, copy, docname)
            made = Export(app, docname, copy).notebook()
            path = Path(app.outdir) / FOLDER / file_name(self.env, docname)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(nbformat.writes(made) + "\n", encoding="utf-8")


def connect(app) -> None:
    app.add_config_value("nndl_on_index", False, "html", [bool])
    app.add_post_transform(ExportNotebook)
