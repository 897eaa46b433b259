"""Checks of arguments for ``nndl.autodiff``."""

import sys
from math import log

import numpy as np

LARGEST = log(sys.float_info.max)  # its exponential is still a float


def check_exponent(function, value):
    """Raise unless a float can hold the exponential of ``value``.

    Raises
    ------
    OverflowError
        The exponential would be infinite.
    """
    if value > LARGEST:
        raise OverflowError(f"{function}: the value is {value}, expected at most {LARGEST:.2f}")


def check_positive(function, value):
    """Raise unless ``value`` has a logarithm.

    Raises
    ------
    ValueError
        The value is 0 or negative.
    """
    if value <= 0:
        raise ValueError(f"{function}: the value is {value}, expected a number above 0")


def check_recorded(function, loss, arrays):
    """Raise unless ``loss`` remembers what it was computed from, and the arrays may be part of it.

    Numbers that are no scalars would get the gradient 0, without a word.

    Raises
    ------
    TypeError
        The loss is a number or an array, or an array holds numbers.
    """
    if not hasattr(loss, "used"):
        wanted = "a Scalar: constants have no gradient"
        raise TypeError(f"{function}: loss is a {type(loss).__name__}, expected {wanted}")
    for k, array in enumerate(map(np.asarray, arrays)):
        if array.dtype != object:
            came = f"array {k} has dtype {array.dtype}"
            raise TypeError(f"{function}: {came}, expected what scalars(...) returns")
