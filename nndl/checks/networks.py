"""Arguments of a network's constructor."""

import math

import numpy as np

from nndl.checks.arguments import FAST_DTYPES, check_integer, number_of
from nndl.checks.kinds import check_flag, check_sequence


def check_number(function, name, value, least=0.0, most=math.inf):
    """Raise unless ``value`` is a finite real number between ``least`` and ``most``.

    Whoever computes with it takes ``float(value)`` first: a Fraction times an array is no array.

    Raises
    ------
    TypeError
        Not a number.
    ValueError
        NaN, infinite, too large for a float, or outside the interval.
    """
    number = number_of(function, name, value)
    if not (least <= number <= most and math.isfinite(number)):
        wanted = f"{least:g} or more" if most == math.inf else f"between {least:g} and {most:g}"
        raise ValueError(f"{function}: {name} is {number:g}, expected {wanted}")


def check_sizes(function, **sizes):
    """Raise unless every one of ``sizes`` is an integer, 1 or more.

    Whoever computes with it takes ``int(size)`` first: no NumPy integer then overflows.
    """
    for name, size in sizes.items():
        check_integer(function, name, size, least=1)


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


def check_keep(function, keep, name="dropout"):
    """Raise unless ``keep`` is a share of units to keep: above 0, at most 1 (none dropped).

    Raises
    ------
    TypeError
        Not a number.
    ValueError
        Outside the interval.
    """
    check_number(function, name, keep, most=1.0)
    if float(keep) == 0:
        meaning = "it is the share of units that are kept (1: no dropout)"
        raise ValueError(f"{function}: {name} is 0, expected above 0: {meaning}")


def either(function, default, **named):
    """The one argument of two that is given: its name and its value.

    Parameters
    ----------
    function : str
        Whose arguments they are, for the message.
    default : object
        The value where none is given, under the first name.
    **named
        Names that mean the same, and their values; None where not given.

    Raises
    ------
    ValueError
        Two are given, and differ.
    """
    given = {name: value for name, value in named.items() if value is not None}
    if not given:
        return next(iter(named)), default
    (first, value), *others = given.items()
    for name, other in others:
        if isinstance(value, np.ndarray) or isinstance(other, np.ndarray) or other != value:
            both = f"{first} is {value!r} and {name} is {other!r}"
            raise ValueError(f"{function}: {both}: they mean the same, expected one of them")
    return first, value


def kept_share(function, dropout, dropout_keep_ratio):
    """The share of units to keep, given under the name of either course; 1 if it is not.

    ``dropout=0`` means that none is dropped: so the courses said it for years.

    Raises
    ------
    TypeError, ValueError
        As for ``check_keep`` and ``either``.
    """
    name, keep = either(function, 1, dropout=dropout, dropout_keep_ratio=dropout_keep_ratio)
    check_number(function, name, keep, most=1.0)
    if name == "dropout" and keep == 0:
        return 1.0
    check_keep(function, keep, name)
    return float(keep)


def normalization_of(function, use_batchnorm, normalization):
    """The normalization of the hidden layers, "batchnorm", "layernorm" or None, from two arguments.

    Raises
    ------
    TypeError
        ``use_batchnorm`` is neither True, False nor None.
    ValueError
        An unknown one, or two arguments that contradict each other.
    """
    if use_batchnorm is not None:
        check_flag(function, "use_batchnorm", use_batchnorm)
    known = isinstance(normalization, str) and normalization in ("batchnorm", "layernorm")
    if normalization is not None and not known:
        expected = "expected 'batchnorm', 'layernorm' or None"
        raise ValueError(f"{function}: normalization is {normalization!r}, {expected}")
    if normalization is None or use_batchnorm is None:
        return "batchnorm" if use_batchnorm else normalization
    if bool(use_batchnorm) != (normalization == "batchnorm"):
        both = f"use_batchnorm is {use_batchnorm!r} and normalization is {normalization!r}"
        raise ValueError(f"{function}: {both}, expected one of them")
    return normalization


def check_dtype(function, dtype):
    """``dtype`` as a NumPy dtype; raise unless it is one that the compiled layers have.

    Raises
    ------
    TypeError
        Not float32 or float64.
    """
    try:
        found = None if dtype is None else np.dtype(dtype)  # of None NumPy would make float64
    except (TypeError, ValueError, SyntaxError):
        found = None
    if found is None or found not in FAST_DTYPES:
        came = repr(dtype) if found is None else found
        raise TypeError(f"{function}: dtype is {came}, expected float32 or float64")
    return found


def check_seed(function, seed):
    """Raise unless ``seed`` is None, an integer (0 or more), or a generator.

    Raises
    ------
    TypeError
        Anything else.
    ValueError
        A negative integer.
    """
    if seed is not None and not isinstance(seed, np.random.Generator):
        check_integer(function, "seed", seed, least=0)


def check_input_dim(function, input_dim):
    """Raise unless ``input_dim`` is (C, H, W) of pictures that can be pooled in windows of 2 by 2.

    Raises
    ------
    TypeError
        Not a sequence, or an entry that is not an integer.
    ValueError
        Not three entries, no channel, or fewer than 2 rows or columns.
    """
    if not isinstance(input_dim, tuple | list):
        came = f"input_dim is {input_dim!r} ({type(input_dim).__name__})"
        raise TypeError(f"{function}: {came}, expected a tuple (channels, height, width)")
    if len(input_dim) != 3:
        came = f"input_dim is {tuple(input_dim)}"
        raise ValueError(f"{function}: {came}, expected (channels, height, width)")
    for k, least in enumerate((1, 2, 2)):  # a window of 2 by 2 must fit
        check_integer(function, f"input_dim[{k}]", input_dim[k], least=least)


def check_filter_size(function, filter_size):
    """Raise unless ``filter_size`` is an odd integer: only such a filter has a middle.

    Raises
    ------
    TypeError
        Not an integer.
    ValueError
        Below 1, or even: no pad then leaves the size of a picture as it is.
    """
    check_integer(function, "filter_size", filter_size, least=1)
    if filter_size % 2 == 0:
        why = f"the pad that keeps the size would be {(filter_size - 1) / 2} pixels"
        raise ValueError(f"{function}: filter_size is {filter_size}, expected an odd number: {why}")


def check_pictures(function, X, input_dim):
    """Raise unless the array ``X`` holds pictures (N, C, H, W) of the size ``input_dim``.

    Raises
    ------
    ValueError
        With the shape that came and the one expected.
    """
    if X.shape[1:] != input_dim:
        wanted = ", ".join(map(str, ("N", *input_dim)))
        raise ValueError(f"{function}: X has shape {X.shape}, expected ({wanted})")
