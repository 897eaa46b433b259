"""Figures: drawings, the same in every run, for light and dark pages, readable on a phone."""

import base64
import io
import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

plt = pytest.importorskip("matplotlib.pyplot")

from PIL import Image  # noqa: E402

from book._ext.nndl_book import embedded_images, figure_colors, figure_svg  # noqa: E402
from book._tools.tangle import chapter_paths  # noqa: E402
from nndl.vis import figures  # noqa: E402
from nndl.vis.arrays import LEAST, PHONE  # noqa: E402
from nndl.vis.palette import LOOKS, PALETTE  # noqa: E402
from tests.test_site_ext import built_book, parsed  # noqa: E402

CYCLE = [f"C{k}" for k in range(6)]
NUMBER = r"-?\d+(?:\.\d+)?"


@pytest.fixture
def style():
    """The book's style, and no figure that stays open."""
    plt.switch_backend("agg")
    with plt.style.context("nndl.book"):
        yield
    plt.close("all")


def curves(**style):
    """A figure with an axis, a curve and a text."""
    fig, ax = plt.subplots(figsize=(4, 3))
    ax.plot([0, 1], [0, 1], **style)
    ax.set_title("a curve")
    return fig


def heat_map():
    """A figure of four pixels with a number on one, and a title above them."""
    fig, ax = plt.subplots(figsize=(3, 3))
    ax.imshow(np.arange(4.0).reshape(2, 2))
    ax.text(1, 1, "3", ha="center", va="center", color="black")
    box = {"fc": "black", "lw": 0}
    ax.text(-0.45, -0.45, "0", va="top", color="white", bbox=box)  # a box beyond the pixels
    ax.set_title("four pixels")
    ax.axis("off")
    return fig


@pytest.mark.usefixtures("style")
def test_a_figure_is_kept_as_the_same_drawing_each_time_without_a_date_or_letters():
    (kind, svg), *more = figures.bundle(curves()).items()
    assert (kind, more) == ("image/svg+xml", [])
    assert svg == figures.bundle(curves())["image/svg+xml"]
    assert "<text" not in svg, "a reader's machine may lack the font"
    assert "date" not in svg.lower()
    assert "Matplotlib" not in svg, "another version would be a change"
    assert re.search(r'id="patch_1">\s*<path d="[^"]*" style="fill: #ffffff"', svg), "no ground"


@pytest.mark.usefixtures("style")
def test_a_drawing_that_is_too_large_is_kept_as_pixels_and_an_empty_figure_is_not(monkeypatch):
    monkeypatch.setattr(figures, "LIMIT", 10_000)
    fig, ax = plt.subplots()
    ax.imshow(np.random.default_rng(0).random((50, 50)), cmap="viridis")
    (kind, image), *more = figures.bundle(fig).items()
    assert (kind, more) == ("image/png", [])
    assert image.startswith(b"\x89PNG")
    assert figures.bundle(plt.figure()) is None


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize("make", [curves, heat_map])
def test_rounding_moves_nothing_by_more_than_a_hundredth_of_a_point(make, monkeypatch):
    drawn = [figures.drawing(make())]
    monkeypatch.setattr(figures, "_shorter", lambda attribute: attribute[0])
    drawn.append(figures.drawing(make()))
    short, exact = ([float(n) for n in re.findall(NUMBER, svg)] for svg in drawn)
    assert len(drawn[0]) < len(drawn[1])
    np.testing.assert_allclose(short, exact, rtol=0, atol=0.00501)


def test_a_notebook_asks_for_the_book_s_formats_alone():
    """In a fresh kernel, whose own functions would keep an image of pixels."""
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell('''
import matplotlib.pyplot as plt
from nndl.vis.figures import book_style
book_style()
plt.ioff()
figure, _ = plt.subplots()
''').raise_error()
data, _ = shell.display_formatter.format(shell.user_ns["figure"])
print(*sorted(data))
"""
    backend = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | backend, capture_output=True, text=True
    )
    assert done.stdout == "image/svg+xml text/plain\n", done.stderr[-2000:]


def test_each_color_of_the_style_has_a_dark_one_and_no_two_the_same():
    with plt.style.context("nndl.book"):
        cycle = [c["color"] for c in plt.rcParams["axes.prop_cycle"]]
    used = {*PALETTE, *(f"#{color.lower().removeprefix('#')}" for color in cycle), "#ffffff"}
    dark = [figure_colors.dark(color) for color in sorted(used)]
    assert len(set(dark)) == len(used)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_arrays_are_readable_on_light_and_dark_pages(theme):
    """Numbers on all cells, frames on the page; each role's frame on its own pale cells."""
    shown = figure_colors.dark if theme == "dark" else str
    page, ink = figure_colors.PAGES[theme], shown("#000000")
    for look in LOOKS.values():
        pale, middle, deep = map(shown, look)
        assert figure_colors.contrast(ink, pale) >= figure_colors.TEXT
        assert figure_colors.contrast(ink, middle) >= figure_colors.TEXT
        assert figure_colors.contrast(deep, page) >= figure_colors.GRAPHICS
        assert figure_colors.contrast(pale, middle) > 1.3  # the frame around them tells, too


