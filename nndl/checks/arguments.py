"""Checks of single arguments, from which those of the layers are made."""

import math
import numbers
import os
from functools import cache
from pathlib import Path

import numpy as np
from numpy import ndarray

FAST_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
# What arithmetic with an array goes by: a subclass with one of its own may mean other numbers than
# those it holds, as a masked array does, or multiply otherwise, as a matrix does.
ARITHMETIC = ("__array_ufunc__", "__array_function__")
ARITHMETIC += ("__add__", "__sub__", "__mul__", "__truediv__", "__pow__", "__matmul__", "__eq__")
FLAGS = bool, np.bool_


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


def check_array_like(function, name, value):
    """Raise if ``value`` is an array that means something else as a plain one, which it will be.

    Raises
    ------
    TypeError
        A masked array, whose mask would be lost, a matrix, or the like. A list is fine.
    """
    if isinstance(value, np.ndarray):
        check_plain(function, name, value)


def check_numbers(function, name, value, real=True):
    """Raise unless ``value`` is made of numbers, in an array or in what NumPy makes one of.

    Raises
    ------
    TypeError
        Texts or objects, complex numbers where ``real`` ones are expected, lists of unlike lengths,
        or an array of a subclass whose meaning a plain array would lose, such as a mask.
    """
    check_array_like(function, name, value)
    try:
        dtype = np.asarray(value).dtype
    except ValueError as reason:
        raise TypeError(f"{function}: {name} is no array of numbers: {reason}") from None
    if dtype.kind not in ("biuf" if real else "biufc"):
        expected = "real numbers" if real else "numbers"
        raise TypeError(f"{function}: {name} has dtype {dtype}, expected {expected}")


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


def check_real(function, name, value):
    """Raise unless ``value`` is a real number that a float can hold, or NaN.

    Compute with ``float(value)``: a Fraction times an array is no array.

    Raises
    ------
    TypeError
        Not a real number: True is not, ``Fraction(1, 2)`` is.
    ValueError
        An integer or a fraction too large for a float.
    """
    if type(value) is float:  # nearly always
        return
    kind = type(value).__name__
    if not isinstance(value, numbers.Real) or isinstance(value, FLAGS):
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected a number")
    try:
        float(value)
    except OverflowError:
        came = f"{name} is a number ({kind}) beyond the range of a float"
        raise ValueError(f"{function}: {came}, expected a finite one") from None


def check_number(function, name, value, least=0.0, most=math.inf):
    """Raise unless ``value`` is a finite real number between ``least`` and ``most``.

    Compute with ``float(value)``.

    Raises
    ------
    TypeError
        Not a number.
    ValueError
        NaN, infinite, too large for a float, or outside the interval.
    """
    if type(value) is float and least <= value <= most and value != math.inf:  # nearly always
        return
    check_real(function, name, value)
    number = float(value)
    if not (least <= number <= most and math.isfinite(number)):
        wanted = f"between {least:g} and {most:g}"
        if most == math.inf:
            wanted = f"{least:g} or more and finite"
        raise ValueError(f"{function}: {name} is {number:g}, expected {wanted}")


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


def check_sizes(function, **sizes):
    """Raise unless every one of ``sizes`` is an integer, 1 or more.

    Compute with ``int(size)``: no NumPy integer then overflows.
    """
    for name, size in sizes.items():
        check_integer(function, name, size, least=1)


def check_whole(function, name, value, least):
    """Raise unless ``value`` is a whole number, ``least`` or larger: 2, ``np.uint8(2)`` or 2.0.

    Compute with ``int(value)``: no NumPy integer then overflows.

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


def check_flag(function, name, value):
    """Raise a TypeError unless ``value`` is True or False."""
    if not isinstance(value, FLAGS):
        kind = type(value).__name__
        raise TypeError(f"{function}: {name} is {value!r} ({kind}), expected True or False")


def check_sequence(function, name, value, of):
    """Raise a TypeError unless ``value`` has an order: a list, a tuple or an array (K,)."""
    if not isinstance(value, list | tuple) and not (
        isinstance(value, np.ndarray) and value.ndim == 1
    ):
        came = f"{name} is {value!r} ({type(value).__name__})"
        raise TypeError(f"{function}: {came}, expected a list {of}")


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


def check_dtype(function, dtype):
    """Raise unless ``dtype`` is, or names, one that the compiled layers have.

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


def check_path(function, name, value, file=False):
    """Raise unless ``value`` is a path that a system could have: text, or an object that gives it.

    Parameters
    ----------
    function, name : str
        The calling function and the argument, for the message.
    value : str or path
        The argument.
    file : bool
        Whether it must end in a name, as that of a file to be written does.

    Raises
    ------
    TypeError
        Of another kind: bytes, numbers and None are.
    ValueError
        Empty, with a character that no path has, or without a name where a file is expected.
    """
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise TypeError(f"{function}: {name} is {value!r}, expected a path: a str or Path")
    if not text:
        raise ValueError(f"{function}: {name} is '', expected a path")
    try:
        os.fsencode(text)
        strange = "\0" in text
    except UnicodeEncodeError:
        strange = True
    if strange:
        raise ValueError(f"{function}: {name} is {text!r}, with a character that no path has")
    if file and Path(text).name in ("", ".."):
        raise ValueError(f"{function}: {name} is {text!r}, expected the path of a file")
