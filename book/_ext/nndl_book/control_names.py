"""Names for the theme's controls and landmarks, which it gives none or others than it shows.

A name that begins with what is seen can be spoken to a voice control, and two landmarks of one kind
can be told apart. The theme writes them in its templates, so the whole page is mended.

Its link that skips to the content leads to the page's buttons. Here it leads to the text.
"""

from book._ext.nndl_book import last_words

MENDED = {
    'title="Toggle primary sidebar"': 'title="Chapters" aria-label="Chapters"',
    'title="Toggle secondary sidebar"': (
        'title="Contents of this page" aria-label="Contents of this page"'
    ),
    # Its text says "Search Ctrl+K", and is its name once there is no other.
    'search-button-field search-button__button pst-js-only" title="Search" aria-label="Search"': (
        'search-button-field search-button__button pst-js-only"'
    ),
    '<div class="prev-next-area">': (
        '<div class="prev-next-area" role="navigation" aria-label="Previous and next page">'
    ),
    '<footer class="bd-footer-content">': (
        '<footer class="bd-footer-content" role="group" aria-label="About this book">'
    ),
}
ARTICLE = '<article class="bd-article"'


def mend(html: str, pagename: str, app) -> str:
    """A page with these names."""
    for old, new in MENDED.items():
        html = html.replace(old, new)
    if ARTICLE in html:
        html = html.replace('href="#main-content"', 'href="#page-text"', 1)
        html = html.replace(ARTICLE, f'<div id="page-text"></div>\n{ARTICLE}', 1)
    return html


def connect(app) -> None:
    last_words.add(app, mend)
