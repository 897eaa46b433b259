"""What every function of ``nndl.moves`` is wrapped in: checks on the way there and back."""

from functools import wraps
from inspect import signature

from nndl.checks.arguments import check_array, check_integer, check_shape

ARRAYS = ("x", "a", "b")


def move(function):
    """``function``, a move, with checks of its arrays, and of the gradient on the way back.

    A move returns its output and a function that turns ``dout`` into the gradients. Arrays of one
    move have one shape: to stretch one is a move of its own.

    Raises
    ------
    TypeError
        No array of numbers, or an axis that is no integer.
    ValueError
        The shapes of two arrays differ, or that of ``dout`` from the output's.
    """
    name, parameters = function.__name__, signature(function)

    @wraps(function)
    def checked(*arguments, **named):
        given = parameters.bind(*arguments, **named).arguments
        arrays = {key: given[key] for key in ARRAYS if key in given}
        for key, array in arrays.items():
            check_array(name, key, array, None)
            first = next(iter(arrays))
            check_shape(name, key, array, arrays[first].shape, f", the shape of {first}")
        if "axis" in given:
            check_integer(name, "axis", given["axis"], -array.ndim - 1)
        out, backward = function(**given)

        def checked_backward(dout):
            check_array(name, "dout", dout, None)
            check_shape(name, "dout", dout, out.shape)
            return backward(dout)

        return out, checked_backward

    return checked
