"""The book's checks, collected from the stored outputs of its notebooks when the site is built.

``verified-table`` lists all of them, a section a chapter, and ``verified-count`` is their number.
A line that only looks like a check is a warning, and so is an error beyond its bound: the build
treats warnings as errors. Cells tagged ``planted`` are left out; their errors are there to be seen.
"""

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book import check_filter, check_layers, check_lines, filter_form, tables
from book._ext.nndl_book.chapter_numbers import chapters, number_of, path_of
from book._ext.nndl_book.check_lines import Check, notebook_checks, notebook_title
from book._ext.nndl_book.tables import empty_table, row

HEADINGS = ["Check", "Value", "Bound", "Published"]
logger = logging.getLogger(__name__)


def collect(env) -> dict[str, list[Check]]:
    """The checks of each chapter; the page that is being read now depends on the notebooks."""
    if "verified" in env.temp_data:  # the tables and the counts of one page share a reading
        return env.temp_data["verified"]
    found = env.temp_data["verified"] = {}
    for module in (check_filter, check_layers, check_lines, filter_form, tables):
        env.note_dependency(module.__file__)
    env.note_dependency(__file__)
    for doc in chapters(env):
        results = list(notebook_checks(path_of(env, doc)))
        for error in results:
            if isinstance(error, ValueError):
                logger.warning("%s", error, location=doc, type="verified")
        found[doc] = [check for check in results if isinstance(check, Check)]
    env.metadata[env.docname]["verified_chapters"] = list(found)
    return found


def link(text: str, doc: str, section: str = "") -> nodes.reference:
    """A link to a chapter, or to one of its sections, whose address comes later."""
    return nodes.reference("", text, internal=True, check=(doc, section))


def table_of(doc: str, checks: list[Check]) -> nodes.table:
    """The table of a chapter's checks. A row's classes say what the filter asks."""
    table, body = empty_table(HEADINGS, "verified")
    for check in checks:
        name = link(check.what, doc, check.section)
        cells = [check.value, check.bound, check.published or "–"]
        line = row([name, *map(nodes.Text, cells)])
        line["classes"] = [f"layer-{layer}" for layer in check.layers] or ["layer-none"]
        line["classes"] += ["published"] * (check.published is not None)
        body += line
    return table


class VerifiedTable(SphinxDirective):
    """The checks of every chapter, below a heading that leads to it."""

    def run(self):
        found = {doc: checks for doc, checks in collect(self.env).items() if checks}
        titles = {doc: notebook_title(path_of(self.env, doc)) for doc in found}
        parts = [check_filter.form(found, titles)]
        for doc, checks in found.items():
            title = nodes.title("", "", link(titles[doc], doc))
            ids = [check_filter.section_id(doc)]
            parts.append(nodes.section("", title, table_of(doc, checks), ids=ids))
        return parts


class VerifiedCount(SphinxRole):
    """The number of checks, of those with a published value, or of chapters that have checks."""

    def run(self):
        found = collect(self.env)
        checks = [check for checks in found.values() for check in checks]
        counts = {
            "checks": len(checks),
            "published": sum(check.published is not None for check in checks),
            "chapters": sum(map(bool, found.values())),
        }
        return [nodes.Text(str(counts[self.text]))], []


def link_sections(app, doctree, docname) -> None:
    """Let each check lead to its section, now that all pages have been read."""
    for reference in doctree.findall(nodes.reference):
        if "check" in reference:
            doc, section = reference["check"]
            entries = app.env.tocs[doc].findall(nodes.reference)
            anchors = [e["anchorname"] for e in entries if section and e.astext() == section]
            address = app.builder.get_relative_uri(docname, doc) + "".join(anchors[:1])
            reference["refuri"] = address
            if not section and (number := number_of(app.env, doc)):
                reference.insert(0, nodes.Text(f"{number} "))


def outdated(app, env, added, changed, removed):
    """Pages that list checks are read again when a chapter joins or leaves the book."""
    now = chapters(env)
    return [d for d, m in env.metadata.items() if m.get("verified_chapters", now) != now]


def connect(app) -> None:
    app.add_directive("verified-table", VerifiedTable)
    app.add_role("verified-count", VerifiedCount())
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-resolved", link_sections)
