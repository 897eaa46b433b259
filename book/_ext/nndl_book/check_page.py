"""The book's checks, collected from the stored outputs of its notebooks when the site is built.

``verified-table`` lists all of them, ``verified-count`` is their number. A line that only looks
like a check is a warning, and so is an error beyond its bound: the build treats warnings as errors.
Cells tagged ``planted`` are left out; their errors are there to be seen.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book import check_lines, tables
from book._ext.nndl_book.chapter_numbers import chapters, path_of
from book._ext.nndl_book.check_lines import Check, notebook_checks
from book._ext.nndl_book.tables import empty_table, put_beside, row

HEADINGS = ["Chapter", "Check", "Value", "Bound", "Published"]
logger = logging.getLogger(__name__)


def collect(env) -> dict[str, list[Check]]:
    """The checks of each chapter; the page that is being read now depends on the notebooks."""
    if "verified" in env.temp_data:  # the table and the counts of one page share a reading
        return env.temp_data["verified"]
    found = env.temp_data["verified"] = {}
    for file in (__file__, check_lines.__file__, tables.__file__):
        env.note_dependency(file)
    for doc in chapters(env):
        results = list(notebook_checks(path_of(env, doc)))
        for error in results:
            if isinstance(error, ValueError):
                logger.warning("%s", error, location=doc, type="verified")
        found[doc] = [check for check in results if isinstance(check, Check)]
    env.metadata[env.docname]["verified_chapters"] = list(found)
    return found


class VerifiedTable(SphinxDirective):
    """The table of every check."""

    def run(self):
        found = {doc: checks for doc, checks in collect(self.env).items() if checks}
        table, body = empty_table(HEADINGS, "verified")
        for doc, checks in found.items():
            link = addnodes.pending_xref(
                "", refdomain="std", reftype="doc", reftarget=f"/{doc}", refexplicit=False,
                refdoc=self.env.docname, refwarn=True,
            )  # fmt: skip
            link += nodes.inline()
            lines = []
            for check in checks:
                name = nodes.reference("", check.what, internal=True, check=(doc, check.section))
                cells = [check.value, check.bound, check.published or "–"]
                lines.append(row([name, *map(nodes.Text, cells)]))
            put_beside(lines, link)
            body += lines
        return [table]


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
    for link in doctree.findall(nodes.reference):
        if "check" in link:
            doc, section = link["check"]
            entries = app.env.tocs[doc].findall(nodes.reference)
            anchors = [e["anchorname"] for e in entries if e.astext() == section]
            link["refuri"] = app.builder.get_relative_uri(docname, doc) + "".join(anchors[:1])


def outdated(app, env, added, changed, removed):
    """Pages that list checks are read again when a chapter joins or leaves the book."""
    now = chapters(env)
    return [d for d, m in env.metadata.items() if m.get("verified_chapters", now) != now]


def connect(app) -> None:
    app.add_directive("verified-table", VerifiedTable)
    app.add_role("verified-count", VerifiedCount())
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-resolved", link_sections)
