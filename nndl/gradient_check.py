# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/gradients.md
"""``nndl.gradient_check``, in the order in which the book derives it."""

import math
import warnings

import numpy as np

from nndl.checks.gradient_check import (
    check_bound,
    check_least,
    check_one_number,
    check_point,
    check_scalar,
    check_sparse,
    check_step,
    check_upstream,
)
from nndl.internal.differentiation import numbers_of, watched

# Chapter: book/foundations/gradients.md
__all__ = [
    "check",
    "check_at_least",
    "eval_complex_gradient_array",
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "grad_check_sparse",
    "rel_error",
]


# Chapter: book/foundations/gradients.md
def rel_error(x, y):
    """The largest relative error between two arrays, equation (7).

    Parameters
    ----------
    x, y : array_like
        Numbers or arrays of one shape.

    Returns
    -------
    float
        The largest ``|x - y| / max(1e-8, |x| + |y|)``, from 0 to 1; NaN if an entry is NaN or
        infinite. Whatever the dtypes, it is computed in float64 or more.

    Raises
    ------
    TypeError
        Not numbers, or some are masked.
    ValueError
        The shapes differ. They are not broadcast.
    """
    x, y = numbers_of("rel_error", "x", x), numbers_of("rel_error", "y", y)
    if x.shape != y.shape:
        raise ValueError(f"rel_error: x has shape {x.shape}, y has shape {y.shape}")
    with np.errstate(invalid="ignore"):  # infinity minus infinity is NaN, which is returned
        x, y, floor = x / 4, y / 4, 1e-8 / 4  # exact, and the sum of two cannot overflow
        scale = np.maximum(floor, np.abs(x) + np.abs(y))
        worst = np.max(np.abs(x - y) / scale, initial=0.0)  # (7)
    return float(np.minimum(1.0, worst))  # complex numbers may round to a little more


# Chapter: book/foundations/gradients.md
def _check_centered(function, f, x, h):
    """Refuse arrays in which a small step would be lost; warn where most of it would be."""
    check_point(function, f, x, h)
    check_step(function, x, h)
    if x.dtype.itemsize < 8:
        advice = "in which at best 5 digits survive; use float64"
        warnings.warn(f"{function}: x has dtype {x.dtype}, {advice}", stacklevel=3)


# Chapter: book/foundations/gradients.md
def _both_sides(f, x, k, h):
    """f at x + h e_k and at x - h e_k; x is put back, also when f raises."""
    kept = x[k]
    try:
        x[k] = kept + h
        above = np.array(f(x))  # a copy, since f may return one and the same array twice
        x[k] = kept - h
        below = np.array(f(x))
    finally:
        x[k] = kept
    return tuple(numbers_of("f", "its result", side, real=True) for side in (above, below))


# Chapter: book/foundations/gradients.md
def eval_numerical_gradient_array(f, x, df, h=1e-5):
    """Gradient of sum(df * f(x)) with respect to x, by centered differences, equation (6).

    Parameters
    ----------
    f : callable
        Takes x and returns an array.
    x : ndarray of float64, any shape
        Where to differentiate. Each entry is changed in place and put back.
    df : ndarray
        Upstream gradient, in the shape of f(x).
    h : float
        The step.

    Returns
    -------
    ndarray
        The gradient, in the shape of x.

    Raises
    ------
    TypeError
        x is not an array of real numbers, or df and f(x) are none.
    ValueError
        df does not have the shape of f(x), f changes x, x is read-only or has entries that share
        their memory, or h is not a step: 0, negative, not finite, or lost in rounding.
    """
    _check_centered("eval_numerical_gradient_array", f, x, h)
    f = watched("eval_numerical_gradient_array", f)
    df = numbers_of("eval_numerical_gradient_array", "df", df, real=True)
    grad = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        above, below = _both_sides(f, x, k, h)
        check_upstream("eval_numerical_gradient_array", df, above.shape)
        grad[k] = np.sum((above - below) * df) / (2 * h)  # (6)
    return grad


def eval_numerical_gradient(f, x, verbose=True, h=1e-5):
    """Gradient of a number f(x) with respect to x, by centered differences, equation (3).

    Parameters
    ----------
    f : callable
        Takes x and returns a number.
    x : ndarray of float64, any shape
        Where to differentiate. Each entry is changed in place and put back.
    verbose : bool
        Whether to print every entry.
    h : float
        The step.

    Returns
    -------
    ndarray
        The gradient, in the shape of x.

    Raises
    ------
    TypeError
        x is not an array of real numbers, or f(x) is none.
    ValueError
        f(x) is not one number, f changes x, x is read-only or has entries that share their memory,
        or h is not a step: 0, negative, not finite, or lost in rounding.
    """
    _check_centered("eval_numerical_gradient", f, x, h)
    f = watched("eval_numerical_gradient", f)
    grad = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        above, below = _both_sides(f, x, k, h)
        check_one_number("eval_numerical_gradient", above)
        grad[k] = (above - below) / (2 * h)  # (3)
        if verbose:
            print(k, grad[k])
    return grad


