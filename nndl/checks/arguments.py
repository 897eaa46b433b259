"""Checks of single arguments, from which those of the layers are made."""

import numbers
from functools import cache

import numpy as np
from numpy import ndarray

FAST_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
# What arithmetic with an array goes by: a subclass with one of its own may mean other numbers than
# those it holds, as a masked array does, or multiply otherwise, as a matrix does.
ARITHMETIC = ("__array_ufunc__", "__array_function__")
ARITHMETIC += ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__", "__matmul__", "__eq__")


def check_array(function, name, value, ndim, fast=False, integers=True):
    """Raise unless ``value`` is an array of ``ndim`` dimensions with numbers that a layer takes.

    These are float32 and float64, and integers, of which
    ``nndl.internal.conversions.as_floats`` makes such numbers. Subclasses of ``numpy.ndarray``
    that compute otherwise are refused.

    Parameters
    ----------
    function, name : str
        The layer and the argument, for the message.
    value : ndarray
        The argument.
    ndim : int or None
        Its number of dimensions; None for any.
    fast : bool
        Whether wider floating numbers and complex ones are refused as well (compiled layers). In a
        chapter's function, a complex step needs them. float16, of which sums go wrong, and bool are
        refused in any case.
    integers : bool
        Whether integers will do.

    Raises
    ------
    TypeError
        Not an array, one of a subclass, or a dtype that the layer cannot compute with.
    ValueError
        A wrong number of dimensions.
    """
    if type(value) is not ndarray or value.dtype not in FAST_DTYPES:  # seldom
        check_plain(function, name, value)
        if value.dtype.char not in ("fd" if fast else "fdgFDG") + integers * "bBhHiIlLqQnNpP":
            came = f"{name} has dtype {value.dtype}"
            raise TypeError(f"{function}: {came}, expected float32 or float64")
    if ndim is not None and value.ndim != ndim:
        shape = f"{value.ndim} dimensions {value.shape}"
        raise ValueError(f"{function}: {name} has {shape}, expected {ndim}")


def check_plain(function, name, value):
    """Raise unless ``value`` is an array that computes as a ``numpy.ndarray`` does.

    A memmap and a recarray do; so does the number that NumPy makes of an array without dimensions.

    Raises
    ------
    TypeError
        Not an array, a masked array, a matrix or the like.
    """
    kind = type(value)
    if kind is ndarray:  # nearly always
        return
    if not isinstance(value, np.ndarray | np.generic):
        raise TypeError(f"{function}: {name} is a {kind.__name__}, expected a NumPy array")
    if isinstance(value, np.ndarray) and _computes_otherwise(kind):
        way = f"{name}.filled(...)" if hasattr(value, "filled") else f"np.asarray({name})"
        wanted = f"a plain NumPy array, such as {way} gives"
        raise TypeError(f"{function}: {name} is a {kind.__name__}, expected {wanted}")


@cache
def _computes_otherwise(kind):
    """Whether a subclass of ``numpy.ndarray`` has arithmetic of its own."""
    return any(getattr(kind, way, None) is not getattr(np.ndarray, way, None) for way in ARITHMETIC)


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
        wanted = f"keys {list(keys)}" if keys else f"some of the keys {list(optional)}"
        raise TypeError(f"{function}: {name} is a {kind}, expected a dict with {wanted}")
    for key in keys:
        if key not in param:
            raise ValueError(f"{function}: {name} has no key {key!r}, expected {list(keys)}")
    if len(param) > len(keys):
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


def number_of(function, name, value):
    """``value`` as a float; raise unless it is a real number that a float can hold, or NaN.

    Raises
    ------
    TypeError
        Not a real number: True is not, ``Fraction(1, 2)`` is.
    ValueError
        An integer or a fraction too large for a float.
    """
    if type(value) is float:  # nearly always
        return value
    if not isinstance(value, numbers.Real) or isinstance(value, bool | np.bool_):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected a number")
    try:
        return float(value)
    except OverflowError:
        kind = type(value).__name__
        came = f"{name} is a number ({kind}) beyond the range of a float"
        raise ValueError(f"{function}: {came}, expected a finite one") from None


def check_whole(function, name, value, least):
    """Raise unless ``value`` is a whole number, ``least`` or larger: 2, ``np.uint8(2)`` or 2.0.

    Whoever computes with it takes ``int(value)`` first: no NumPy integer then overflows.

    Raises
    ------
    TypeError
        Not a whole number: 1.5, NaN and True are not.
    ValueError
        Smaller than ``least``.
    """
    if type(value) is int and value >= least:  # nearly always
        return
    if isinstance(value, float | np.floating) and value.is_integer():
        value = int(value)
    check_integer(function, name, value, least)


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


def check_kept(function, cache, shapes, fast=False):
    """Raise unless the arrays that a forward pass kept have the ``shapes`` that it gave them.

    A compiled loop goes by the sizes that it is told: an array of another length, and it would
    read and write what belongs to others.

    Parameters
    ----------
    function : str
        The layer's name, for the message.
    cache : sequence of ndarrays
        Some or all of the entries of a cache.
    shapes : dict
        The shape for the name of each of them, in their order.
    fast : bool
        Whether only float32 and float64 will do.

    Raises
    ------
    TypeError, ValueError
        With the layer, the entry, what came and what was expected.
    """
    for value, name in zip(cache, shapes, strict=True):
        shape = shapes[name]
        if type(value) is ndarray and value.dtype in FAST_DTYPES and value.shape == shape:
            continue  # nearly always
        check_array(function, f"{name} in cache", value, None, fast)
        check_shape(function, f"{name} in cache", value, shape)
