"""What the gradient checks differentiate: wide numbers, and functions that change no argument."""

import numpy as np

from nndl.checks.arguments import check_numbers


def numbers_of(function, name, value, real=False):
    """``value`` as an array of float64 or complex128, or of something longer.

    In these, differences of integers do not wrap around, and 1e-8 is not 0. An integer beyond 2**53
    is rounded, by one part in 10**16.

    Raises
    ------
    TypeError
        No numbers, a mask, or complex ones where ``real`` ones are expected.
    """
    check_numbers(function, name, value, real)
    array = np.asarray(value)
    return array.astype(np.result_type(array, np.float64), copy=False)


def watched(function, f, real=True):
    """``f``, which raises where it changes its argument x or returns no numbers.

    A change would be differentiated as well, and would stay. x is put back as f was given it,
    also when f raises.

    Parameters
    ----------
    function : str
        The function that calls f, for the message.
    f : callable
        Takes x, and returns numbers.
    real : bool
        Whether complex numbers are refused.

    Returns
    -------
    callable
        As f; what it returns is an array of ``numbers_of``.
    """

    def called(x):
        before = x.copy()
        try:
            result = f(x)
        finally:
            changed = x.tobytes() != before.tobytes()  # as bytes, in which NaN equals itself
            if changed:
                x[...] = before
        if changed:
            raise ValueError(f"{function}: f changes x in place, expected it to leave x as it is")
        numbers = numbers_of("f", "its result", result, real)
        if np.asarray(result).dtype == bool:
            raise TypeError("f: its result has dtype bool, expected numbers, which have gradients")
        return numbers

    return called
