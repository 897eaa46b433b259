"""Practice pages: the workbook's blanks in the page, a page for each part of the book.

    ```{practice-exercises} convolution
    ```

has a section for each exercise of ``nndl.practice`` whose chapter is in that part: what to write,
where it is derived, and the stub, which ``book/_live/practice.js`` lets a reader fill in and check.
``practice-overview`` lists all of them. The solutions are in none of that: stubs come from
``book/_workbook/stubs.py``, as the workbook's do. A book without clicks has the lists alone.
"""

import json
from itertools import groupby

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from book._ext.nndl_book.live_cells import CLOSING
from book._ext.nndl_book.live_files import CDN, FOLDER, OWN, loaded_bytes
from book._ext.nndl_book.notebook_export import FOLDER as NOTEBOOKS
from book._ext.nndl_book.notebook_export import WHEEL
from book._ext.nndl_book.static_forms import BUILDERS
from book._workbook.stubs import Stub, stubs
from nndl.practice.hints import unchecked

OVERVIEW = "practice"
PACKAGES = ("numpy",)  # of Pyodide's, that a check needs
WITHOUT = (
    '<noscript><p class="practice-without">Your browser runs no scripts for this page, so nothing '
    'can be checked in it. <a href="workbook.html">The workbook’s notebooks</a> have the same '
    "functions to write, and the same checks.</p></noscript>\n"
)


def page_of(stub: Stub) -> str:
    """The document with an exercise."""
    return f"{OVERVIEW}_{stub.part}"


def anchor(stub: Stub) -> str:
    """The id of an exercise's section."""
    return nodes.make_id(stub.exercise.name)


def of_part(part: str) -> list[Stub]:
    """The exercises of a part of the book, in their order."""
    return [stub for stub in stubs().values() if stub.part == part]


def of_chapter(docname: str) -> list[Stub]:
    """The exercises of a chapter."""
    return [stub for stub in stubs().values() if stub.docname == docname]


def by_chapter(found) -> list[tuple[str, list[Stub]]]:
    """The documents of chapters with their exercises."""
    return [(doc, list(those)) for doc, those in groupby(found, key=lambda stub: stub.docname)]


def hints(stub: Stub) -> list[str]:
    """The three hints as they are before any check, without the section, which the page names."""
    return list(unchecked(stub.exercise))


def about(part: str, own: bool) -> dict:
    """What the scripts of a part's page need to know."""
    exercises = [
        {
            "name": stub.exercise.name,
            "id": anchor(stub),
            "title": stub.title,
            "forward": forward_of(stub),
            "hints": hints(stub),
        }
        for stub in of_part(part)
    ]
    return {
        "index": f"{FOLDER}/{OWN}/" if own else CDN,
        "wheel": f"{NOTEBOOKS}/{WHEEL}",
        "bytes": loaded_bytes(PACKAGES),
        "exercises": exercises,
    }


def forward_of(stub: Stub) -> str | None:
    """The exercise on the same page that is the forward pass of a backward pass."""
    same = (one for one in of_part(stub.part) if one.exercise.function == stub.exercise.forward)
    return next((one.exercise.name for one in same), None)


