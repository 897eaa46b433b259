"""Icons inside of the pages, as SVG, in place of a script of half a megabyte and a font.

The theme names an icon by its class, ``fa-bars``. The shapes are Font Awesome's, of the script that
the theme brings and no page loads. They are under CC BY 4.0; each page names their source.
"""

import functools
import re
from pathlib import Path

import pydata_sphinx_theme
from sphinx.util import logging

from book._ext.nndl_book import last_words

SCRIPT = "theme/pydata_sphinx_theme/static/scripts/fontawesome.js"
SHEET = "icons.css"
EMPTY = re.compile(r'<(i|span)\b([^>]*\bclass="([^"]*\bfa-[^"]*)"[^>]*)>\s*</\1>')
# width, height, other names, code point, path: '"house":[576,512,["home"],"f015","M575.8 ...' or,
# of two colors, the paths of both.
REST = r'\],"[^"]*",(?:\["[^"]*",)?"([^"]+)"'
SHAPE = r'[{,]"?%s"?:\[(\d+),(\d+),\[[^\]]*' + REST
OTHER = r':\[(\d+),(\d+),\[[^\]]*"%s"[^\]]*' + REST
STYLES = {"fa-solid", "fa-brands", "fa-regular", "fa-fw", "fa-lg", "fa-sm", "fa-xs", "fa-2x"}
SOURCE = "<!-- Icons: Font Awesome Free by Fonticons, Inc., CC BY 4.0 -->"
SVG = '<svg class="icon" viewBox="0 0 {} {}" aria-hidden="true"><path d="{}"/></svg>'
logger = logging.getLogger(__name__)


@functools.cache
def script() -> str:
    """The theme's script of icons, as text."""
    folder = Path(pydata_sphinx_theme.__file__).parent
    return (folder / SCRIPT).read_text(encoding="utf-8")


@functools.cache
def drawing(name: str) -> str | None:
    """An icon as SVG, solid where there is a solid one; None where there is no such icon."""
    shapes = [s for form in (SHAPE, OTHER) for s in re.findall(form % re.escape(name), script())]
    if not shapes:
        return None
    # The script has the outlined shapes first, then the solid ones.
    return SVG.format(*shapes[-1])


def draw(html: str, pagename: str, app) -> str:
    """Put its drawing into every element that the theme means to be an icon."""

    def filled(match):
        tag, attributes, classes = match.groups()
        named = [c for c in classes.split() if c.startswith("fa-") and c not in STYLES]
        shape = drawing(named[0].removeprefix("fa-")) if named else None
        if shape is None:
            text = "there is no icon of this name: %s"
            logger.warning(text, classes, location=pagename, type="icon")
            return match[0]
        hidden = "" if "aria-" in attributes else ' aria-hidden="true"'
        return f"<{tag}{attributes}{hidden}>{shape}</{tag}>"

    html, count = EMPTY.subn(filled, html)
    return html.replace("</head>", f"{SOURCE}\n</head>", 1) if count else html


def connect(app) -> None:
    last_words.add(app, draw)
    app.add_css_file(SHEET, priority=800)
