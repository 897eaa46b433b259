"""What the tests compare with: the same mathematics, written in another way."""

import numpy as np

from nndl.gradient_check import eval_numerical_gradient_array


def assert_close(ours, theirs, dtype=np.float64):
    """Equal to rounding: the error is measured against the array's largest entry."""
    assert ours.shape == theirs.shape
    assert ours.dtype == dtype
    bound = 1e-12 if dtype == np.float64 else 1e-5
    largest = max(1.0, np.abs(theirs).max(initial=0.0))
    assert np.abs(ours - theirs).max(initial=0.0) <= bound * largest


def gradients_of(f, arguments, dout):
    """Gradients of sum(dout * f(*arguments)) with respect to each argument, by differences."""
    return [eval_numerical_gradient_array(lambda _: f(*arguments), z, dout) for z in arguments]
