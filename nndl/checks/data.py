"""Arguments of what loads and changes pictures."""

import numpy as np

from nndl.checks.arguments import check_integer


def check_augment(function, X, rng, pad, flip):
    """Raise unless ``X`` is a batch of pictures and the others say how to change it.

    Raises
    ------
    TypeError
        A wrong type.
    ValueError
        A wrong number of dimensions, or a negative number.
    """
    if not isinstance(X, np.ndarray):
        raise TypeError(f"{function}: X is a {type(X).__name__}, expected a NumPy array")
    if X.ndim != 4:
        raise ValueError(f"{function}: X has shape {X.shape}, expected (N, C, H, W)")
    if rng is None:  # which would be another draw at every call
        raise TypeError(f"{function}: rng is None, expected a Generator or an integer")
    if not isinstance(rng, np.random.Generator):
        check_integer(function, "rng", rng, least=0)
    check_integer(function, "pad", pad, least=0)
    check_flag(function, "flip", flip)


def check_flag(function, name, value):
    """Raise a TypeError unless ``value`` is True or False."""
    if not isinstance(value, bool | np.bool_):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected True or False")
