"""Arrays drawn as cells: one look for each role, no text too small for a phone, nothing cut off."""

import subprocess
import sys

import numpy as np
import pytest

plt = pytest.importorskip("matplotlib.pyplot")

from matplotlib import colors  # noqa: E402

from nndl.vis.arrays import LEAST, PHONE, Sheet  # noqa: E402
from nndl.vis.palette import INK, LOOKS, PALETTE, ROLES  # noqa: E402


@pytest.fixture(autouse=True)
def _closed():
    """No figure stays open."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


VALUES = np.array([[1, -2], [30, 4]])


def one_of_everything(width=5.0):
    """A sheet with every kind of mark."""
    sheet = Sheet(columns=20, rows=8, width=width)
    zeros = np.pad(np.zeros((2, 2)), 1, constant_values=1)
    padded = sheet.array(np.pad(VALUES, 1), "x", at=(1, 1), faint=zeros)
    places = {}
    for k, role in enumerate(ROLES):
        left, top = 6 + 3.5 * (k % 4), 1 + 3.5 * (k // 4)
        places[role] = sheet.array(VALUES, role, at=(left, top), marked=[(0, 1)])
    for k in range(4):
        sheet.window(padded, (k // 2, k % 2), (3, 3), letter="ABCD"[k], k=k)
    sheet.circle(places["x"], 1, 0)
    sheet.arrow(padded.center(1, 1), places["out"].center(0, 0), "w₀₀")
    return sheet


def colors_of(artist):
    """The colors that an artist shows, in letters."""
    for name in ("facecolor", "edgecolor", "color", "markerfacecolor", "markeredgecolor"):
        value = getattr(artist, f"get_{name}", lambda: None)()
        if value is None or (isinstance(value, str) and value == "none"):
            continue
        if colors.to_rgba(value)[3] > 0:
            yield colors.to_hex(value)


def drawn(sheet):
    """What is on a sheet: patches, lines, texts, and the arrows of annotations."""
    ax = sheet.ax
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    return [*ax.patches, *ax.lines, *ax.texts, *arrows]


def test_only_the_colors_of_the_palette_are_used():
    assert len(set(PALETTE)) == len(PALETTE), "a dark page maps each color to one"
    used = {color for artist in drawn(one_of_everything()) for color in colors_of(artist)}
    assert used == set(PALETTE)


@pytest.mark.parametrize("width", [3.0, 5.0, 7.0])
def test_no_text_is_too_small_on_a_phone(width, tmp_path):
    """In the file as it is saved, with its margins cut: shown 340 pixels wide."""
    sheet = one_of_everything(width)
    plt.style.use("nndl.book")
    sheet.fig.savefig(tmp_path / "sheet.png", dpi=100)
    inches = plt.imread(tmp_path / "sheet.png").shape[1] / 100
    sizes = [text.get_fontsize() for text in sheet.ax.texts if text.get_text()]
    assert min(sizes) * PHONE / (72 * inches) >= LEAST - 1e-9


def test_every_number_stays_in_its_cell():
    sheet = Sheet(columns=10, rows=4)
    cells = sheet.array([[-12.25, 1000], [0, -3]], "dw", at=(1, 1))
    renderer = sheet.fig.canvas.get_renderer()
    texts = [text for text in sheet.ax.texts if text.get_text() != "dw"]
    assert [text.get_text() for text in texts] == ["−12.25", "1000", "0", "−3"]
    for text, (i, j) in zip(texts, np.ndindex(2, 2), strict=True):
        box = text.get_window_extent(renderer).transformed(sheet.ax.transData.inverted())
        x, y = cells.center(i, j)
        assert max(abs(box.x0 - x), abs(box.x1 - x)) <= 0.5
        assert max(abs(box.y0 - y), abs(box.y1 - y)) <= 0.5


def test_a_text_that_cannot_be_large_enough_is_refused():
    with pytest.raises(ValueError, match=r"^Sheet\.array: '−0\.1235' does not fit into a cell"):
        Sheet(columns=20, rows=4).array([[-0.12345]], "x")


def hatched(role):
    """How many cells of an array of that role are hatched, and in which color."""
    sheet = Sheet(columns=4, rows=4)
    sheet.array(VALUES, role, faint=[[True, False], [False, False]])
    boxes = [box for box in sheet.ax.patches if box.get_hatch()]
    return len(boxes), {colors.to_hex(box.get_edgecolor()) for box in boxes}


@pytest.mark.parametrize("role", LOOKS)
def test_a_gradient_has_the_color_of_what_it_belongs_to_and_is_hatched(role):
    assert hatched(role) == (0, set())
    assert hatched(f"d{role}") == (3, {LOOKS[role].deep})


def test_an_arrow_goes_from_cell_to_cell():
    sheet = Sheet(columns=10, rows=4)
    x, out = sheet.array(VALUES, "x", at=(0, 1)), sheet.array(VALUES, "out", at=(6, 1.5))
    sheet.arrow(x.center(1, 0), out.center(0, 1), dot=False)
    (arrow,) = (text for text in sheet.ax.texts if getattr(text, "arrow_patch", None))
    assert (arrow.xyann, arrow.xy) == ((0.5, 2.5), (7.5, 2.0))
    assert colors.to_hex(arrow.arrow_patch.get_edgecolor()) == INK
    assert out.side("left") == (6, 2.5)
    assert out.side("bottom") == (7, 3.5)


def test_windows_frame_their_cells():
    sheet = Sheet(columns=10, rows=6)
    cells = sheet.array(np.zeros((4, 5)), "x", at=(2, 1))
    before = len(sheet.ax.patches)
    sheet.window(cells, (1, 2), (3, 2))
    (frame,) = sheet.ax.patches[before:]
    assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (4, 2, 2, 3)


BAD = [
    (lambda sheet: sheet.array(np.zeros(3), "x"), "values has shape"),
    (lambda sheet: sheet.array(np.zeros((0, 3)), "x"), "values has shape"),
    (lambda sheet: sheet.array(VALUES, "db"), "role is 'db', expected one of x, w, out, other"),
    (lambda sheet: sheet.array(VALUES, "x", at=(3, 1)), "2 x 2 cells at row 1, column 3 are not"),
    (lambda sheet: sheet.array(VALUES, "x", at=(0, 3.5)), "not inside the 5 x 4 that there are"),
    (lambda sheet: sheet.array(VALUES, "x", at=(-1, 1)), "not inside"),
    (lambda sheet: sheet.window(sheet.array(VALUES, "x"), (1, 0), (2, 1)), "the 2 x 2 that"),
    (lambda sheet: sheet.window(sheet.array(VALUES, "x"), (0, 0), (0, 1)), "0 x 1 cells at row 0"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=rf"^Sheet\.(array|window): .*{message}"):
        call(Sheet(columns=4, rows=5))


def test_the_package_does_not_need_matplotlib():
    code = "import sys, nndl, nndl.vis.arrays; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
