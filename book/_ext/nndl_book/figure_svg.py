"""A figure's drawing, made anew for light and for dark pages.

Both lose the white ground that a viewer of notebooks needs. The dark one has other colors
(``figure_colors``). Pixels stay as they are, and so does what is written on them: a photograph is
no negative, and where dark means one on a light page it means one on a dark page. Images get a
quiet frame there.
"""

import math
import re
from xml.etree import ElementTree

from book._ext.nndl_book import figure_colors

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
COLOR = re.compile(r"#[0-9a-f]{6}\b")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
MOVE = re.compile(r"(\w+)\(([^)]*)\)")
FRAME = "#5c5c5c"
SLACK = 0.1  # points; a spine lies on a side of its image
SCALE = 1.5  # CSS pixels a point, so that text of 10 points is about as large as the page's

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", XLINK)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode("utf-8"))


def written(root) -> str:
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def size(root) -> tuple[float, float]:
    """Width and height in points."""
    return tuple(float(root.get(side).removesuffix("pt")) for side in ("width", "height"))


def light(svg: str) -> str:
    """The drawing without its ground."""
    root = parsed(svg)
    _prepare(root)
    return written(root)


def dark(svg: str) -> str:
    """The drawing in the colors of dark pages.

    Raises
    ------
    KeyError
        For a color that has none there.
    """
    root = parsed(svg)
    _prepare(root)
    groups = on_images(root)
    kept = {element for group in groups for element in group.iter()}
    for element in root.iter():
        if element in kept:
            continue
        for name in ("style", "fill", "stroke"):
            if name in element.attrib:
                found = COLOR.sub(lambda it: figure_colors.dark(it[0]), element.get(name).lower())
                element.set(name, found)
    root.set("fill", figure_colors.dark(figure_colors.INK))  # what names no color is ink
    for group in groups:
        group.set("fill", figure_colors.INK)
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            if child.tag == f"{{{SVG}}}image":
                parent.insert(place + 1, _frame(child))
    return written(root)


FORMS = {"for-light": light, "for-dark": dark}  # by the class of the image on a page


def on_images(root) -> list:
    """The groups of what is drawn on pixels."""
    groups = []
    for axes in root.iter(f"{{{SVG}}}g"):
        boxes = [extent(child) for child in axes if child.tag == f"{{{SVG}}}image"]
        boxes += [extent(e) for g in axes for e in g if e.tag == f"{{{SVG}}}image"]
        if not axes.get("id", "").startswith("axes_") or not boxes:
            continue
        for group in axes:
            parts = list(group.iter())
            if group.get("id", "").startswith("text_"):  # where it begins; its box may reach out
                parts = [part for part in parts if part.tag == f"{{{SVG}}}g"]
            places = [p for part in parts for p in extent(part)]
            if group.tag == f"{{{SVG}}}g" and places and _inside(places, boxes):
                groups.append(group)
    return groups


def extent(element) -> list[tuple[float, float]]:
    """Points that an element reaches, on the whole drawing: none for one that only holds others.

    Of a text that is where it begins, and of a mark its middle.
    """
    kind, get = element.tag.removeprefix(f"{{{SVG}}}"), element.get
    if kind == "image":
        x, y, w, h = (float(get(name, 0)) for name in ("x", "y", "width", "height"))
        matrix = _matrix(get("transform", ""))
        return [_moved(matrix, p) for p in ((x, y), (x + w, y + h))]
    if kind == "g" and "translate" in get("transform", ""):
        return [_moved(_matrix(get("transform")), (0, 0))]
    if kind == "use" and get("x"):  # a letter of Matplotlib 3.8 has no y where that is 0
        return [(float(get("x")), float(get("y", 0)))]
    if kind == "path" and "transform" not in element.attrib and not get("id"):
        numbers = [float(number) for number in NUMBER.findall(get("d", ""))]
        return list(zip(numbers[::2], numbers[1::2], strict=False))
    return []


def _inside(places, boxes):
    """Whether all of some places lie on one of some images, and not all on a side of it."""
    for corners in boxes:
        (left, right), (top, bottom) = map(sorted, zip(*corners, strict=True))
        # How far each place is inside of each side.
        depths = [(x - left, right - x, y - top, bottom - y) for x, y in places]
        inside = all(min(depth) > -SLACK for depth in depths)
        if inside and all(max(side) > SLACK for side in zip(*depths, strict=True)):
            return True
    return False


def _frame(image):
    """A line around an image."""
    (a, b), (c, d) = extent(image)
    style = f"fill: none; stroke: {FRAME}; stroke-width: 0.8"
    box = {"x": min(a, c), "y": min(b, d), "width": abs(c - a), "height": abs(d - b)}
    return ElementTree.Element(
        f"{{{SVG}}}rect", {k: f"{v:.2f}" for k, v in box.items()} | {"style": style}
    )


def _prepare(root):
    """Give a drawing its size on pages, and take out the white rectangle that is drawn first."""
    for side, length in zip(("width", "height"), size(root), strict=True):
        root.set(side, f"{SCALE * length:.0f}")
    (figure,) = [g for g in root if g.get("id") == "figure_1"]
    if len(figure) and figure[0].get("id") == "patch_1":
        figure.remove(figure[0])


def _matrix(transform):
    """The six numbers of a chain of moves."""
    whole = (1, 0, 0, 1, 0, 0)
    for name, numbers in MOVE.findall(transform):
        v = [float(number) for number in NUMBER.findall(numbers)]
        if name == "rotate":
            turn = math.radians(v[0])
            step = (math.cos(turn), math.sin(turn), -math.sin(turn), math.cos(turn), 0, 0)
        else:
            step = {
                "translate": lambda v: (1, 0, 0, 1, v[0], v[-1]),
                "scale": lambda v: (v[0], 0, 0, v[-1], 0, 0),
                "matrix": tuple,
            }[name](v)
        a, b, c, d, e, f = whole
        whole = (
            *(a * step[0] + c * step[1], b * step[0] + d * step[1]),
            *(a * step[2] + c * step[3], b * step[2] + d * step[3]),
            *(a * step[4] + c * step[5] + e, b * step[4] + d * step[5] + f),
        )
    return whole


def _moved(matrix, place):
    a, b, c, d, e, f = matrix
    x, y = place
    return a * x + c * y + e, b * x + d * y + f
