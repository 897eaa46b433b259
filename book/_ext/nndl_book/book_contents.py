"""The title page's list of chapters, and its lines on version, licenses and code.

Both are made of what the book has: the parts of the table of contents, the numbers and titles of
the chapters, and what the head of each says one can do afterwards.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from book._ext.nndl_book import history, licenses, reports
from book._ext.nndl_book.chapter_head import BEGINNING
from book._ext.nndl_book.chapter_numbers import number_of


class book_contents(nodes.General, nodes.Element):
    """A place for the list, which is known once all pages have been read."""


class BookContents(SphinxDirective):
    """The parts with their chapters, a line each."""

    def run(self):
        self.env.metadata[self.env.docname]["lists_chapters"] = "yes"
        return [book_contents()]


class BookFacts(SphinxDirective):
    """Version, date, licenses, and the code's address when there is one."""

    def run(self):
        self.env.note_dependency(str(history.ROOT / "CHANGELOG.md"))
        version, date = history.version()
        when = f", released on {date}" if date else ", not released yet"
        said = nodes.paragraph(
            "", f"This is version {version}{when}. The text and its figures are "
        )
        said += self.to(*licenses.TEXT)
        said += nodes.Text(": share and adapt them, and name the book. The code is ")
        said += self.to(*licenses.CODE)
        said += nodes.Text(".")
        url = reports.repository(self.config)
        if url:
            said += [
                nodes.Text(" Texts, code and tests are at "),
                self.to(url, url),
                nodes.Text("."),
            ]
        return [said]

    def to(self, text, address):
        return nodes.reference("", text, refuri=address, internal=False)


def parts(env) -> list[tuple[str, list[str]]]:
    """``(caption, documents)`` of the parts whose chapters have numbers."""
    site_map = env.app.config.external_site_map
    found = []
    for subtree in site_map.root.subtrees:
        docs = [str(item) for item in subtree.items if str(item) in env.found_docs]
        numbered = [doc for doc in docs if number_of(env, doc)]
        if numbered:
            found.append((subtree.caption or "", numbered))
    return found


def ability(env, docname: str) -> list[nodes.Node]:
    """What one can do after a chapter, from its head, as nodes without ids; none without a head."""
    for block in env.get_doctree(docname).findall(nodes.container):
        if "chapter-head" in block["classes"]:
            line = block.children[-1].deepcopy()
            first = next(iter(line.findall(nodes.Text)))
            said = first.astext().removeprefix(BEGINNING)
            first.parent.replace(first, nodes.Text(said[:1].upper() + said[1:]))
            return line.children
    return []


def item(app, docname: str, doc: str) -> nodes.list_item:
    """A chapter's number, its title as a link, and its line."""
    env = app.env
    uri = app.builder.get_relative_uri(docname, doc)
    link = nodes.reference("", env.titles[doc].astext(), refuri=uri, internal=True)
    link["classes"] = ["toctree-l1"]  # numbered_links leaves it alone: the number is beside it
    number = nodes.inline("", f"{number_of(env, doc)} ", classes=["number"])  # on paper, no style
    title = nodes.paragraph("", "", number, link)
    return nodes.list_item("", title, nodes.paragraph("", "", *ability(env, doc)))


def fill(app, doctree, docname) -> None:
    for place in list(doctree.findall(book_contents)):
        found = []
        for caption, docs in parts(app.env):
            found.append(nodes.paragraph("", "", nodes.strong("", caption), classes=["part"]))
            items = [item(app, docname, doc) for doc in docs]
            found.append(nodes.bullet_list("", *items, classes=["chapters"]))
        place.replace_self(nodes.container("", *found, classes=["book-contents"]))


def outdated(app, env, added, changed, removed):
    """The list is made again when a chapter changes."""
    lists = [doc for doc in env.found_docs if "lists_chapters" in env.metadata.get(doc, {})]
    return lists if added | changed | removed else []


def connect(app) -> None:
    app.add_node(book_contents)
    app.add_directive("book-contents", BookContents)
    app.add_directive("book-facts", BookFacts)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-resolved", fill, priority=400)  # before links are numbered