# Chapter: book/foundations/gradients.md
def eval_complex_gradient_array(f, x, df, h=1e-20):
    """Gradient of sum(df * f(x)) with respect to x, by complex steps, equation (8).

    Parameters
    ----------
    f : callable
        Takes a complex array in the shape of x, uses it, and returns an array. It must be
        built from analytic operations: no absolute values, comparisons or casts.
    x : ndarray of float, any shape
        Where to differentiate. It is not changed.
    df : ndarray
        Upstream gradient, in the shape of f(x).
    h : float
        The step.

    Returns
    -------
    ndarray
        The gradient, in the shape of x, correct to a few roundings.

    Raises
    ------
    TypeError
        x is not an array of real numbers, or df and f(x) are none.
    ValueError
        df does not have the shape of f(x), f changes its argument, or h is not a step: 0,
        negative, or not finite.
    """
    check_point("eval_complex_gradient_array", f, x, h)
    f = watched("eval_complex_gradient_array", f, real=False)
    df = numbers_of("eval_complex_gradient_array", "df", df, real=True)
    z = x.astype(np.complex128)
    grad = np.zeros(x.shape)
    for k in np.ndindex(x.shape):
        z[k] = complex(x[k], h)
        out = f(z)
        check_upstream("eval_complex_gradient_array", df, out.shape)
        grad[k] = np.sum(np.imag(out) * df) / h  # (8)
        z[k] = x[k]
    return grad


# Chapter: book/foundations/gradients.md
def check(name, error, bound, published=None):
    """Print an error beside its bound; raise when it is over it.

    Parameters
    ----------
    name : str
        What was compared.
    error : float
        A relative error.
    bound : float
        The largest error allowed, a power of ten from 1e-16 to 1e-1; no relative error is over 1.
    published : str, optional
        The value that others printed for the same check.

    Raises
    ------
    AssertionError
        The error is over its bound, negative, or NaN.
    TypeError
        The error is not one number.
    ValueError
        The bound is not one of these.
    """
    check_scalar("check", f"{name} error", error)
    check_bound(name, bound)
    error, bound = float(error), float(bound)
    line = f"{name} error: {error:.2e}  (bound {bound:.0e})"
    print(line + (f"  published {published}" if published else ""))
    if not 0 <= error <= bound:  # written so that NaN fails
        raise AssertionError(f"{name} error {error:.2e} is over its bound {bound:.0e}")


# Chapter: book/foundations/gradients.md
def check_at_least(name, share, least):
    """Print a share, such as an accuracy, beside what it must reach; raise when it is below.

    Parameters
    ----------
    name : str
        What was measured.
    share : float
        From 0 to 1.
    least : int
        What it must reach, in percent, one of ``nndl.checks.gradient_check.SHARE_BOUNDS``: the
        tens, and from 90 each.

    Raises
    ------
    AssertionError
        The share is below, or not from 0 to 1, or NaN.
    TypeError
        The share is not one number.
    ValueError
        The bound is not one of these.
    """
    check_scalar("check_at_least", name, share)
    check_least(name, least)
    share = float(share)
    # Rounded down, so that what is printed reaches the bound only when the share does.
    shown = math.floor(round(1000 * share, 6)) / 10 if math.isfinite(share) else 100 * share
    print(f"{name}: {shown:.1f} %  (at least {least} %)")
    if not least <= round(100 * share, 6) <= 100:  # written so that NaN fails
        raise AssertionError(f"{name}, {shown:.1f} %, is not from {least} % to 100 %")


# Chapter: book/foundations/gradients.md
def grad_check_sparse(f, x, analytic_grad, num_checks=10, h=1e-5, rng=None):
    """Compare a gradient with centered differences in a few random entries, and print them.

    Parameters
    ----------
    f : callable
        Takes x and returns a number.
    x : ndarray of float64, any shape
        Where to differentiate. Each entry is changed in place and put back.
    analytic_grad : ndarray
        The gradient to test, in the shape of x.
    num_checks : int
        How many entries to draw, with replacement; 1 or more.
    h : float
        The step.
    rng : numpy.random.Generator, optional
        Draws the entries; by default one that is seeded with 0.

    Returns
    -------
    float
        The largest relative error, equation (7).

    Raises
    ------
    TypeError
        x is not an array of real numbers, or the gradient and f(x) are none; num_checks is no
        integer, or rng no generator.
    ValueError
        The gradient does not have the shape of x, f(x) is not one number, f changes x, nothing is
        checked, x is read-only or has entries that share their memory, or h is not a step: 0,
        negative, not finite, or lost in rounding.
    """
    _check_centered("grad_check_sparse", f, x, h)
    f = watched("grad_check_sparse", f)
    analytic_grad = numbers_of("grad_check_sparse", "analytic_grad", analytic_grad, real=True)
    check_sparse("grad_check_sparse", x, analytic_grad, num_checks, rng)
    rng = rng or np.random.default_rng(0)
    worst = 0.0
    for _ in range(num_checks):
        k = tuple(int(rng.integers(size)) for size in x.shape)
        above, below = _both_sides(f, x, k, h)
        check_one_number("grad_check_sparse", above)
        measured = (above - below) / (2 * h)  # (3)
        error = rel_error(measured, analytic_grad[k])
        line = f"{k}: numerical {measured:.6e}, analytic {analytic_grad[k]:.6e}"
        print(f"{line}, error {error:.0e}")
        worst = float(np.maximum(worst, error))  # np.maximum keeps a NaN
    return worst
