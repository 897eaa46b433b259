"""An Atom feed of the released versions, from CHANGELOG.md.

Its entries are known by their addresses, so it comes with the site's, and with the first release.
"""

from functools import cache
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from book._ext.nndl_book import changes_page, how_to_cite
from book._tools import release

FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>{title}</title>
<id>{base}</id>
<link href="{base}"/>
<link rel="self" href="{base}feed.xml"/>
<author><name>{author}</name></author>
<updated>{updated}T00:00:00Z</updated>
{entries}</feed>
"""
ENTRY = """<entry>
<title>Version {version}</title>
<id>{address}</id>
<link href="{address}"/>
<updated>{date}T00:00:00Z</updated>
<content type="html">{content}</content>
</entry>
"""


@cache
def feed(base: str, changelog: str) -> str:
    """The feed of a site at ``base``; empty while there is no address or no release."""
    dated = [s for s in release.sections(changelog) if s[1] != "unreleased"]
    if not base or not dated:
        return ""
    entries = ""
    for version, date, notes in dated:
        address = f"{base}changes.html#{changes_page.anchor(version)}"
        content = escape(MarkdownIt().render(notes))
        entries += ENTRY.format(version=version, date=date, address=address, content=content)
    citation = how_to_cite.book()
    author = escape(", ".join(how_to_cite.authors(citation)))
    title = escape(citation["title"])
    return FEED.format(title=title, base=base, author=author, updated=dated[0][1], entries=entries)


def name_it(app, pagename, templatename, context, doctree) -> None:
    """Feed readers find it from any page."""
    base = app.config.html_baseurl
    if feed(base, changes_page.changelog()):
        context["metatags"] = context.get("metatags", "") + (
            '<link rel="alternate" type="application/atom+xml" title="New versions" '
            f'href="{escape(base)}feed.xml">\n'
        )


def write(app, exception) -> None:
    text = feed(app.config.html_baseurl, changes_page.changelog())
    if exception is None and app.builder.format == "html" and text:
        Path(app.outdir, "feed.xml").write_text(text, encoding="utf-8", newline="\n")


def connect(app) -> None:
    app.connect("html-page-context", name_it)
    app.connect("build-finished", write)
