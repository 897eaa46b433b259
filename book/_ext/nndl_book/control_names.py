"""Names for the theme's controls and landmarks, which it gives none or others than it shows.

A name that begins with what is seen can be spoken to a voice control, and two landmarks of one kind
can be told apart. The theme writes them in its templates, so the whole page is mended.

Its link that skips to the content leads to the page's buttons. Here it leads to the text.
sphinx-copybutton gives all of its buttons one name, which here gets the number of the block.
"""

from pathlib import Path

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
    '<dialog id="pst-search-dialog">': '<dialog id="pst-search-dialog" aria-label="Search">',
    '<div class="prev-next-area">': (
        '<div class="prev-next-area" role="navigation" aria-label="Previous and next page">'
    ),
    '<footer class="bd-footer-content">': (
        '<footer class="bd-footer-content" role="group" aria-label="About this book">'
    ),
}
BUTTON = 'data-clipboard-target="#${id}">'  # as the package's script writes it
NUMBERED = BUTTON.replace(">", ' aria-label="Copy block ${index + 1}">')
ARTICLE = '<article class="bd-article"'


def mend(html: str, pagename: str, app) -> str:
    """A page with these names."""
    for old, new in MENDED.items():
        html = html.replace(old, new)
    if ARTICLE in html:
        html = html.replace('href="#main-content"', 'href="#page-text"', 1)
        html = html.replace(ARTICLE, f'<div id="page-text"></div>\n{ARTICLE}', 1)
    return html


def number_buttons(app, exception) -> None:
    """Have the script that makes the buttons of code say which block each is for."""
    script = Path(app.outdir) / "_static" / "copybutton.js"
    if exception is None and app.builder.name == "html":
        code = script.read_text(encoding="utf-8")
        if code.count(BUTTON) != 1:
            raise ValueError(f"{script.name} has not one {BUTTON}, a button without a name")
        script.write_text(code.replace(BUTTON, NUMBERED), encoding="utf-8")


def connect(app) -> None:
    app.connect("build-finished", number_buttons)
    last_words.add(app, mend)
