"""The gradient checker, as the mutation tests see it."""

import contextlib
import io

import numpy as np
import pytest

from nndl import gradient_check


def check_gradient_check():
    """Right gradients pass, wrong ones and NaN do not; one wrong entry among many is seen."""
    x, df = np.random.default_rng(0).normal(size=(3, 4)), np.ones((3, 4))
    kept = x.copy()
    measured = gradient_check.eval_numerical_gradient_array(np.exp, x, df)
    assert np.array_equal(x, kept)
    assert np.abs(measured / np.exp(x) - 1).max() < 1e-9
    assert gradient_check.rel_error(0.0, 1.0) == 1
    assert gradient_check.rel_error(np.ones(1000), np.r_[0.5, np.ones(999)]) > 0.3
    with pytest.raises(ValueError, match="shape"):
        gradient_check.rel_error(np.ones((3, 1)), np.ones(3))
    for error in (1.0, np.nan):
        with pytest.raises(AssertionError), contextlib.redirect_stdout(io.StringIO()):
            gradient_check.check("dx", error, bound=1e-6)


def check_relative_error():
    """By hand: 0.5 between 1 and 3 whatever their order, at most 1, and 0 without a difference."""
    assert gradient_check.rel_error(1.0, 3.0) == gradient_check.rel_error(3.0, 1.0) == 0.5
    assert gradient_check.rel_error(2.0, 2.0) == 0
    assert gradient_check.rel_error(0.25, -0.75) == 1
    assert gradient_check.rel_error(1.0, -3.0) == 1


def check_other_checkers():
    """Sums are weighted by df; a number's gradient is centered; each entry moves by itself."""
    x = np.array([0.5, -1.0, 2.0])
    df = np.array([1.0, -2.0, 0.5])
    right = df * 3 * x**2
    steps = {"eval_numerical_gradient_array": 1e-4, "eval_complex_gradient_array": 1e-20}
    for function, h in steps.items():
        measured = getattr(gradient_check, function)(lambda z: z**3, x, df, h=h)
        assert np.allclose(measured, right, rtol=1e-6)
    measured = gradient_check.eval_numerical_gradient(lambda z: np.sum(z**3), x, False, h=1e-4)
    assert np.allclose(measured, 3 * x**2, rtol=1e-6)


def sparse_error(grad, num_checks=60):
    """The error that is found in a few entries of the gradient of the sum of cubes."""
    x = np.array([0.5, -1.0, 2.0])
    with contextlib.redirect_stdout(io.StringIO()):
        return gradient_check.grad_check_sparse(lambda z: np.sum(z**3), x, grad, num_checks)


def check_sparse_checks():
    """The largest relative error of the entries that are drawn, and NaN where one is."""
    right = 3 * np.array([0.25, 1.0, 4.0])
    assert sparse_error(right) < 1e-6
    assert abs(sparse_error(right * 3) - 0.5) < 1e-6
    for k in range(3):
        wrong = right.copy()
        wrong[k] *= 3
        assert abs(sparse_error(wrong) - 0.5) < 1e-6
        wrong[k] = np.nan
        assert np.isnan(sparse_error(wrong))


def check_all():
    """All of them."""
    check_gradient_check()
    check_relative_error()
    check_other_checkers()
    check_sparse_checks()


CHECKS = {"gradient_check": check_all}
