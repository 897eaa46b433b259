"""Names for the theme's controls and landmarks, which it gives none or others than it shows.

A name that begins with what is seen can be spoken to a voice control, and two landmarks of one kind
can be told apart. The theme writes them in its templates, so the whole page is mended.
"""

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


def mend(page: str) -> str:
    """A page with these names."""
    for old, new in MENDED.items():
        page = page.replace(old, new)
    return page


def mend_pages(app) -> None:
    """Mend what the templates make; no event of Sphinx has the whole page."""
    if app.builder.format != "html":
        return
    render = app.builder.templates.render
    app.builder.templates.render = lambda *args: mend(render(*args))


def connect(app) -> None:
    app.connect("builder-inited", mend_pages, priority=900)
