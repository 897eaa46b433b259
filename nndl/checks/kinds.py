"""Checks of arguments that are neither arrays nor numbers: flags and lists."""

import numpy as np


def check_flag(function, name, value):
    """Raise a TypeError unless ``value`` is True or False."""
    if value is not True and value is not False and not isinstance(value, np.bool_):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected True or False")


def check_sequence(function, name, value, of):
    """Raise a TypeError unless ``value`` has an order: a list, a tuple or an array (K,)."""
    if not isinstance(value, list | tuple) and not (
        isinstance(value, np.ndarray) and value.ndim == 1
    ):
        came = f"{name} is {value!r} ({type(value).__name__})"
        raise TypeError(f"{function}: {came}, expected a list {of}")
