"""How good a model's answers are, measured batch by batch."""

import numpy as np

from nndl.checks.model import check_scores
from nndl.internal.types import Array, Model

EXAMPLES_AT_ONCE = 100  # more would not be faster, only larger


def answers(scores: Array) -> Array:
    """The class with the highest score of each row; -1 where a score is NaN, which is no answer."""
    best = scores.argmax(axis=1)
    with np.errstate(invalid="ignore"):
        best[np.isnan(scores.max(axis=1))] = -1
    return best


def cross_entropies(scores: Array, y: Array) -> Array:
    """Minus the logarithm of each right class's probability, in float64."""
    shifted = scores.astype(float)
    with np.errstate(invalid="ignore"):  # infinite scores, or NaN
        shifted -= shifted.max(axis=1, keepdims=True)
        return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]


def measured(
    function: str,
    model: Model,
    X: Array,
    y: Array,
    rows: Array | None = None,
    batch_size: int = EXAMPLES_AT_ONCE,
) -> tuple[float, float]:
    """Loss and accuracy of a model in test mode.

    Parameters
    ----------
    function : str
        The calling function, for the message.
    model : object
        Its ``loss(X)`` returns scores (N, C), and changes nothing that is kept.
    X, y : ndarray
        Examples, and their labels.
    rows : ndarray of int, optional
        Indices of the examples to use; all by default.
    batch_size : int
        Examples that the model is given at once.

    Returns
    -------
    loss : float
        The mean cross-entropy of the softmax of the scores, without any penalty on weights.
    accuracy : float
        The share of answers that are right. NaN is a wrong answer.

    Raises
    ------
    TypeError, ValueError
        The model returned no scores, or a label is none of its classes.
    """
    loss, right = counted(function, model, X, y, rows, batch_size)
    count = len(y) if rows is None else len(rows)
    return float(loss / count), float(right / count)


def counted(
    function: str,
    model: Model,
    X: Array,
    y: Array,
    rows: Array | None = None,
    batch_size: int = EXAMPLES_AT_ONCE,
) -> tuple[float, int]:
    """The sum of the losses and the number of right answers, of which ``measured`` makes means.

    Parameters
    ----------
    function, model, X, y, rows, batch_size
        As for ``measured``; there may be no example.
    """
    loss, right, count = 0.0, 0, len(y) if rows is None else len(rows)
    for k in range(0, count, batch_size):
        part = slice(k, k + batch_size) if rows is None else rows[k : k + batch_size]
        scores, labels = model.loss(X[part]), y[part]
        check_scores(function, scores, labels)
        loss += cross_entropies(scores, labels).sum()
        right += np.count_nonzero(answers(scores) == labels)
    return loss, right
