"""Arrays drawn as cells with numbers: the one style of the book's images of layers.

An array has the same look in every chapter. The input x is blue, the filters w are orange, the
output is green, everything else is gray. A gradient has the color of what it belongs to and is
hatched, so that no two differ by color alone.

>>> import numpy as np
>>> from nndl.vis.arrays import Sheet
>>> sheet = Sheet(columns=8, rows=4)
>>> x = sheet.array(np.arange(9).reshape(3, 3), "x", at=(0, 1))
>>> out = sheet.array([[8, 12], [20, 24]], "out", at=(6, 1.5))
>>> sheet.window(x, (0, 1), (2, 2))
>>> sheet.arrow(x.center(0, 2), out.center(0, 1))
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nndl.checks.vis import check_block, check_cells, check_role
from nndl.vis.palette import FAINT, INK, LINE, LOOKS, ROLES, Look

LEAST = 8  # pixels, the smallest text, where the figure is as wide as
PHONE = 340  # pixels
MARGIN = 0.2  # inches, what saving adds to the width
EDGE = 0.1  # cells, so that a frame at the edge is drawn in its full width
FRAMES = ("-", "--", ":", "-.")
SIDES = {"left": (0, 0.5), "right": (1, 0.5), "top": (0.5, 0), "bottom": (0.5, 1)}


@dataclass(frozen=True)
class Cells:
    """Where an array was drawn: its corner and size in cells, and its look."""

    left: float
    top: float
    rows: int
    columns: int
    look: Look

    def center(self, i: float, j: float) -> tuple[float, float]:
        """The middle of the cell in row ``i`` and column ``j``."""
        return self.left + j + 0.5, self.top + i + 0.5

    def side(self, where: str) -> tuple[float, float]:
        """The middle of a side: ``left``, ``right``, ``top`` or ``bottom``."""
        across, down = SIDES[where]
        return self.left + across * self.columns, self.top + down * self.rows


class Sheet:
    """A figure on which arrays are drawn. A cell is one unit wide and high; y points down.

    Parameters
    ----------
    columns, rows : float
        Size in cells. A title takes one row, above its array.
    width : float
        In inches. All text is so large that none is below 8 pixels where the figure is shown 340
        pixels wide.

    Attributes
    ----------
    fig, ax : matplotlib Figure and Axes
    """

    def __init__(self, columns: float, rows: float, width: float = 5.0) -> None:
        import matplotlib.pyplot as plt

        whole = columns + 2 * EDGE, rows + 2 * EDGE
        size = width, width * whole[1] / whole[0]
        self.fig = plt.figure(figsize=size, layout="none")
        self.ax = self.fig.add_axes((0, 0, 1, 1))
        limits = (-EDGE, columns + EDGE), (rows + EDGE, -EDGE)
        self.ax.set(xlim=limits[0], ylim=limits[1], aspect="equal")
        self.ax.axis("off")
        self.columns, self.rows = columns, rows
        self.cell = 72 * width / whole[0]  # in points, as sizes of text are
        self.least = LEAST * 72 * (width + MARGIN) / PHONE
        self.size = min(max(0.45 * self.cell, self.least), max(12, self.least))

    def array(
        self,
        values: Any,
        role: str,
        at: tuple[float, float] = (0, 1),
        title: str | None = None,
        marked: Iterable[tuple[int, int]] = (),
        faint: Any = None,
    ) -> Cells:
        """Draw a matrix as cells.

        Parameters
        ----------
        values : array_like, shape (rows, columns)
            Numbers, or strings; an empty string leaves its cell empty.
        role : str
            ``x``, ``w``, ``out`` or ``other``, and with a ``d`` before it for the gradient.
        at : tuple
            Left and top of the array, in cells.
        title : str, optional
            Above the array; the role unless given, and none if it is empty.
        marked : iterable of tuples
            Rows and columns of cells in the stronger color.
        faint : array_like of bool, optional
            Cells that are no part of the array itself, such as the zeros around it.

        Returns
        -------
        Cells
            The place, for windows and arrows.

        Raises
        ------
        ValueError
            For values that are no matrix, an unknown role, an array that is not inside the sheet,
            and a text that does not fit its cell.
        """
        check_cells("Sheet.array", values)
        check_role("Sheet.array", role, ROLES)
        values = np.asarray(values)
        check_block("Sheet.array", at[::-1], values.shape, (self.rows, self.columns))
        cells = Cells(*at, *values.shape, LOOKS[role.removeprefix("d")])
        texts = np.vectorize(_spelled, otypes=[object])(values)
        pale = np.zeros(values.shape, bool) if faint is None else np.asarray(faint, bool)
        size, marked = self._fitting(texts), set(marked)
        for i, j in np.ndindex(values.shape):
            fill = self._cell(cells, i, j, not pale[i, j], role.startswith("d"), (i, j) in marked)
            above = -0.06 if role.startswith("d") else 0  # the stripes are below
            x, y = cells.center(i, j)
            self.text((x, y + above), texts[i, j], faint=pale[i, j], size=size, halo=fill)
        self._outline(cells, ~pale)
        words = role if title is None else title
        if words:
            x, y = cells.side("top")
            self.text((x, y - 0.25), words, va="bottom")
        return cells

    def window(
        self,
        cells: Cells,
        at: tuple[int, int],
        shape: tuple[int, int],
        letter: str = "",
        k: int = 0,
    ) -> None:
        """Frame a block of cells, given by its first row and column and by its size.

        Windows that overlap get different numbers ``k``, from 0 to 3. Each has another line, a
        little inside the last, and its letter beside the array at another corner: first the upper
        two, from left to right, then the lower two.
        """
        check_block("Sheet.window", at, shape, (cells.rows, cells.columns))
        inset = 0.09 * k
        x, y = cells.left + at[1] + inset, cells.top + at[0] + inset
        across, down = shape[1] - 2 * inset, shape[0] - 2 * inset
        self._box(x, y, across, down, ec=cells.look.deep, lw=2.2, ls=FRAMES[k], zorder=4)
        if letter:
            x = cells.left + cells.columns + 0.15 if k % 2 else cells.left - 0.15
            row = at[0] + shape[0] - 0.5 if k > 1 else at[0] + 0.5
            self.text((x, cells.top + row), letter, ha="left" if k % 2 else "right")

    def circle(self, cells: Cells, i: int, j: int) -> None:
        """Draw a circle around a number."""
        from matplotlib.patches import Circle

        style: dict[str, Any] = {"fc": "none", "ec": cells.look.deep, "lw": 2, "zorder": 4}
        self.ax.add_patch(Circle(cells.center(i, j), 0.42, **style))

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        label: str = "",
        dot: bool = True,
    ) -> None:
        """Draw an arrow between two places, with a dot where it begins and a label above it."""
        style = {"arrowstyle": "-|>", "color": INK, "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
        self.ax.annotate("", end, start, arrowprops=style, zorder=5)
        if dot:
            self.ax.plot(*start, "o", color=INK, ms=3.5, zorder=5)
        if label:
            x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
            self.text((x, y - 0.15), label, va="bottom")

    def text(
        self,
        at: tuple[float, float],
        words: str,
        ha: str = "center",
        va: str = "center",
        faint: bool = False,
        size: float | None = None,
        halo: str = "none",
    ) -> None:
        """Write some words; a halo, a box of its color, keeps lines that cross them at a distance.

        A line around each letter would do it more closely, at ten times the size of the drawing.
        """
        color, size = FAINT if faint else INK, size or self.size
        box = None if halo == "none" else {"boxstyle": "square,pad=0", "fc": halo, "lw": 0}
        self.ax.text(*at, words, ha=ha, va=va, color=color, fontsize=size, zorder=6, bbox=box)

    def _cell(self, cells, i, j, inside, hatched, marked):
        """Fill one cell, and return its color."""
        x, y, look = cells.left + j, cells.top + i, cells.look
        fill = (look.middle if marked else look.pale) if inside else "none"
        self._box(x, y, 1, 1, fc=fill, ec=LINE, lw=0.6)
        if hatched and inside:  # in stripes at the cell's foot, where they cross no number
            self._box(x, y + 0.82, 1, 0.18, ec=look.deep, lw=0, hatch="/////", zorder=2)
        return fill

    def _outline(self, cells, inside):
        """Draw the border of the array itself, without the zeros around it."""
        (rows, columns), look = np.nonzero(inside), cells.look
        if rows.size:
            top, left = rows.min(), columns.min()
            size = columns.max() - left + 1, rows.max() - top + 1
            self._box(cells.left + left, cells.top + top, *size, ec=look.deep, lw=1.3, zorder=3)

    def _box(self, x, y, across, down, **style):
        """Add a rectangle, empty where its style does not fill it."""
        from matplotlib.patches import Rectangle

        self.ax.add_patch(Rectangle((x, y), across, down, **({"fc": "none"} | style)))

    def _fitting(self, texts):
        """The size of text at which the widest of some texts fits into a cell."""
        from matplotlib.textpath import TextPath

        filled = [text for text in texts.flat if text.strip()]
        widest = max((TextPath((0, 0), t, size=1).get_extents().width for t in filled), default=0)
        size = min(self.size, 0.88 * self.cell / widest) if widest else self.size
        if size < self.least:
            longest = max(filled, key=len)
            raise ValueError(
                f"Sheet.array: {longest!r} does not fit into a cell, expected a shorter text, "
                f"or a sheet of fewer columns"
            )
        return size


def _spelled(value):
    """A number as it is written: with a minus sign, not a hyphen."""
    return value if isinstance(value, str) else f"{value:.4g}".replace("-", "−")
