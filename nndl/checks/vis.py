"""Arguments of ``nndl.vis``, which draws images and curves."""

import numpy as np

from nndl.checks.arguments import check_array_like, check_shape

HISTORIES = ("loss_history", "train_acc_history", "val_acc_history")


def check_tiles(function, name, Xs, ndim):
    """Raise unless ``Xs`` holds images, in an array or in a list, all of their numbers finite.

    Raises
    ------
    TypeError
        Its entries are no real numbers.
    ValueError
        A wrong number of dimensions, no image, no pixel, or a NaN or an infinity.
    """
    check_array_like(function, name, Xs)
    Xs = np.asarray(Xs)
    if Xs.dtype.kind not in "biuf":
        raise TypeError(f"{function}: {name} has dtype {Xs.dtype}, expected real numbers")
    shapes = {3: "(H, W, C)", 4: "(N, H, W, C)"}
    if Xs.ndim != ndim or Xs.size == 0:
        raise ValueError(f"{function}: {name} has shape {Xs.shape}, expected {shapes[ndim]}")
    if not np.isfinite(Xs).all():
        raise ValueError(f"{function}: {name} has NaN or infinite entries, expected finite ones")


def check_answers(function, y, predictions, classes):
    """Raise unless labels, answers and the names of classes fit together.

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
        check_array_like(function, name, labels)
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


def check_histories(function, name, run):
    """Raise unless ``run`` has the losses and the accuracies of a run, by attributes or keys.

    Raises
    ------
    TypeError
        It has no such lists.
    ValueError
        It has no losses, or more accuracies in training than in validation or fewer.
    """
    lengths = []
    for key in HISTORIES:
        history = run.get(key) if isinstance(run, dict) else getattr(run, key, None)
        if history is None:
            kind = type(run).__name__
            raise TypeError(f"{function}: {name} is a {kind} without {key}, expected a Solver")
        lengths.append(len(history))
    if not lengths[0]:
        raise ValueError(f"{function}: {name} has no losses, expected those of a run")
    if lengths[1] != lengths[2]:
        counts = f"{lengths[1]} training and {lengths[2]} validation accuracies"
        raise ValueError(f"{function}: {name} has {counts}, expected as many of both")


def check_cells(function, values):
    """Raise unless ``values`` is a matrix with a cell or more.

    Raises
    ------
    ValueError
        It has another number of dimensions, or none in one of them.
    """
    shape = np.shape(values)
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"{function}: values has shape {shape}, expected (rows, columns)")


def check_role(function, role, roles):
    """Raise unless ``role`` is one of ``roles``.

    Raises
    ------
    ValueError
        It is something else.
    """
    if role not in roles:
        raise ValueError(f"{function}: role is {role!r}, expected one of {', '.join(roles)}")


def check_block(function, at, shape, whole):
    """Raise unless a block, by its first row and column and its size, lies inside ``whole``.

    Raises
    ------
    ValueError
        It has no cell, or one outside.
    """
    pairs = list(zip(at, shape, whole, strict=True))
    if any(first < 0 or size < 1 or first + size > most for first, size, most in pairs):
        (top, left), (rows, columns) = at, shape
        raise ValueError(
            f"{function}: {rows} x {columns} cells at row {top:g}, column {left:g} are not inside "
            f"the {whole[0]:g} x {whole[1]:g} that there are"
        )
