"""What a network answers: which classes it takes for which, and the images it gets wrong."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nndl.checks.arguments import check_array, check_integer, check_shape
from nndl.checks.vis import check_answers
from nndl.internal.types import Array
from nndl.vis.grid import stretched, tiles_of
from nndl.vis.palette import LOOKS

if TYPE_CHECKING:  # it is a Matplotlib figure
    from nndl.internal.types import DescribedFigure


def confusion_counts(y: ArrayLike, predictions: ArrayLike, num_classes: int) -> NDArray[np.int64]:
    """How often each class is taken for each.

    Parameters
    ----------
    y, predictions : array_like of int, shape (N,)
        The right classes, and the network's answers.
    num_classes : int
        Classes, C.

    Returns
    -------
    ndarray of int64, shape (C, C)
        Entry (i, j): examples of class i that were taken for class j. Right answers are on the
        diagonal, and the sum is N.

    Raises
    ------
    TypeError, ValueError
        For labels that are not integers from 0 to C - 1, or not as many of both.
    """
    check_integer("confusion_counts", "num_classes", num_classes, least=1)
    num_classes = int(num_classes)
    check_answers("confusion_counts", y, predictions, range(num_classes))
    pairs = np.asarray(y, np.int64) * num_classes + np.asarray(predictions, np.int64)
    return np.bincount(pairs, minlength=num_classes**2).reshape(num_classes, num_classes)


def confusion_matrix(
    y: ArrayLike, predictions: ArrayLike, classes: Sequence[Any]
) -> "DescribedFigure":
    """Draw which classes are taken for which.

    Parameters
    ----------
    y, predictions : array_like of int, shape (N,)
        The right classes, and the network's answers.
    classes : sequence
        A name for each class; names are made strings.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each right class, a column for each answer, in each cell the count, where it is
        not 0. Cells are shaded by their share of the row. The description is in ``fig.alt``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    check_answers("confusion_matrix", y, predictions, classes)
    names = [str(name) for name in classes]
    counts = confusion_counts(y, predictions, len(names))
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    side = 1.2 + 0.34 * len(names)
    fig, ax = plt.subplots(figsize=(side, side))
    for (i, j), count in np.ndenumerate(counts):
        if count:  # no image: its pixels would be a white box on a dark page
            fill = {"fc": LOOKS["x"].deep, "alpha": max(0.1, shares[i, j]), "lw": 0}
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, **fill))
            ink = "white" if shares[i, j] > 0.5 else "black"
            ax.text(j, i, str(count), ha="center", va="center", color=ink, fontsize=9)
    edges = -0.5, len(names) - 0.5
    ax.set(xlim=edges, ylim=edges[::-1], aspect="equal")
    turned = {"rotation": 90} if max(map(len, names)) > 2 else {}
    ax.set_xticks(range(len(names)), names, **turned)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="the network's answer", ylabel="right class")
    fig.alt = f"A table of right classes against the network's answers. {_in_words(counts, names)}"
    return fig


def _in_words(counts, names):
    """A matrix of counts in words: how many are right, and the most frequent mistakes."""
    right, total = int(np.trace(counts)), int(counts.sum())
    words = f"{right} of {total} are right, an accuracy of {right / total:.3f}."
    wrong = counts - np.diag(np.diag(counts))
    worst = np.argsort(-wrong, axis=None, kind="stable")[:3]
    pairs = [(wrong.flat[k], *divmod(int(k), len(names))) for k in worst if wrong.flat[k]]
    if not pairs:
        return words
    listed = [f"{names[i]} taken for {names[j]} ({count})" for count, i, j in pairs]
    return f"{words} Most frequent mistakes: {', '.join(listed)}."


def misclassified(
    X: Array,
    y: ArrayLike,
    predictions: ArrayLike,
    classes: Sequence[Any],
    mean_image: Array | None = None,
    most: int = 20,
    columns: int = 10,
) -> "DescribedFigure":
    """Draw the images that a network gets wrong, each with its right class and the answer.

    Parameters
    ----------
    X : ndarray, shape (N, C, H, W)
        Images, of 1 or 3 channels.
    y, predictions : array_like of int, shape (N,)
        The right classes, and the network's answers.
    classes : sequence
        A name for each class; names are made strings.
    mean_image : ndarray, shape (C, H, W), optional
        Added to every image, where the data had it subtracted.
    most : int, optional
        The largest number of images; they are the first ones in X.
    columns : int, optional
        Images in a row.

    Returns
    -------
    matplotlib.figure.Figure
        An axes for each image, which is stretched to the whole range and titled "4, not 9":
        right class, answer. The description is in ``fig.alt``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.
    """
    import matplotlib.pyplot as plt

    check_answers("misclassified", y, predictions, classes)
    y, predictions, names = np.asarray(y), np.asarray(predictions), [str(k) for k in classes]
    check_array("misclassified", "X", X, 4, integers=False)
    if len(X) != len(y) or X.shape[1] not in (1, 3):
        expected = f"({len(y)}, C, H, W) with C 1 or 3"
        raise ValueError(f"misclassified: X has shape {X.shape}, expected {expected}")
    check_integer("misclassified", "most", most, least=1)
    check_integer("misclassified", "columns", columns, least=1)
    most, columns = int(most), int(columns)
    if mean_image is not None:
        check_array("misclassified", "mean_image", mean_image, 3, integers=False)
        check_shape("misclassified", "mean_image", mean_image, X.shape[1:], ", that of an image")
    wrong = np.flatnonzero(y != predictions)
    if not len(wrong):
        fig = plt.figure(figsize=(4, 1))
        fig.text(0.5, 0.5, f"none of {len(y)} images is wrong", ha="center", va="center")
        fig.alt = f"No images: all {len(y)} answers are right."
        return fig
    shown = wrong[:most]
    tiles = X[shown] + (0 if mean_image is None else mean_image)
    tiles = tiles_of("misclassified", "X", tiles.transpose(0, 2, 3, 1), ndim=4)
    rows = -(-len(shown) // columns)
    columns = min(columns, len(shown))
    fig, axes = plt.subplots(rows, columns, figsize=(columns, 1.25 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, n, tile in zip(axes.flat, shown, tiles, strict=False):
        ax.imshow(stretched(tile).squeeze(), cmap="gray", vmin=0, vmax=1)
        ax.set_title(f"{names[y[n]]}, not {names[predictions[n]]}", fontsize=9)
    listed = ", ".join(f"{names[y[n]]} taken for {names[predictions[n]]}" for n in shown)
    some = "The" if len(shown) == len(wrong) else f"The first {len(shown)} of the"
    fig.alt = f"{some} {len(wrong)} images of {len(y)} that are answered wrongly: {listed}."
    return fig
