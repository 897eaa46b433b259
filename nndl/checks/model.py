"""Arguments of what every network does, and what it answers: examples, labels and scores."""

import numpy as np

from nndl.checks.arguments import check_plain


def check_examples(function, X, y, names=("X", "y")):
    """Raise unless X and y are examples and their labels.

    Raises
    ------
    TypeError
        Not arrays, X not of numbers, or y not of integers.
    ValueError
        None at all, lengths that differ, or a negative label.
    """
    for name, array in zip(names, (X, y), strict=True):
        check_plain(function, name, array)
    if X.dtype.kind not in "fiu":
        raise TypeError(f"{function}: {names[0]} has dtype {X.dtype}, expected numbers")
    if y.dtype.kind not in "iu":
        raise TypeError(f"{function}: {names[1]} has dtype {y.dtype}, expected integers")
    if X.ndim < 1 or y.shape != X.shape[:1]:
        shapes = f"{names[0]} has shape {X.shape}, {names[1]} has shape {y.shape}"
        raise ValueError(f"{function}: {shapes}, expected a label for each example")
    if not y.size:
        raise ValueError(f"{function}: {names[0]} is empty, expected one example or more")
    if y.min() < 0:
        raise ValueError(f"{function}: {names[1]} has a label {y.min()}, expected 0 or more")


def check_scores(function, scores, y):
    """Raise unless ``scores`` has a row for each label, and a column for each class in ``y``.

    Raises
    ------
    TypeError
        It is no array, or not of real numbers.
    ValueError
        It has another shape, or a label is outside of its columns.
    """
    if not isinstance(scores, np.ndarray):
        kind = type(scores).__name__
        raise TypeError(f"{function}: model.loss(X) returned a {kind}, expected scores")
    check_plain(function, "model.loss(X)", scores)
    if scores.dtype.kind not in "fiu":
        came = f"model.loss(X) returned scores of dtype {scores.dtype}"
        raise TypeError(f"{function}: {came}, expected real numbers")
    if scores.ndim != 2 or len(scores) != len(y):
        came = f"model.loss(X) returned scores of shape {scores.shape}"
        raise ValueError(f"{function}: {came}, expected a row for each of {len(y)} examples")
    if y.max() >= scores.shape[1]:
        classes = f"the model has {scores.shape[1]} classes"
        raise ValueError(f"{function}: y has a label {y.max()}, but {classes}, from 0 on")
