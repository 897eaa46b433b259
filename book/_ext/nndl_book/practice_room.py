"""Room for the bars of exercises, and notes of practice pages; ``live_bars`` is for chapters."""

import re

from book._ext.nndl_book import live_bars
from book._ext.nndl_book.live_files import SHEET
from book._ext.nndl_book.practice_pages import PACKAGES

EXERCISE = re.compile(r'<div class="practice-exercise docutils container">')
ROOM = f'\n<div class="live practice {live_bars.ONLY}"></div>'  # for an exercise's bar


def add_room(app, pagename, templatename, context, doctree) -> None:
    """Give a part's page its notes and its room, and the sheet that says how high they are."""
    if app.builder.name == "html" and EXERCISE.search(context.get("body") or ""):
        context["body"] = with_room(context["body"], bool(app.config.nndl_pyodide))
        app.add_css_file(SHEET)


def with_room(body: str, own: bool) -> str:
    """A page's HTML with what it says of its checks, and room for the bar of each exercise."""
    notes = (
        f'<p class="live-notes practice-notes {live_bars.ONLY}">Your functions are checked in your '
        "browser, and kept in it. The first check "
        f"{live_bars.what_is_loaded(own, PACKAGES)}.</p>\n"
    )
    return live_bars.below_head(live_bars.followed(body, EXERCISE, lambda match: ROOM), notes)


def connect(app) -> None:
    app.connect("html-page-context", add_room, priority=700)  # as the chapters' cells
