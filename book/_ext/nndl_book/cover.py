"""The cover of the EPUB and the PDF: the title, and the picture of the site's first page."""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from book._ext.nndl_book.title_picture import convolved

INK, LINE, ORANGE, BLUE = "#1b2330", "#9aa3af", "#d9620f", "#2f74c0"
WIDTH, HEIGHT = 6.4, 9.6  # inches
SHARE = 0.4  # of the width, for each of the two arrays


def draw(title: str, below: str) -> Figure:
    """The digit and what a filter makes of it, between the title and a line below."""
    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="white", layout="none")
    FigureCanvasAgg(figure)
    x, _, out = convolved()
    for array, left, bottom in ((x, 0.08, 0.43), (out, 0.52, 0.16)):
        axes = figure.add_axes((left, bottom, SHARE, SHARE * WIDTH / HEIGHT))
        axes.set(xlim=(-0.5, len(array) + 0.5), ylim=(len(array) + 0.5, -0.5))
        axes.set_axis_off()
        for (i, j), value in np.ndenumerate(array):
            color = INK if array is x else ORANGE if value > 0 else BLUE
            axes.add_patch(Rectangle((j, i), 0.92, 0.92, color=color, lw=0, alpha=abs(value)))
        side = len(array) + 0.2
        axes.add_patch(Rectangle((-0.14, -0.14), side, side, fill=False, edgecolor=LINE))
    words = {"color": INK, "family": "DejaVu Sans"}
    figure.text(0.08, 0.93, title, fontsize=26, weight="bold", va="top", linespacing=1.3, **words)
    figure.text(0.08, 0.06, below, fontsize=12, **words)
    return figure


def write(file: Path, citation: dict) -> None:
    """Draw the cover of what CITATION.cff names into a file, an image or a PDF by its name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    title = citation["title"].replace(": ", "\n").replace(", ", ",\n")
    authors = ", ".join(author["name"] for author in citation["authors"])
    figure = draw(title, f"{authors}  ·  version {citation['version']}")
    plain = {"CreationDate": None} if file.suffix == ".pdf" else {"Software": None}
    figure.savefig(file, dpi=200, metadata=plain)
