"""Arguments of ``nndl.gradient_check``, and the bounds that its checks have."""

import math
from numbers import Integral

import numpy as np

from nndl.checks.arguments import check_integer, check_plain

# The bounds that a chapter's checks may have. `make chapters` makes a rule for nbval of each.
ERROR_BOUNDS = tuple(float(f"1e-{k}") for k in range(1, 17))  # 1e-16 is the rounding of float64
SHARE_BOUNDS = (*range(10, 90, 10), *range(90, 100))  # percent


def check_scalar(function, name, value):
    """Raise unless ``value`` is one real number, by itself or in an array without dimensions.

    Raises
    ------
    TypeError
        Several numbers, or none: True and False, text, complex numbers, and float16, in which an
        error of 1e-8 is 0.
    """
    if np.ndim(value) != 0:
        shape = np.shape(value)
        raise TypeError(f"{function}: {name} has shape {shape}, expected one number")
    dtype = np.asarray(value).dtype
    masked = isinstance(value, np.ma.MaskedArray)
    if masked or dtype.kind not in "iuf" or dtype == np.float16:
        came = f"{value!r} ({type(value).__name__})"
        raise TypeError(f"{function}: {name} is {came}, expected one real number")


def check_point(function, f, x, h):
    """Raise unless ``f`` can be called, and ``x`` is an array of real numbers, h a step from it.

    Raises
    ------
    TypeError
        Of another kind: x is a list, has a mask, or holds no floating numbers.
    ValueError
        h is not above 0, or infinite, or NaN.
    """
    if not callable(f):
        raise TypeError(f"{function}: f is a {type(f).__name__}, expected a function")
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{function}: x is a {type(x).__name__}, expected a NumPy array")
    check_plain(function, "x", x)
    if x.dtype.kind != "f" or x.dtype == np.float16:
        raise TypeError(f"{function}: x has dtype {x.dtype}, expected float64")
    check_scalar(function, "h", h)
    if not 0 < float(h) < math.inf:  # written so that NaN fails
        raise ValueError(f"{function}: h is {h}, expected a number above 0")


def check_step(function, x, h):
    """Raise unless each entry of ``x`` can be written to, and is another one a step ``h`` later.

    Raises
    ------
    ValueError
        x is read-only, some of its entries share their memory, or h is lost in rounding.
    """
    if not x.flags.writeable:
        raise ValueError(f"{function}: x is read-only, but its entries are moved; give a copy")
    if _overlaps(x):
        came = "x has entries that share their memory, so that one would move others"
        raise ValueError(f"{function}: {came}; give a copy")
    lost = x + h == x
    if lost.any():
        raise ValueError(f"{function}: h is {h}, lost in rounding beside {x[lost].flat[0]} in x")


def _overlaps(x):
    """Whether two entries of ``x`` lie in the same bytes, as with strides of 0."""
    if x.flags.forc:  # nearly always: one beside the other
        return False
    places = np.zeros(1, np.int64)
    for size, stride in zip(x.shape, x.strides, strict=True):
        places = np.add.outer(places, np.arange(size) * stride).ravel()
    return bool(np.diff(np.sort(places)).min(initial=x.itemsize) < x.itemsize)


def check_upstream(function, df, shape):
    """Raise unless the upstream gradient ``df`` has the ``shape`` of f(x).

    Raises
    ------
    ValueError
        With both shapes. They are not broadcast.
    """
    if df.shape != shape:
        raise ValueError(f"{function}: df has shape {df.shape}, f(x) has shape {shape}")


def check_one_number(function, value):
    """Raise unless the array f(x) is one number.

    Raises
    ------
    ValueError
        With the shape of f(x).
    """
    if value.shape != ():
        raise ValueError(f"{function}: f(x) has shape {value.shape}, expected one number")


def check_sparse(function, x, analytic_grad, num_checks, rng):
    """Raise unless entries of ``x`` can be drawn by ``rng``, to be compared with a gradient.

    Raises
    ------
    TypeError, ValueError
        x has no entries, the gradient another shape, num_checks is no integer from 1 on, or rng
        not a generator.
    """
    if x.size == 0:
        raise ValueError(f"{function}: x has shape {x.shape}, expected an entry to check")
    if analytic_grad.shape != x.shape:
        shapes = f"analytic_grad has shape {analytic_grad.shape}, x has shape {x.shape}"
        raise ValueError(f"{function}: {shapes}")
    check_integer(function, "num_checks", num_checks, 1)
    if not isinstance(rng, np.random.Generator | None):
        came = type(rng).__name__
        raise TypeError(f"{function}: rng is a {came}, expected a numpy.random.Generator")


def check_bound(name, bound):
    """Raise unless ``bound`` is one of ``ERROR_BOUNDS``.

    Raises
    ------
    TypeError
        Not one real number.
    ValueError
        Not a power of ten, below the rounding of float64, or 1 and more, which no relative error
        is over.
    """
    check_scalar("check", f"the bound of {name}", bound)
    if float(bound) not in ERROR_BOUNDS:
        least, most = min(ERROR_BOUNDS), max(ERROR_BOUNDS)
        expected = f"a power of ten from {least:.0e} to {most:.0e}"
        if bound >= 1:
            expected += ": no relative error is above 1"
        raise ValueError(f"check: the bound of {name} is {float(bound)}, expected {expected}")


def check_least(name, least):
    """Raise a ValueError unless ``least`` is one of ``SHARE_BOUNDS``."""
    if not isinstance(least, Integral) or least not in SHARE_BOUNDS:
        expected = f"{', '.join(map(str, SHARE_BOUNDS[:-1]))} or {SHARE_BOUNDS[-1]}"
        raise ValueError(f"check_at_least: the bound of {name} is {least}, expected {expected}")
