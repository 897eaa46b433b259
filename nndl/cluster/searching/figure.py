"""The trials of a search in parallel coordinates."""

import math
from typing import TYPE_CHECKING, Any

from nndl.checks.arguments import check_integer
from nndl.cluster.searching.describing import named
from nndl.cluster.searching.space import Choice, Integers, LogUniform, unused

if TYPE_CHECKING:
    from nndl.cluster.searching.results import Search, Trial
    from nndl.internal.types import DescribedFigure

STROKES = {
    "best": {"color": "C1", "lw": 2.6, "marker": "o", "ms": 4, "zorder": 4},
    "next best": {"color": "C0", "lw": 1.4, "marker": "o", "ms": 3, "zorder": 3},
    "trained to the end": {"color": "#5a5a5a", "lw": 1.0, "ls": "--", "zorder": 2},
    "stopped early": {"color": "#8a8a8a", "lw": 0.6, "ls": ":", "zorder": 1},
}
LONGEST = 14  # characters of a value at an axis


class Axis:
    """Where the values of one column are, from 0 to 1.

    Parameters
    ----------
    name : str
        Below the axis.
    values : list
        Of the trials; None where a trial has none.
    kind : object
        Its distribution; None for the value that is judged.
    """

    def __init__(self, name: str, values: list[Any], kind: Any) -> None:
        self.name, self.kind = name, kind
        known = [value for value in values if value is not None]
        self.texts: list[Any] = []
        if isinstance(kind, Choice):
            self.texts = list(dict.fromkeys(str(named(one)) for one in kind.values))
        elif not all(isinstance(one, int | float) for one in known):
            self.texts = sorted({str(named(one)) for one in known})
        self.log = isinstance(kind, LogUniform)
        low = getattr(kind, "low", min(known, default=0)) if not self.texts else 0
        high = getattr(kind, "high", max(known, default=1)) if not self.texts else 1
        self.ends = (low, high) if low < high else (low - 0.5, low + 0.5)

    def place(self, value: Any) -> float:
        """The height of a value; NaN where there is none, and a line is interrupted."""
        if value is None:
            return math.nan
        if self.texts:
            return self._row(self.texts.index(str(named(value))))
        low, high = self.ends
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)

    def marks(self) -> list[tuple[float, str]]:
        """Heights and their labels."""
        if self.texts:
            return [(self._row(k), shorter(text)) for k, text in enumerate(self.texts)]
        low, high = self.ends
        if self.log:
            first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
            powers = [10.0**k for k in range(first, last + 1)]
            values = powers if len(powers) > 1 else [low, *powers, high]
        elif isinstance(self.kind, Integers):
            values = sorted({low, round((low + high) / 2), high})
        else:
            from matplotlib.ticker import MaxNLocator

            values = [v for v in MaxNLocator(4).tick_values(low, high) if low <= v <= high]
        return [(self.place(one), f"{one:.3g}") for one in values]

    def _row(self, number: int) -> float:
        return (number + 0.5) / len(self.texts)


def shorter(text: str) -> str:
    """A label that fits between two axes."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def parallel(found: "Search", best: int) -> "DescribedFigure":
    """Draw them; see ``Search.figure``."""
    import matplotlib.pyplot as plt

    check_integer("Search.figure", "best", best, least=0)
    trials = [found.trials[number] for number in found._order]
    axes = [
        Axis(name, [of(trial, name) for trial in found.trials], found.kinds[name])
        for name in found.varied
    ]
    names, last = list(found.varied), Axis(found.by, [t.value for t in trials], None)
    width = min(max(1.15 * (len(axes) + 1), 3.2), 7.2)
    fig, ax = plt.subplots(figsize=(width, 3.0))
    most, drawn = max(trial.epochs for trial in trials), {}
    for rank, trial in reversed(list(enumerate(trials))):
        kind = "stopped early" if trial.epochs < most else "trained to the end"
        if rank < best:
            kind = "next best" if rank else "best"
        heights = [axis.place(of(trial, name)) for axis, name in zip(axes, names, strict=True)]
        heights.append(last.place(trial.value))
        drawn[kind] = ax.plot(range(len(heights)), heights, **STROKES[kind])[0]
    for k, axis in enumerate([*axes, last]):
        ax.axvline(k, color="black", lw=0.8, zorder=0)
        for height, text in axis.marks():
            ax.text(k - 0.04, height, text, ha="right", va="center", fontsize=7, zorder=5)
    heads = [name.replace("_", "_\n") if len(name) > 9 else name for name in names]
    ax.set_xticks(range(len(axes) + 1), [*heads, found.by], fontsize=8)
    ax.set(xlim=(-0.45, len(axes) + 0.15), ylim=(-0.04, 1.04), yticks=[])
    ax.set_frame_on(False)
    ax.tick_params(axis="x", length=0)
    kinds = [kind for kind in STROKES if kind in drawn]
    lines = [drawn[kind] for kind in kinds]
    ax.legend(lines, kinds, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=8,
              frameon=False)  # fmt: skip
    fig.alt = in_words(found, trials, names)
    return fig


def of(trial: "Trial", name: str) -> Any:
    """A trial's value of a setting; None where it has no use for it."""
    return None if unused(trial.settings, name) else trial.settings[name]


def in_words(found: "Search", trials: list["Trial"], names: list[str]) -> str:
    """What the figure shows."""
    top = trials[0]
    said = ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {named(value)}"
        for name in names
        if (value := of(top, name)) is not None
    )
    return (
        f"Parallel axes for {', '.join(names)} and {found.by}, a line for each of {len(trials)} "
        f"trials. The best has {found.by} {top.value:.3g}, with {said}."
    )
