"""matplotlib is ready a second or two sooner: a reader's first cell waits for it.

Before the first figure it lists its fonts, and most of that time goes to 60 files with the metrics
of PostScript's fonts. While it is imported, it writes into docstrings which properties each kind of
artist has. A page draws no PostScript, and those lists are in matplotlib's documentation.
"""

from importlib.util import find_spec
from pathlib import Path


def leave_out_metrics() -> None:
    """Remove the metrics (``.afm``) from the page's own copy of matplotlib."""
    home = Path(find_spec("matplotlib").origin).parent
    for file in home.glob("mpl-data/fonts/*/*.afm"):
        file.unlink()


def leave_out_lists() -> None:
    """Have docstrings without lists of properties; before ``pyplot`` is imported."""
    from matplotlib import artist

    artist.Artist._update_set_signature_and_docstring = classmethod(lambda cls: None)
    artist.kwdoc = lambda it: ""


def leave_out() -> None:
    """Both, once Pyodide has loaded matplotlib."""
    leave_out_metrics()
    leave_out_lists()