@pytest.mark.parametrize("level", [0x00, 0x40, 0x80, 0xB2, 0xCC])
def test_a_gray_that_is_read_on_light_pages_is_read_on_dark_ones(level):
    gray = "#" + f"{level:02x}" * 3
    dark = figure_colors.contrast(figure_colors.dark(gray), figure_colors.PAGES["dark"])
    assert dark >= min(figure_colors.contrast(gray, "#ffffff"), figure_colors.GRAPHICS)


def test_contrast_is_that_of_wcag():
    assert figure_colors.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert figure_colors.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.usefixtures("style")
def test_a_dark_drawing_has_light_ink_and_no_ground():
    dark = figure_svg.parsed(figure_svg.dark(figures.drawing(curves(color="C0"))))
    assert dark.get("fill") == figure_colors.dark("#000000")
    styles = " ".join(element.get("style", "") for element in dark.iter())
    assert figure_colors.dark("#0072b2") in styles
    for color in ("#0072b2", "#000000", "#ffffff"):
        assert color not in styles
    light = figure_svg.light(figures.drawing(curves(color="C0")))
    assert "#ffffff" not in light
    assert "#0072b2" in light


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize(
    ("shape", "scale", "mode"),
    [((5, 6), 1, "L"), ((5, 6, 3), 1, "RGB"), ((5, 6, 4), 0.5, "RGBA")],
    ids=["gray", "colors", "transparent"],
)
def test_an_image_in_a_drawing_has_its_pixels_and_no_channel_that_says_nothing(shape, scale, mode):
    pixels = np.random.default_rng(0).integers(256, size=shape).astype(np.uint8)
    pixels[..., 3:] = scale * 255
    fig, ax = plt.subplots()
    ax.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="none")
    svg = figures.drawing(fig)
    light = embedded_images.lighten(svg)
    assert len(light) <= len(svg)
    assert figure_svg.size(figure_svg.parsed(light)) == figure_svg.size(figure_svg.parsed(svg))
    (data,) = re.findall(r'data:image/png;base64,([^"]+)', light)
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert image.mode == mode
        np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.usefixtures("style")
def test_pixels_and_what_is_written_on_them_stay_and_get_a_frame():
    svg = figures.drawing(heat_map())
    root = figure_svg.parsed(figure_svg.dark(svg))
    pixels = re.compile(r'data:image/png;base64,[^"]+')
    found = pixels.findall(figure_svg.written(root))
    assert [re.sub(r"\s", "", it) for it in found] == [
        re.sub(r"\s", "", it) for it in pixels.findall(svg)
    ]
    texts = [g for g in root.iter(f"{{{figure_svg.SVG}}}g") if g.get("id", "").startswith("text_")]
    assert [group.get("fill") for group in texts] == ["#000000", "#000000", None]
    assert [group.find(".//*[@style]") is not None for group in texts] == [False, True, False]
    assert "fill: #ffffff" in texts[1].find(".//*[@style]").get("style"), "white on a dark pixel"
    frames = [e for e in root.iter() if figure_svg.FRAME in e.get("style", "")]
    assert [frame.tag.rpartition("}")[2] for frame in frames] == ["rect"]


def test_a_letter_without_a_y_begins_at_its_text_s_height():
    """Matplotlib 3.8, which pages have, writes none where it is 0."""
    for attributes, place in (({"x": "3"}, (3, 0)), ({"x": "3", "y": "2"}, (3, 2))):
        letter = ElementTree.Element(f"{{{figure_svg.SVG}}}use", attributes)
        assert figure_svg.extent(letter) == [place]


