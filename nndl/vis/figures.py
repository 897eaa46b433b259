"""How the book's figures look, and how a notebook keeps them.

A chapter calls ``book_style()`` once. From then on a figure is kept as an SVG drawing, sharp on
every screen, with its letters as paths, so that no reader needs a font. What is too large as a
drawing is kept as an image of pixels. The figure alone decides: no setting of a machine does, and
every run of a notebook keeps the same formats.
"""

import io
import re
from typing import Any

LIMIT = 1_000_000  # characters of a drawing, of which a photograph has half
PIXELS = 216  # an inch of an image, two for each CSS pixel of the site
UNNAMED: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
HEAD = re.compile(r"<!DOCTYPE.*?>\s*", re.DOTALL)
PLACES = re.compile(r'\b(?:d|x|y|points)="[^"]*"|translate\([^)]*\)')
LONG = re.compile(r"-?\d+\.\d{3,}(?!\d|e)")


def book_style() -> None:
    """Draw in the book's style, and keep figures in notebooks as drawings where they can be."""
    import matplotlib.style

    matplotlib.style.use("nndl.book")
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:  # a script
        return
    shell = get_ipython()
    if shell is not None and hasattr(shell, "display_formatter"):
        _keep(shell.display_formatter)


def bundle(figure: Any, **_: Any) -> dict[str, Any] | None:
    """What a notebook keeps of a figure: its format, and the drawing or the image.

    Parameters
    ----------
    figure : matplotlib Figure
        A figure with nothing on it is not kept.
    """
    if not figure.axes and not figure.lines:
        return None
    svg = drawing(figure)
    if len(svg) <= LIMIT:
        return {"image/svg+xml": svg}
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=PIXELS, metadata={"Software": None})
    return {"image/png": file.getvalue()}


def drawing(figure: Any) -> str:
    """A figure as SVG, the same text each time: without a date, to a hundredth of a point."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=UNNAMED)
    return PLACES.sub(_shorter, HEAD.sub("", file.getvalue()))


def _shorter(attribute):
    """A place, rounded; a scale is not, for it enlarges its error."""
    return LONG.sub(lambda it: f"{float(it[0]):.2f}".rstrip("0").rstrip("."), attribute[0])


def _keep(formatter):
    """Let IPython ask ``bundle`` for figures, and none of its own functions."""
    from matplotlib.figure import Figure

    try:  # as it is imported, it sets up its own functions, once
        import matplotlib_inline.backend_inline  # noqa: F401
    except ImportError:
        return
    formatter.mimebundle_formatter.for_type(Figure, bundle)
    for kind in formatter.formatters.values():
        if kind.format_type.startswith("image/"):
            kind.pop(Figure, None)
