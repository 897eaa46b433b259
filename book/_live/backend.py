"""Matplotlib's way to the page: drawn as its own Agg does, shown by the session that runs."""

from matplotlib.backend_bases import FigureManagerBase as FigureManager
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

from book._live.session import Session

__all__ = ["FigureCanvas", "FigureManager", "show"]


def show(*args, **kwargs) -> None:
    """``plt.show()``: the figures that are open."""
    Session.running.show_figures()
