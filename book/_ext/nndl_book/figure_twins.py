"""Figures as pages show them: a drawing for light pages and one for dark ones.

Both are on the page, and the style sheet shows one of them. A browser fetches what it shows, since
both wait to be looked at (``loading="lazy"``). On paper it is the light one. Each has its width and
height, so that nothing moves when it comes. A figure that is kept as pixels has one form.

Other builders, of books on paper, get the figure as the notebook has it.
"""

import posixpath
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.util import logging

from book._ext.nndl_book import embedded_images, figure_svg

logger = logging.getLogger(__name__)
SHEET = "figures.css"
PLOTS = "measured"  # the folder of the benchmarks' plots
DRAWN = ("jupyter_execute", PLOTS)
PIXELS = 2  # of a stored image, for each one of the page: nndl/vis/figures.py


class Drawing(nodes.image):
    """An image of a figure, with its size."""


def twins(app, doctree, docname) -> None:
    """Put two drawings into the place of each figure of a notebook, and of each plot."""
    if app.builder.format != "html" or app.builder.name == "epub":
        return
    for image in list(doctree.findall(nodes.image)):
        path = Path(app.srcdir) / image.get("candidates", {}).get("*", image["uri"])
        if path.parent.name not in DRAWN or isinstance(image, Drawing):
            continue
        if path.suffix == ".svg":
            image.replace_self(drawings(app, docname, image, path))
        else:
            image.replace_self(pixels(image, path))


def drawings(app, docname, image, path):
    """The two forms of a drawing, each in a file beside it."""
    svg, found = embedded_images.lighten(path.read_text(encoding="utf-8")), []
    width, height = figure_svg.size(figure_svg.parsed(svg))
    for name, draw in figure_svg.FORMS.items():
        try:
            form = draw(svg)
        except KeyError as error:
            color, figure = error.args[0], image.parent.get("names") or [path.name]
            message = "the figure %s has a color without one for dark pages: %s"
            logger.warning(message, figure[0], color, location=image)
            continue
        file = path.with_suffix(f".{name}.svg")
        if not file.exists() or file.read_text(encoding="utf-8") != form:
            file.write_text(form, encoding="utf-8", newline="\n")
        uri = (Path(image["uri"]).parent / file.name).as_posix()
        app.env.images.add_file(docname, uri)
        sizes = {"width": width * figure_svg.SCALE, "height": height * figure_svg.SCALE}
        found.append(drawing(image, uri, name, sizes))
    return found


def pixels(image, path):
    """An image of pixels, in its one form."""
    width, height = (int.from_bytes(path.read_bytes()[k : k + 4], "big") for k in (16, 20))
    return drawing(
        image, image["uri"], "pixels", {"width": width / PIXELS, "height": height / PIXELS}
    )


def drawing(image, uri, name, sizes):
    """An image like another one, from another file."""
    found = Drawing(**{k: v for k, v in image.attributes.items() if k not in sizes})
    found["uri"], found["candidates"] = uri, {"*": uri}
    found["classes"] = [*image["classes"], "drawing", name]
    found["sizes"] = {side: str(round(length)) for side, length in sizes.items()}
    return found


def visit(translator, node) -> None:
    """Write the tag."""
    uri = node["uri"]
    if uri in translator.builder.images:
        name = quote(translator.builder.images[uri])
        uri = posixpath.join(translator.builder.imgpath, name)
    more = {"src": uri, "alt": node.get("alt", ""), "loading": "lazy", **node["sizes"]}
    translator.body.append(translator.emptytag(node, "img", "\n", **more))


def depart(translator, node) -> None:
    """Nothing follows the tag."""


def connect(app) -> None:
    app.add_node(Drawing, html=(visit, depart))
    app.add_css_file(SHEET)
    app.connect("doctree-resolved", twins)
