"""What a search shows while it runs: a bar of its epochs, or a line for each rung."""

import io
import shutil
import sys
import time
from collections.abc import Mapping
from typing import Any

from nndl.cluster.searching.brackets import Bracket, ranked
from nndl.training.progress import in_notebook, in_terminal


class SearchSilence:
    """Shows nothing.

    Parameters
    ----------
    epochs : int
        Those of all trials, if none fails.
    by : str
        What trials are judged by.
    """

    def __init__(self, epochs: int, by: str) -> None:
        self.epochs, self.by = epochs, by

    def ran(self, epochs: int, value: float | None) -> None:
        """Called when a trial trained some epochs more."""

    def judged(self, bracket: Bracket, rung: int, values: Mapping[int, float | None]) -> None:
        """Called when a rung is whole."""

    def close(self) -> None:
        """Called when the search ends, in whatever way."""


class SearchLines(SearchSilence):
    """Prints a line for each rung."""

    def judged(self, bracket: Bracket, rung: int, values: Mapping[int, float | None]) -> None:
        """Print it."""
        good = {k: v for k, v in values.items() if v is not None}
        best = f"best {self.by} {good[ranked(good, self.by)[0]]:.4g}" if good else "all failed"
        epochs = bracket.rungs[rung][1]
        until = f"{epochs} epoch{'s' if epochs > 1 else ''}"
        print(f"bracket {bracket.number}, until {until}: {len(values)} trials, {best}")


class SearchBar(SearchSilence):
    """A bar with the share of epochs, the best value, and how many trials failed.

    In a terminal it goes to stderr; in a notebook it is one output that is drawn again and again.
    """

    def __init__(self, epochs: int, by: str) -> None:
        from tqdm import tqdm

        super().__init__(epochs, by)
        notebook = in_notebook()
        self.best: float | None = None
        self.failed, self.drawn, self.display = 0, 0.0, None
        columns = 100 if notebook else shutil.get_terminal_size().columns
        self.file = io.StringIO() if notebook else sys.stderr or io.StringIO()
        self.bar = tqdm(total=epochs, unit=" epochs", file=self.file, ncols=columns, mininterval=0,
                        miniters=0, desc="search")  # fmt: skip
        if notebook:
            from IPython.display import display

            self.display = display({"text/plain": str(self.bar)}, raw=True, display_id=True)

    def ran(self, epochs: int, value: float | None) -> None:
        """Count the epochs; draw the bar when it is old."""
        if value is None:
            self.failed += 1
        elif self.best is None or ranked({0: self.best, 1: value}, self.by)[0] == 1:
            self.best = value
        said = [f"{self.by} {self.best:.4g}"] if self.best is not None else []
        said += [f"{self.failed} failed"] if self.failed else []
        self.bar.set_postfix_str(", ".join(said), refresh=False)
        self.bar.n += epochs
        if time.monotonic() - self.drawn > 0.2:
            self._draw()

    def close(self) -> None:
        """Draw the bar for the last time."""
        self._draw()
        self.bar.close()

    def _draw(self) -> None:
        self.bar.refresh()
        self.drawn = time.monotonic()
        if self.display is not None:
            self.file.seek(0)
            self.file.truncate()
            self.display.update({"text/plain": str(self.bar)}, raw=True)


def told(verbose: Any, epochs: int, by: str) -> SearchSilence:
    """What ``verbose`` asks for, as that of a Solver."""
    kind = verbose
    if kind == "auto":
        kind = "bar" if in_notebook() or in_terminal() else "lines"
    return {False: SearchSilence, True: SearchLines, "lines": SearchLines, "bar": SearchBar}[kind](
        epochs, by
    )
