"""A chapter's exercises begin with what of it one can practice in the page."""

from docutils import nodes

from book._ext.nndl_book.practice_pages import listed, of_chapter, page_of, to_exercise

SECTION = "exercises"


def offer(app, doctree, docname) -> None:
    """Add the line below the heading "Exercises", where the site has the page."""
    found = [stub for stub in of_chapter(docname) if page_of(stub) in app.env.found_docs]
    if app.builder.name != "html" or not found:
        return
    for section in doctree.findall(nodes.section):
        if SECTION in section["ids"]:
            what = "it yourself, and have it" if len(found) == 1 else "these, and have them"
            said = [nodes.Text(f"Write {what} checked in the page: ")]
            links = listed([to_exercise(stub) for stub in found])
            section.insert(1, nodes.paragraph("", "", *said, *links, nodes.Text(".")))
            return


def connect(app) -> None:
    app.connect("doctree-resolved", offer, priority=450)  # before practice_pages makes the links
