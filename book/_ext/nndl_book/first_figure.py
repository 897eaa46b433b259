"""A page asks at once for the figure of its first screen, in the form for the system's theme.

Figures wait to be looked at, which a browser knows when it has laid out the page: the first would
come after the first paint, and is the largest thing in it. One that the reader's own choice of a
theme makes wrong costs a few kilobytes.
"""

import re

from book._ext.nndl_book import figure_svg, last_words

FIGURE = re.compile(r'<img\b(?=[^>]*\bclass="[^"]*\bfor-light\b)[^>]*\bsrc="([^"]+)"')
HEADING = re.compile("<h2|</article>")


def preload(html: str, pagename: str = "", app=None) -> str:
    """A page with links to both forms of the figure above its first section, if there is one."""
    start = html.find("<article")
    end = HEADING.search(html, max(start, 0))
    found = FIGURE.search(html, start, end.start()) if start >= 0 and end else None
    if found is None:
        return html
    links = ""
    for form in figure_svg.FORMS:
        theme = form.removeprefix("for-")
        address = found[1].replace("for-light", form)
        links += (
            f'<link rel="preload" as="image" href="{address}" fetchpriority="high" '
            f'media="(prefers-color-scheme: {theme})">\n'
        )
    return html.replace("<title>", f"{links}<title>", 1)


def connect(app) -> None:
    last_words.add(app, preload)
