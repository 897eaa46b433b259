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


CHECKS = {"gradient_check": check_gradient_check}
