"""Arguments of the networks of ``nndl.fc_net``."""

import numpy as np

from nndl.checks.arguments import check_flag, check_integer, check_sequence


def check_hidden_dims(function, hidden_dims):
    """Raise unless ``hidden_dims`` is a list, a tuple or an array (K,) of integers, 1 or more.

    Raises
    ------
    TypeError
        Anything else, or an entry that is not an integer.
    ValueError
        An entry below 1.
    """
    check_sequence(function, "hidden_dims", hidden_dims, "with a size for each hidden layer")
    for k, size in enumerate(hidden_dims):
        check_integer(function, f"hidden_dims[{k}]", size, least=1)


def check_either(function, **named):
    """Raise unless the arguments that mean the same are given once, or alike.

    Parameters
    ----------
    function : str
        Whose arguments they are, for the message.
    **named
        Names that mean the same, and their values; None where not given.

    Raises
    ------
    ValueError
        Two are given, and differ.
    """
    given = {name: value for name, value in named.items() if value is not None}
    if not given:
        return
    (first, value), *others = given.items()
    for name, other in others:
        if isinstance(value, np.ndarray) or isinstance(other, np.ndarray) or other != value:
            both = f"{first} is {value!r} and {name} is {other!r}"
            raise ValueError(f"{function}: {both}: they mean the same, expected one of them")


def check_normalization(function, use_batchnorm, normalization):
    """Raise unless the two arguments name a normalization, or none, and agree where both are given.

    Raises
    ------
    TypeError
        ``use_batchnorm`` is neither True, False nor None.
    ValueError
        An unknown normalization, or two arguments that contradict each other.
    """
    if use_batchnorm is not None:
        check_flag(function, "use_batchnorm", use_batchnorm)
    known = isinstance(normalization, str) and normalization in ("batchnorm", "layernorm")
    if normalization is not None and not known:
        expected = "expected 'batchnorm', 'layernorm' or None"
        raise ValueError(f"{function}: normalization is {normalization!r}, {expected}")
    if normalization is None or use_batchnorm is None:
        return
    if bool(use_batchnorm) != (normalization == "batchnorm"):
        both = f"use_batchnorm is {use_batchnorm!r} and normalization is {normalization!r}"
        raise ValueError(f"{function}: {both}, expected one of them")
