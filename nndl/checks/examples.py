"""Examples and labels, as a network, an accuracy check and a Solver are given them."""

import numpy as np


def check_data(function, data, classes=None):
    """Raise unless ``data`` holds pictures and labels for training and for validation.

    Parameters
    ----------
    function : str
        Who asks, for the message.
    data : dict
        Test data in it are checked, too.
    classes : int, optional
        How many the model has, where that is known.

    Raises
    ------
    TypeError
        Not a dict of arrays, or labels that are not integers.
    ValueError
        A missing or empty array, lengths or shapes that differ, or a label outside of the classes.
    """
    if not isinstance(data, dict):
        raise TypeError(f"{function}: data is a {type(data).__name__}, expected a dict")
    for key in ("X_train", "y_train", "X_val", "y_val"):
        if key not in data:
            raise ValueError(f"{function}: data has no key {key!r}, it has {list(data)}")
    tested = all(isinstance(data.get(key), np.ndarray) for key in ("X_test", "y_test"))
    for part in ("train", "val", "test")[: 2 + tested]:
        X, y, names = (
            data[f"X_{part}"],
            data[f"y_{part}"],
            (f"data['X_{part}']", f"data['y_{part}']"),
        )
        if part != "test" or X.shape[:1] != (0,) or y.shape != (0,):
            check_examples(function, X, y, names)
        if classes is not None and len(y) and y.max() >= classes:
            why = f"the model has {classes} classes, from 0 on"
            raise ValueError(f"{function}: {names[1]} has a label {y.max()}, but {why}")
        if X.shape[1:] != data["X_train"].shape[1:]:
            shapes = f"{data['X_train'].shape[1:]} in X_train and {X.shape[1:]} in X_{part}"
            raise ValueError(f"{function}: data has examples of shape {shapes}, expected one shape")


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
        if not isinstance(array, np.ndarray):
            kind = type(array).__name__
            raise TypeError(f"{function}: {name} is a {kind}, expected a NumPy array")
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


def check_batch(function, X, rows):
    """Raise unless ``X`` is what an augmentation may return: an array with as many examples.

    Raises
    ------
    TypeError
        No array of numbers.
    ValueError
        More or fewer examples.
    """
    came = f"{function}: augment returned"
    if not isinstance(X, np.ndarray):
        raise TypeError(f"{came} a {type(X).__name__}, expected the examples to train on, an array")
    if X.dtype.kind not in "fiu":
        raise TypeError(f"{came} an array of dtype {X.dtype}, expected numbers")
    if len(X if X.ndim else ()) != rows:
        raise ValueError(f"{came} an array of shape {X.shape}, expected {rows} examples")


def check_examples_of(function, name, X):
    """Raise unless ``X`` is made of real numbers, in an array or in what NumPy makes one of.

    Raises
    ------
    TypeError
        Complex numbers, texts or objects; or an array of a kind that NumPy would see as another.
    """
    check_plain(function, name, X)
    try:
        dtype = np.asarray(X).dtype
    except ValueError as reason:  # lists of unlike lengths
        raise TypeError(f"{function}: {name} is no array of numbers: {reason}") from None
    if dtype.kind not in "fiub":
        raise TypeError(f"{function}: {name} has dtype {dtype}, expected real numbers")


def check_plain(function, name, value):
    """Raise if ``value`` would silently become something else in a plain array.

    Raises
    ------
    TypeError
        A masked array, whose mask would be lost, or a matrix, which has its own arithmetic.
    """
    if isinstance(value, np.ma.MaskedArray | np.matrix):
        kind = type(value).__name__
        hint = "np.asarray(...) makes one, without the mask" if kind == "MaskedArray" else "use .A"
        raise TypeError(f"{function}: {name} is a {kind}, expected a plain NumPy array: {hint}")
