"""What a search shows while it runs: a bar of its epochs, or a line for each rung."""

from collections.abc import Mapping
from typing import Any

from nndl.cluster.searching.brackets import Bracket, ranked
from nndl.training.bars import DrawnBar, kind_of


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
    """A bar with the share of epochs, the best value, and how many trials failed."""

    def __init__(self, epochs: int, by: str) -> None:
        super().__init__(epochs, by)
        self.best: float | None = None
        self.failed = self.waiting = 0
        self.bar = DrawnBar(total=epochs, unit=" epochs", desc="search")

    def ran(self, epochs: int, value: float | None) -> None:
        """Count the epochs; draw the bar when it is old."""
        if value is None:
            self.failed += 1
        elif self.best is None or ranked({0: self.best, 1: value}, self.by)[0] == 1:
            self.best = value
        self.waiting += epochs
        if self.bar.is_old():
            self._draw()

    def close(self) -> None:
        """Draw the bar for the last time."""
        self._draw()
        self.bar.close()

    def _draw(self) -> None:
        said = [f"{self.by} {self.best:.4g}"] if self.best is not None else []
        said += [f"{self.failed} failed"] if self.failed else []
        self.bar.draw(self.waiting, ", ".join(said))
        self.waiting = 0


def told(verbose: Any, epochs: int, by: str) -> SearchSilence:
    """What ``verbose`` asks for, as that of a Solver."""
    kinds = {False: SearchSilence, True: SearchLines, "lines": SearchLines, "bar": SearchBar}
    return kinds[kind_of(verbose)](epochs, by)
