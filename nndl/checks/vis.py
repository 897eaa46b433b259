"""Arguments of what draws pictures."""

import numpy as np

from nndl.checks.arguments import check_plain, check_shape


def check_tiles(function, name, Xs, ndim):
    """``Xs`` as an array of floats; raise unless it holds pictures, all of their numbers finite.

    Raises
    ------
    TypeError
        Its entries are no real numbers.
    ValueError
        A wrong number of dimensions, no picture, no pixel, or a NaN or an infinity.
    """
    if isinstance(Xs, np.ndarray):  # or a list of pictures
        check_plain(function, name, Xs)
    Xs = np.asarray(Xs)
    if Xs.dtype.kind not in "biuf":
        raise TypeError(f"{function}: {name} has dtype {Xs.dtype}, expected real numbers")
    shapes = {3: "(H, W, C)", 4: "(N, H, W, C)"}
    if Xs.ndim != ndim or Xs.size == 0:
        raise ValueError(f"{function}: {name} has shape {Xs.shape}, expected {shapes[ndim]}")
    if not np.isfinite(Xs).all():
        raise ValueError(f"{function}: {name} has NaN or infinite entries, expected finite ones")
    return Xs.astype(np.float64)


def check_answers(function, y, predictions, classes):
    """Labels, answers and names as arrays and strings; raise unless they fit together.

    Raises
    ------
    TypeError
        Labels or answers that are not integers; classes that are one string or no sequence.
    ValueError
        Different lengths, no example, or a label that has no name.
    """
    if isinstance(classes, str) or not hasattr(classes, "__len__"):
        came = f"classes is {classes!r} ({type(classes).__name__})"
        raise TypeError(f"{function}: {came}, expected a list with a name for each class")
    for name, labels in (("y", y), ("predictions", predictions)):
        if isinstance(labels, np.ndarray):
            check_plain(function, name, labels)
    y, predictions = np.asarray(y), np.asarray(predictions)
    for name, labels in (("y", y), ("predictions", predictions)):
        if labels.dtype.kind not in "iu":
            raise TypeError(f"{function}: {name} has dtype {labels.dtype}, expected integers")
        if labels.ndim != 1 or not labels.size:
            raise ValueError(f"{function}: {name} has shape {labels.shape}, expected (N,)")
        outside = labels[(labels < 0) | (labels >= len(classes))]
        if outside.size:
            expected = f"expected 0 to {len(classes) - 1}, as classes has {len(classes)} names"
            raise ValueError(f"{function}: {name} has the label {outside[0]}, {expected}")
    check_shape(function, "predictions", predictions, y.shape, ", that of y")
    return y, predictions, [str(name) for name in classes]


def check_histories(function, name, run):
    """The losses and the accuracies of a run, as three lists of floats.

    Raises
    ------
    TypeError
        It has no such lists.
    ValueError
        It has no losses, or more accuracies in training than in validation or fewer.
    """
    found = []
    for key in ("loss_history", "train_acc_history", "val_acc_history"):
        history = run.get(key) if isinstance(run, dict) else getattr(run, key, None)
        if history is None:
            kind = type(run).__name__
            raise TypeError(f"{function}: {name} is a {kind} without {key}, expected a Solver")
        found.append([float(value) for value in history])
    if not found[0]:
        raise ValueError(f"{function}: {name} has no losses, expected those of a run")
    if len(found[1]) != len(found[2]):
        counts = f"{len(found[1])} training and {len(found[2])} validation accuracies"
        raise ValueError(f"{function}: {name} has {counts}, expected as many of both")
    return found
