"""The image that a link to a page brings along: the first figure of the chapter, and its title.

Written when the site is built, and only when it has an address: such a link is an absolute one.
Figures that are drawings become images of pixels here, since no messenger shows SVG.
"""

import io
from functools import cache
from pathlib import Path

from docutils import nodes

from book._ext.nndl_book import title_picture
from book._ext.nndl_book.chapter_numbers import number_of

SIZE = (1200, 630)
MARGIN = 60
TALL = 0.75  # a figure that is taller for its width stands beside the title
INK, GRAY, PAPER = "#1a1a1a", "#5a5a5a", "#ffffff"
FOLDER = "_static/cards"
KINDS = (".png", ".svg", ".jpg", ".jpeg")
BOOK = "Convolutional networks, derived and checked"
BOOK_ALT = (
    "The digit 2 in 16 by 16 pixels, and beside it what a filter for vertical edges makes of it: "
    "orange where, from left to right, ink begins, and blue where it ends."
)


@cache
def font(size: int, bold: bool = False):
    """Matplotlib's font: it comes with the requirements, so every machine draws the same card."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), size)


def pixels(path: Path, width: int):
    """A figure's file as an image on white; a drawing is made ``width`` wide."""
    from PIL import Image

    if path.suffix == ".svg":
        import resvg_py

        drawn = resvg_py.svg_to_bytes(svg_string=path.read_text(encoding="utf-8"), width=width)
        image = Image.open(io.BytesIO(bytes(drawn)))
    else:
        image = Image.open(path)
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, PAPER)
    return Image.alpha_composite(paper, image).convert("RGB")


def window():
    """The title page's picture: a digit, and what a filter for edges makes of it."""
    import numpy as np
    from PIL import Image

    from nndl.conv_layers import conv_forward_naive

    x = title_picture.digit()
    w = np.outer([1.0, 2.0, 1.0], [-1.0, 0.0, 1.0])[None, None]
    out = conv_forward_naive(x[None, None], w, np.zeros(1), {"stride": 1, "pad": 1})[0][0, 0]
    share = np.abs(out)[..., None] / np.abs(out).max()
    colors = np.where(out[..., None] > 0, [213, 94, 0], [0, 114, 178])  # as the title page has them
    left = np.repeat(255 * (1 - x)[..., None], 3, -1)
    both = np.concatenate([left, np.full((x.shape[0], 2, 3), 255), 255 + share * (colors - 255)], 1)
    image = Image.fromarray(both.round().astype("uint8"))
    return image.resize((image.width * 20, image.height * 20), Image.Resampling.NEAREST)


def lines(draw, text: str, face, width: int) -> list[str]:
    """A title in lines that fit."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if draw.textlength(longer, font=face) <= width or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    return found


def fits(draw, text: list[str], face, width: int, most: int) -> bool:
    """Whether lines are few and narrow enough; a long word may be wider than a column."""
    return len(text) <= most and all(draw.textlength(x, font=face) <= width for x in text)


def draw_card(above: str, title: str, figure):
    """A card: a line and a title, and the figure below them, or beside them if it is tall."""
    from PIL import Image, ImageDraw

    card = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(card)
    beside = figure.height > TALL * figure.width
    width, most = (SIZE[0] // 2 - MARGIN, 5) if beside else (SIZE[0] - 2 * MARGIN, 2)
    faces = [font(size, True) for size in (56, 48, 40, 34)]
    set_in = [(face, lines(draw, title, face, width)) for face in faces]
    face, text = next(((f, t) for f, t in set_in if fits(draw, t, f, width, most)), set_in[-1])
    text = text[:most]
    draw.text((MARGIN, 44), above, fill=GRAY, font=font(28))
    draw.multiline_text((MARGIN, 92), "\n".join(text), fill=INK, font=face, spacing=8)
    below = 230 if len(text) > 1 else 180
    left, top = (SIZE[0] // 2 + 20, 36) if beside else (MARGIN, below)
    room = (SIZE[0] - MARGIN - left, SIZE[1] - 36 - top)
    scale = min(room[0] / figure.width, room[1] / figure.height)
    size = (max(1, round(figure.width * scale)), max(1, round(figure.height * scale)))
    figure = figure.resize(size, Image.Resampling.LANCZOS)
    card.paste(figure, (left + (room[0] - size[0]) // 2, top + (room[1] - size[1]) // 2))
    return card


def first_figure(app, doctree) -> tuple[Path | None, str]:
    """The file and the description of a page's first figure."""
    for image in doctree.findall(nodes.image) if doctree is not None else ():
        for uri in image.get("candidates", {}).values():  # its own, before the page was written
            path = Path(app.srcdir, uri)
            if path.suffix in KINDS and path.is_file():
                return path, image.get("alt", "")
    return None, ""


def card(app, pagename: str, title: str, doctree) -> tuple[str, str]:
    """Write a page's card; its place on the site, and what it shows, in words.

    Pages without a figure of their own share the title page's card.
    """
    number = number_of(app.env, pagename) if pagename in app.env.found_docs else None
    path, alt = first_figure(app, doctree) if number else (None, "")
    name = f"{FOLDER}/{pagename.replace('/', '-')}.png" if path else f"{FOLDER}/book.png"
    target = Path(app.outdir, name)
    if path is None:
        if target.is_file():
            return name, BOOK_ALT
        figure, above, title, alt = window(), "nndl", BOOK, BOOK_ALT
    else:
        figure, above = pixels(path, 2 * SIZE[0]), f"nndl · chapter {number}"
    target.parent.mkdir(parents=True, exist_ok=True)
    draw_card(above, title, figure).save(target, optimize=True)
    return name, alt
