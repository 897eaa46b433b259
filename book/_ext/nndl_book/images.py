"""Images wait until they are near, and have their place on the page before they come.

Every ``<img>`` of a local file gets its width and height, so that nothing jumps, and all but the
first of a page are lazy.
"""

import base64
import functools
import io
import re
from pathlib import Path
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

from book._ext.nndl_book import last_words

IMAGE = re.compile(r"<img\b[^>]*>")
SOURCE = re.compile(r'\bsrc="([^"]+)"')
LENGTH = re.compile(r"\s*([\d.]+)\s*(px|pt|in|cm|mm)?\s*")
PIXELS = {None: 1, "px": 1, "pt": 4 / 3, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4}


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height in CSS pixels of an image file; None where it does not say."""
    if b"<svg" not in content[:2000]:
        try:
            with Image.open(io.BytesIO(content)) as image:
                return image.size
        except UnidentifiedImageError:
            return None
    head = re.search(rb"<svg\b[^>]*>", content)[0].decode()
    said = [re.search(rf'\b{name}="([^"]*)"', head) for name in ("width", "height")]
    lengths = [LENGTH.fullmatch(found[1]) if found else None for found in said]
    if all(lengths):
        return tuple(round(float(found[1]) * PIXELS[found[2]]) for found in lengths)
    box = re.search(r'viewBox="([^"]*)"', head)
    return tuple(round(float(side)) for side in box[1].split()[2:]) if box else None


@functools.cache
def size_of_file(path: Path, changed: float) -> tuple[int, int] | None:
    return size_of(path.read_bytes())


def file_of(source: str, app) -> Path | None:
    """The file that the site will copy to the address of an image; None where there is none."""
    name = unquote(source.partition("?")[0]).rpartition("/")[2]
    if "_images/" in source:
        found = (path for path, copied in app.builder.images.items() if copied == name)
        return next((Path(app.srcdir, path) for path in found), None)
    if "_static/" in source:
        inside = unquote(source.partition("?")[0]).partition("_static/")[2]
        places = (Path(app.confdir, folder, inside) for folder in app.config.html_static_path)
        return next((place for place in places if place.is_file()), None)
    return None


def sized(source: str, app) -> tuple[int, int] | None:
    """The size of an image by its address, where that is a local file or the image itself."""
    if source.startswith("data:"):
        kind, _, data = source.partition(",")
        return size_of(
            base64.b64decode(data) if kind.endswith("base64") else unquote(data).encode()
        )
    path = file_of(source, app)
    return size_of_file(path, path.stat().st_mtime) if path and path.is_file() else None


def prepare(html: str, pagename: str, app) -> str:
    """Give a page's images what they lack."""
    first = True

    def change(match):
        nonlocal first
        tag, source = match[0], SOURCE.search(match[0])
        if source is None:
            return tag
        added = ""
        if not re.search(r"\b(width|height)=", tag):
            size = sized(source[1], app)
            added += ' width="{}" height="{}"'.format(*size) if size else ""
        if 'class="logo__image' not in tag:
            if not first and "loading=" not in tag and not source[1].startswith("data:"):
                added += ' loading="lazy"'
            first = False
            added += "" if "decoding=" in tag else ' decoding="async"'
        return f"<img{added}{tag.removeprefix('<img')}"

    return IMAGE.sub(change, html)


def connect(app) -> None:
    last_words.add(app, prepare)
