"""Room for the bars of cells that run in the page, and the notes on them, as the page is built.

The script fills what is there, and nothing moves when it comes. Where no script runs, the theme
hides all of it.
"""

import re
from html import escape
from urllib.parse import urlsplit

from book._ext.nndl_book.live_files import CDN, loaded_bytes

ONLY = "pst-js-only"  # the theme's class of what pages show where scripts run
INPUT = re.compile(r'<div class="cell_input docutils container">')
NUMBERED = re.compile(r'<div class="cell_input docutils container" data-cell="(\d+)">')
DIV = re.compile(r"<(/?)div\b")
HEAD = re.compile(r'(?s)<div class="chapter-head docutils container">.*?</div>\n?')
TITLE = re.compile(r"</h1>\n?")


def dressed(body: str, cells: list[dict], pagename: str) -> str:
    """A page's HTML with the numbers and bars of these cells, which are all that it shows.

    Raises
    ------
    ValueError
        The page shows more of them, or fewer.
    """
    rest = [cell["number"] for cell in cells]
    if len(rest) != (count := len(INPUT.findall(body))):
        raise ValueError(f"{pagename}: {count} cells in the page, {len(rest)} in its source")
    body = INPUT.sub(lambda match: f'{match[0][:-1]} data-cell="{rest.pop(0)}">', body)
    bars = {str(cell["number"]): bar(cell) for cell in cells}
    return followed(body, NUMBERED, lambda match: bars[match[1]])


def followed(body: str, opening: re.Pattern, more) -> str:
    """HTML with ``more(match)`` after each ``div`` that opens so; none is in another."""
    parts, done = [], 0
    for start in opening.finditer(body):
        end = end_of(body, start.end())
        parts += [body[done:end], more(start)]
        done = end
    return "".join([*parts, body[done:]])


def end_of(body: str, place: int) -> int:
    """Where the ``div`` ends in which a place of the HTML is."""
    depth = 1
    for tag in DIV.finditer(body, place):
        depth += -1 if tag[1] else 1
        if not depth:
            return body.index(">", tag.end()) + 1
    raise ValueError(f"a div does not end: {body[place - 80 : place]}")


def bar(cell: dict) -> str:
    """The room below a cell; below one that does not run, with the reason."""
    inside = ""
    if why := cell.get("why"):
        number = f"Cell {cell['number']}"
        inside = (
            f'<div class="live-bar" role="group" aria-label="{number}">'
            f'<span class="live-number">{number}</span>'
            f'<span class="live-why">does not run in the page: {escape(why)}</span></div>'
        )
    return f'\n<div class="live {ONLY}" data-cell="{cell["number"]}">{inside}</div>'


def notes(own: bool) -> str:
    """What a page says of its cells; the button waits for the script."""
    return (
        f'<div class="live-notes {ONLY}" role="group" aria-label="Code of this page">'
        "<span>The code of this page runs in your browser, and you can edit it. "
        f"The first run {what_is_loaded(own)}.</span>"
        '<button type="button" aria-label="Run all cells of this page" disabled>Run all</button>'
        "</div>\n"
    )


def what_is_loaded(own: bool, *packages) -> str:
    """How much Python is, and where it comes from: the site's ``own`` folder, or a CDN."""
    where = "this site" if own else urlsplit(CDN).netloc
    return f"loads Python, up to {round(loaded_bytes(*packages) / 1e6)} MB, from {where}"


def below_head(body: str, more: str) -> str:
    """A page's HTML with more below its head; below its title, where it has no head."""
    place = (HEAD.search(body) or TITLE.search(body)).end()
    return body[:place] + more + body[place:]
