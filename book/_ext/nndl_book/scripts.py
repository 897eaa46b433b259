"""Scripts that a page does not need leave it, and none of those that stay holds up its first paint.

The theme loads its script of icons (``icons`` draws them) and the tools and index of the search
on every page; the book's own loads its index when somebody searches. The one that highlights what
Sphinx's search found would keep the Escape key from every dialog.
"""

import re

from book._ext.nndl_book import last_words

TAG = re.compile(r"(?s)<script\b([^>]*)>(.*?)</script>\s*")
SOURCE = re.compile(r'\bsrc="([^"?]*)')
PRELOAD = re.compile(r'<link rel="preload" as="script"[^>]*>\s*')
# The comment that the theme has above it.
ABOVE = re.compile(r"<!-- (?:So that users can add custom icons|Pre-loaded scripts[^>]*) -->\s*")

NOWHERE = (
    "scripts/fontawesome.js",
    "searchtools.js",
    "language_data.js",
    "searchindex.js",
    "sphinx_highlight.js",
)
# A script, and what a page must have for it.
WITH = {
    "design-tabs.js": "sd-tab-set",
    "copybutton.js": 'class="highlight',
    "clipboard.min.js": 'class="highlight',
}


def is_wanted(source: str, html: str) -> bool:
    """Whether a page needs a script."""
    return not source.endswith(NOWHERE) and all(
        mark in html for name, mark in WITH.items() if source.endswith(name)
    )


def lighten(html: str, pagename: str, app) -> str:
    """Drop scripts and preloads from a page, and let the others wait for its text.

    What waits keeps its order. A script in the page that uses one that waits has to wait, too,
    which it does as a module.
    """

    def change(match):
        attributes, code = match.groups()
        source = SOURCE.search(attributes)
        if source is None:
            waits = code.lstrip().startswith("DOCUMENTATION_OPTIONS.")
            return match[0].replace("<script", '<script type="module"', 1) if waits else match[0]
        if not is_wanted(source[1], html):
            return ""
        waiting = re.search(r"\b(defer|async|type=\"module\")", attributes)
        return match[0] if waiting else match[0].replace("<script", "<script defer", 1)

    return ABOVE.sub("", PRELOAD.sub("", TAG.sub(change, html)))


def connect(app) -> None:
    last_words.add(app, lighten)