@pytest.mark.usefixtures("style")
def test_a_page_has_two_forms_of_a_figure_and_a_color_without_a_dark_one_is_a_warning(tmp_path):
    def output(svg):
        data = {"image/svg+xml": svg, "text/plain": "<Figure>"}
        return {"output_type": "display_data", "data": data, "metadata": {}}

    good, bad = (figures.drawing(curves(color=color)) for color in ("C1", "#123456"))
    done = built_book(tmp_path, cells=[([], output(good)), ([], output(bad))])
    assert done.returncode != 0
    (warning,) = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert "has a color without one for dark pages: #123456" in warning
    page = parsed(tmp_path, "part/chapter.html")
    light, dark, _ = page.select("article img.drawing")
    folder = tmp_path / "_build/html/part"
    assert (folder / light["src"]).read_text(encoding="utf-8") == figure_svg.light(good)
    assert (folder / dark["src"]).read_text(encoding="utf-8") == figure_svg.dark(good)
    width, height = figure_svg.size(figure_svg.parsed(good))
    for image, name in ((light, "for-light"), (dark, "for-dark")):
        assert name in image["class"]
        assert image["loading"] == "lazy"
        assert float(image["width"]) == pytest.approx(1.5 * width, abs=0.5)
        assert float(image["height"]) == pytest.approx(1.5 * height, abs=0.5)
    sheet = (folder.parent / "_static/bundle.css").read_text(encoding="utf-8")
    for theme, colors in (("light", "#fff"), ("dark", "#121212")):
        media = rf"@media [^{{]*\(prefers-color-scheme:{theme}\)"
        parts = re.findall(rf'{media}{{html\[data-theme="auto"\]{{(.*?)}}}}', sheet, re.S)
        assert f"--pst-color-background:{colors}" in "".join(parts).replace(": ", ":")


GROUNDS = {"#ffffff", *(color for look in LOOKS.values() for color in (look.pale, look.middle))}
SMALL = 0.7  # the size of an exponent, of what it stands on


def stored(path):
    """``(name, kind, drawing or image)`` of every figure in a chapter's notebook."""
    notebook = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
    for number, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            for kind, text in output.get("data", {}).items():
                if kind.startswith("image/"):
                    named = cell["metadata"].get("mystnb", {}).get("figure", {})
                    yield named.get("name", f"Cell {number}"), kind, "".join(text)


def drawn(root):
    """``(element, whether it is text)`` of what is not drawn on pixels."""
    on_pixels = {element for group in figure_svg.on_images(root) for element in group.iter()}
    texts = [g for g in root.iter() if g.get("id", "").startswith("text_")]
    letters = {
        element
        for text in texts
        for group in text.iter()
        if "scale(" in group.get("transform", "")
        for element in group.iter()
    }
    for element in root.iter():
        if element not in on_pixels:
            yield element, element in letters


def faint(root):
    """What is hard to see on a light or on a dark page: text below 4.5:1, lines below 3:1."""
    for element, is_text in drawn(root):
        style = dict(re.findall(r"([\w-]+): ([^;]+)", element.get("style", "")))
        for kind in ("fill", "stroke"):
            color = style.get(kind, element.get(kind, "none"))
            through = {style.get(name, "1") for name in ("opacity", f"{kind}-opacity")} != {"1"}
            if color == "none" or "url" in color or is_ground(color) or (through and not is_text):
                continue
            for theme, page in figure_colors.PAGES.items():
                shown = figure_colors.dark(color) if theme == "dark" else color
                least = figure_colors.TEXT if is_text else figure_colors.GRAPHICS
                if figure_colors.contrast(shown, page) < least:
                    yield f"{'text' if is_text else kind} of {color} on {theme} pages"


def is_ground(color):
    """Whether a color lies below what is to be read, or is a grid."""
    gray = figure_colors.GRAY.fullmatch(color)
    pale = gray is not None and int(gray[1], 16) >= figure_colors.PALE_GRAY
    return pale or color in GROUNDS


def small(root):
    """The sizes of text that are too small where the figure is as wide as a phone."""
    for element in root.iter():
        if match := re.search(r"scale\(([\d.]+) -", element.get("transform", "")):
            pixels = 100 * float(match[1]) * PHONE / figure_svg.size(root)[0]
            if round(pixels, 1) < LEAST:
                yield f"{pixels:.1f} pixels"


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_the_figures_of_a_chapter_are_drawings_that_one_can_read(path):
    """On light and on dark pages, and where they are 340 pixels wide."""
    problems = []
    for name, kind, text in stored(path):
        if kind != "image/svg+xml":
            problems.append(f"{name} is {kind}: run `make chapters`, or draw less in it")
            continue
        root = figure_svg.parsed(text)
        figure_svg.dark(text)
        problems += [f"{name}: {problem}" for problem in {*faint(root), *small(root)}]
    assert not problems


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"size": 6}, ["pixels"]),
        ({"color": "#777777"}, ["text of #777777 on light pages"]),
    ],
)
def test_small_and_faint_text_is_found(change, found):
    fig = curves()
    fig.axes[0].set_title("a curve", **change)
    root = figure_svg.parsed(figures.drawing(fig))
    problems = sorted({*faint(root), *small(root)})
    assert len(problems) == len(found)
    assert all(problem.endswith(end) for problem, end in zip(problems, found, strict=True))


@pytest.mark.usefixtures("style")
def test_a_faint_curve_is_found():
    root = figure_svg.parsed(figures.drawing(curves(color="0.6")))
    assert set(faint(root)) == {"stroke of #999999 on light pages"}
