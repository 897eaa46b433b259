"""robots.txt, and sitemap.xml, which is a list of whole addresses and so comes with the site's.

Robots ask for robots.txt at the root of a host alone: it counts where the whole host is ours.
"""

from html import escape
from pathlib import Path

from book._ext.nndl_book import history

SITEMAP = """<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}</urlset>
"""


def robots(base: str) -> str:
    """Everything may be read."""
    return "User-agent: *\nDisallow:\n" + (f"\nSitemap: {base}sitemap.xml\n" if base else "")


def sitemap(pages: list[tuple[str, str | None]]) -> str:
    """A sitemap of ``(address, date or None)``."""
    lines = []
    for address, date in pages:
        changed = f"<lastmod>{date}</lastmod>" if date else ""
        lines.append(f"<url><loc>{escape(address)}</loc>{changed}</url>\n")
    return SITEMAP.format("".join(lines))


def write(app, exception) -> None:
    if exception is not None or app.builder.format != "html":
        return
    base, folder, uri = app.config.html_baseurl, Path(app.outdir), app.builder.get_target_uri
    (folder / "robots.txt").write_text(robots(base), encoding="utf-8", newline="\n")
    if base:
        docs = sorted(doc for doc in app.env.found_docs if (folder / uri(doc)).is_file())
        pages = [(base + uri(doc), history.date_of(app.env, doc)) for doc in docs]
        (folder / "sitemap.xml").write_text(sitemap(pages), encoding="utf-8", newline="\n")


def connect(app) -> None:
    app.connect("build-finished", write)
