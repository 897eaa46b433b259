"""The curves of training runs: losses and accuracies."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from nndl.checks.vis import HISTORIES, check_histories

if TYPE_CHECKING:  # it is a Matplotlib figure
    from nndl.internal.types import DescribedFigure

STYLES = ("-", "--", "-.")  # dotted is training


def training_curves(runs: Any) -> "DescribedFigure":
    """Draw the loss against the iteration, and the accuracies against the epoch.

    Parameters
    ----------
    runs : Solver, or dict
        A run: anything with the attributes, or a dict with the keys, ``loss_history``,
        ``train_acc_history`` and ``val_acc_history``. Or several, as a dict from names to runs.

    Returns
    -------
    matplotlib.figure.Figure
        Two axes. Of each run the losses, averaged over a fiftieth of the run, before the losses
        themselves in pale; and the accuracies on validation and, dotted, on training data. The
        description is in ``fig.alt``.

    Raises
    ------
    TypeError, ValueError
        For what is not a run, or has no losses.
    """
    import matplotlib.pyplot as plt

    several = isinstance(runs, dict) and not any(key in runs for key in HISTORIES)
    if several and not runs:
        raise ValueError("training_curves: runs is an empty dict, expected one run or more")
    named = runs if several else {"runs": runs}
    found = {str(name): _histories(str(name), run) for name, run in named.items()}
    fig, (left, right) = plt.subplots(1, 2, figsize=(5.6, 2.8))
    for k, (name, (losses, train, val)) in enumerate(found.items()):
        look = {"color": f"C{k % 6}", "ls": STYLES[k % len(STYLES)]}
        smooth = _averaged(losses, math.ceil(len(losses) / 50))
        steps = np.arange(1, len(losses) + 1)
        left.plot(steps, losses, color=look["color"], lw=0.8, alpha=0.35)
        left.plot(steps, smooth, **look, label=name)
        right.plot(val, marker="o", ms=3, **look, label="validation")
        pale = {"color": look["color"], "ls": ":", "lw": 1}
        right.plot(train, marker="x", ms=3, **pale, label="training")
    left.set(xlabel="iteration", ylabel="loss")
    right.set(xlabel="epoch", ylabel="accuracy")
    if several:
        low, high = left.get_ylim()
        left.set_ylim(top=high + 0.12 * len(found) * (high - low))  # room for the names
        left.legend(loc="upper right")
    if any(val for _, _, val in found.values()):
        right.legend(handles=right.lines[:2])  # of the first run; the colors are those of the left
    sentences = [_run_in_words(name if several else "", *run) for name, run in found.items()]
    parts = "Two panels: the loss against the iteration, the accuracies against the epoch."
    fig.alt = " ".join([parts, *sentences])
    return fig


def _histories(name, run):
    """The losses and the accuracies of a run, as three lists of floats."""
    check_histories("training_curves", name, run)
    of_run = run.get if isinstance(run, dict) else lambda key: getattr(run, key)
    return [[float(value) for value in of_run(key)] for key in HISTORIES]


def _averaged(values, width):
    """The mean of each value and of the up to ``width`` - 1 before it."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - width)
    return (sums[ends] - sums[starts]) / (ends - starts)


def _run_in_words(name, losses, train, val):
    """One run in words."""
    plural = "s" if len(losses) > 1 else ""
    words = f"{name}: the" if name else "The"
    words += f" loss goes from {losses[0]:.3g} to {losses[-1]:.3g}"
    words += f" in {len(losses)} iteration{plural}"
    if val:
        best = int(np.argmax(val))
        words += f"; the training accuracy from {train[0]:.3g} to {train[-1]:.3g}"
        words += f", the validation accuracy from {val[0]:.3g} to {val[-1]:.3g}"
        words += f", at best {val[best]:.3g} after epoch {best}"
    return words + "."
