"""Checks of single arguments, from which those of the layers are made."""

import numbers

import numpy as np

FAST_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


def check_array(function, name, value, ndim, fast=False):
    """Raise unless ``value`` is an array of ``ndim`` dimensions with a dtype that has gradients.

    Parameters
    ----------
    function, name : str
        The layer and the argument, for the message.
    value : ndarray
        The argument.
    ndim : int or None
        Its number of dimensions; None for any.
    fast : bool
        Whether only float32 and float64 will do (compiled layers), not any inexact dtype.

    Raises
    ------
    TypeError
        Not an array, or a dtype that the layer cannot compute with.
    ValueError
        A wrong number of dimensions.
    """
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{function}: {name} is a {type(value).__name__}, expected a NumPy array")
    if fast and value.dtype not in FAST_DTYPES:
        raise TypeError(f"{function}: {name} has dtype {value.dtype}, expected float32 or float64")
    if not (fast or np.issubdtype(value.dtype, np.inexact)):
        raise TypeError(f"{function}: {name} has dtype {value.dtype}, expected a floating one")
    if ndim is not None and value.ndim != ndim:
        shape = f"{value.ndim} dimensions {value.shape}"
        raise ValueError(f"{function}: {name} has {shape}, expected {ndim}")


def check_param(function, name, param, keys, optional=()):
    """Raise unless the dictionary ``param`` has the ``keys``, and no others but ``optional`` ones.

    Raises
    ------
    TypeError
        ``param`` is not a dictionary.
    ValueError
        A key is missing, or one is not known.
    """
    if not isinstance(param, dict):
        kind = type(param).__name__
        raise TypeError(f"{function}: {name} is a {kind}, expected a dict with keys {list(keys)}")
    for key in keys:
        if key not in param:
            raise ValueError(f"{function}: {name} has no key {key!r}, expected {list(keys)}")
    known = [*keys, *optional]
    for key in param:
        if key not in known:
            raise ValueError(f"{function}: {name} has an unknown key {key!r}, not in {known}")


def check_integer(function, name, value, least):
    """Raise unless ``value`` is an integer, ``least`` or larger.

    Raises
    ------
    TypeError
        Not an integer: 1.0 and True are not.
    ValueError
        Smaller than ``least``.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool | np.bool_):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected an integer")
    if value < least:
        raise ValueError(f"{function}: {name} is {value}, expected {least} or more")


def check_shape(function, name, value, shape, why=""):
    """Raise unless the array ``value`` has ``shape``; ``why`` says where that shape comes from.

    Raises
    ------
    ValueError
        With the argument, its shape, and the one expected.
    """
    if value.shape != shape:
        raise ValueError(f"{function}: {name} has shape {value.shape}, expected {shape}{why}")


def check_cache(function, cache, names):
    """Raise unless ``cache`` is a tuple with one entry for each of ``names``.

    Raises
    ------
    TypeError
        Not what the forward pass returned.
    """
    if not isinstance(cache, tuple) or len(cache) != len(names):
        came = f"tuple of {len(cache)}" if isinstance(cache, tuple) else type(cache).__name__
        expected = f"the forward pass's ({', '.join(names)})"
        raise TypeError(f"{function}: cache is a {came}, expected {expected}")