def scripts(data: dict, last: str) -> str:
    """A page's block of JSON, and its scripts, of which the last differs."""
    text = CLOSING.sub("<\\/", json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    names = ("common.js", "practice_store.js", last)
    return f'<script type="application/json" class="practice-data">{text}</script>\n' + "".join(
        f'<script defer src="{FOLDER}/{name}"></script>\n' for name in names
    )


def to_chapter(docname: str, here: str) -> addnodes.pending_xref:
    """The title of a chapter, to which ``numbered_links`` adds the number."""
    return addnodes.pending_xref(
        "", nodes.inline(), refdomain="std", reftype="doc", reftarget=f"/{docname}",
        refexplicit=False, refdoc=here, refwarn=False,
    )  # fmt: skip


def to_equation(label: str, here: str) -> addnodes.pending_xref:
    """The number of an equation."""
    return addnodes.pending_xref(
        "", nodes.inline("", label), refdomain="math", reftype="eq", reftarget=label,
        refdoc=here, refwarn=False,
    )  # fmt: skip


def to_exercise(stub: Stub) -> nodes.reference:
    """The name of an exercise; ``link`` knows where it is."""
    name = nodes.literal("", stub.title)
    return nodes.reference("", "", name, internal=True, practice=stub.exercise.name)


def in_code(text: str) -> list[nodes.Node]:
    """Words of a docstring, with what is between double backquotes as code."""
    parts = enumerate(text.split("``"))
    return [nodes.literal("", part) if k % 2 else nodes.Text(part) for k, part in parts if part]


def listed(items, between=", ", last=" and ") -> list[nodes.Node]:
    """Nodes with words between them."""
    found: list[nodes.Node] = []
    for k, item in enumerate(items):
        said = "" if not k else last if k == len(items) - 1 else between
        found += [nodes.Text(said)] * bool(said) + [item]
    return found


class Exercises(SphinxDirective):
    """A part's exercises, a section for each chapter and below it one for each function."""

    required_arguments = 1

    def run(self):
        self.env.note_reread()
        chapters = by_chapter(of_part(self.arguments[0]))
        data = about(self.arguments[0], bool(self.config.nndl_pyodide))
        last = nodes.raw("", WITHOUT + scripts(data, "practice.js"), format="html")
        return [last, *(self.chapter(doc, those) for doc, those in chapters)]

    def chapter(self, docname, those):
        """The exercises of one chapter."""
        title = those[0].task.chapter.text.cells[0].source.partition("\n")[0].lstrip("# ")
        section = nodes.section(ids=[nodes.make_id(f"of {docname}")])
        section += nodes.title("", title)
        section += [self.exercise(stub) for stub in those]
        return section

    def exercise(self, stub):
        """What to write, where it is derived, and the stub."""
        section = nodes.section(ids=[anchor(stub)])
        section += nodes.title("", "", nodes.literal("", stub.title))
        where = nodes.reference("", "", internal=True, gallery=stub.exercise.read)
        said = [*in_code(stub.summary), nodes.Text(" Derived in "), where]
        if stub.labels:
            links = [to_equation(label, self.env.docname) for label in stub.labels]
            many = "equations " if len(links) > 1 else "equation "
            said += [nodes.Text(f"; {many}"), *listed(links)]
        section += nodes.paragraph("", "", *said, nodes.Text("."))
        code = nodes.literal_block(stub.source, stub.source, language="python")
        section += nodes.container("", code, classes=["practice-exercise"])
        return section


class Overview(SphinxDirective):
    """All exercises, by parts and chapters."""

    def run(self):
        self.env.note_reread()
        found = list(stubs().values())
        last = nodes.raw("", scripts({}, "practice_overview.js"), format="html")
        parts = {part: list(those) for part, those in groupby(found, key=lambda one: one.part)}
        return [last, *(self.part(part, those) for part, those in parts.items())]

    def part(self, part, those):
        """The exercises of one part."""
        section = nodes.section(ids=[nodes.make_id(f"practice {part}")], classes=["practice-part"])
        section += nodes.title("", part.capitalize())
        for docname, of_chapter in by_chapter(those):
            link = to_chapter(docname, self.env.docname)
            section += nodes.paragraph("", "", link, classes=["practice-chapter"])
            names = (nodes.paragraph("", "", to_exercise(stub)) for stub in of_chapter)
            items = [nodes.list_item("", name) for name in names]
            section += nodes.bullet_list("", *items, classes=["practice-list"])
        return section


class WithoutStubs(SphinxPostTransform):
    """On paper, what to write and where it is derived: a paragraph for each function."""

    default_priority = 40
    builders = BUILDERS

    def run(self, **kwargs):
        for found in list(self.document.findall(nodes.container)):
            if "practice-exercise" in found["classes"]:
                section = found.parent
                name = nodes.strong("", "", *section[0].children)
                line = nodes.paragraph("", "", name, nodes.Text(". "), *section[1].children)
                section.replace_self([nodes.target("", "", ids=section["ids"]), line])


def link(app, doctree, docname) -> None:
    """Let names of exercises lead to their sections, where the book has that page."""
    for reference in list(doctree.findall(nodes.reference)):
        if "practice" not in reference:
            continue
        stub = stubs()[reference["practice"]]
        if page_of(stub) in app.env.found_docs:
            address = app.builder.get_relative_uri(docname, page_of(stub))
            reference["refuri"] = f"{address}#{anchor(stub)}"
        else:
            reference.replace_self(reference.children)


def connect(app) -> None:
    app.add_directive("practice-exercises", Exercises)
    app.add_directive("practice-overview", Overview)
    app.add_post_transform(WithoutStubs)
    app.connect("doctree-resolved", link)
