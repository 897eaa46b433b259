"""What a search found."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndl.checks.arguments import check_path
from nndl.cluster.searching.describing import named
from nndl.cluster.searching.table import Table
from nndl.internal.types import FilePath
from nndl.internal.whole_files import writing

if TYPE_CHECKING:  # it is a Matplotlib figure
    from nndl.internal.types import DescribedFigure


@dataclass(frozen=True)
class Trial:
    """One trial.

    Attributes
    ----------
    number, bracket : int
        Its number in the search, and that of its bracket.
    settings : dict
        What was drawn for it, what is fixed, and its ``seed``.
    values : tuple of (int, float)
        After how many epochs it was judged, and what the value was then.
    reason : str
        Why it failed; empty where it did not.
    """

    number: int
    bracket: int
    settings: dict[str, Any]
    values: tuple[tuple[int, float], ...]
    reason: str

    @property
    def epochs(self) -> int:
        """How many it trained."""
        return self.values[-1][0] if self.values else 0

    @property
    def value(self) -> float | None:
        """The last value; None where it failed."""
        return None if self.reason or not self.values else self.values[-1][1]


class Search:
    """The outcome of a search.

    Attributes
    ----------
    trials : list of Trial
        By number.
    best : Trial
        The best; of equal ones the lowest number.
    by : str
        What "best" means, "val_acc" or "val_loss".
    description : dict
        What was searched and how, as in ``search.json``.
    varied, kinds : list of str, dict
        The names that have a distribution, and these.
    """

    def __init__(
        self, trials: list[Trial], order: list[int], by: str, description: dict[str, Any],
        kinds: dict[str, Any], state: bytes | None,
    ) -> None:  # fmt: skip
        self.trials, self.by, self.description = trials, by, description
        self.kinds, self.varied = kinds, list(kinds)
        self.best = trials[order[0]]
        self._order, self._state = order, state

    def __repr__(self) -> str:
        failed = len(self.trials) - len(self._order)
        epochs = sum(trial.epochs for trial in self.trials)
        said = f"{len(self.trials)} trials" + (f", {failed} of them failed" if failed else "")
        name = f"{self.by} {self.best.value:.4g}"
        return f"<Search: {said}, {epochs} epochs; the best is trial {self.best.number}, {name}>"

    def table(self, rows: int | None = None) -> Table:
        """The trials from the best on, those that failed last.

        Parameters
        ----------
        rows : int, optional
            How many; all, otherwise.

        Returns
        -------
        Table
            Its text is a table, a notebook shows it as one, and ``rows`` has it as dicts.
        """
        failed = [trial.number for trial in self.trials if trial.number not in set(self._order)]
        shown = [self.trials[number] for number in (*self._order, *failed)[:rows]]
        return Table.of(shown, self.varied, self.by)

    def figure(self, best: int = 5) -> "DescribedFigure":
        """The trials in parallel coordinates: an axis for each setting, and one for the value.

        Parameters
        ----------
        best : int
            How many of the best are drawn in color.

        Returns
        -------
        matplotlib.figure.Figure
            Its description is in ``fig.alt``.
        """
        from nndl.cluster.searching.figure import parallel

        return parallel(self, best)

    def to_json(self) -> str:
        """All of it as JSON; the trained network is not in it."""
        trials = [
            {"number": t.number, "bracket": t.bracket,
             "settings": {k: named(v) for k, v in t.settings.items()},
             "values": [list(pair) for pair in t.values], "reason": t.reason}
            for t in self.trials
        ]  # fmt: skip
        found = {"search": self.description, "best": self.best.number, "trials": trials}
        return json.dumps(found, indent=1)

    def save(self, path: FilePath) -> None:
        """Write the checkpoint of the best trial, for ``Solver.resume`` and ``ConvNet.load``.

        Raises
        ------
        OSError
            It cannot be written.
        TypeError, ValueError
            path is not that of a file, or the checkpoint is lost.
        """
        check_path("Search.save", "path", path, file=True)
        if self._state is None:
            raise ValueError("Search.save: the checkpoint of the best trial is lost")
        with writing(path) as file:
            file.write(self._state)

    def model(self) -> Any:
        """The network of the best trial, with the parameters that it had at its best epoch.

        Raises
        ------
        ValueError
            It is not one of this package's; ``save`` writes the checkpoint of any.
        """
        from nndl.model.network import Network

        with tempfile.TemporaryDirectory(prefix="nndl-best-") as folder:
            path = Path(folder, "best.npz")
            self.save(path)
            return Network.load(path)
