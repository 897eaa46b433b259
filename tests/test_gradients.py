"""Gradient checking: the checker itself, against derivatives that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nndl.gradient_check import (
    check,
    eval_complex_gradient_array,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)

FLOATS = st.floats(-10, 10, allow_subnormal=False)


@given(arrays(float, array_shapes(min_dims=0, max_dims=3, max_side=4), elements=FLOATS))
def test_relative_error_is_zero_for_equal_and_one_for_opposite(x):
    assert rel_error(x, x) == 0
    x = np.where(np.abs(x) < 1e-3, 1.0, x)
    assert rel_error(x, -x) == pytest.approx(1)
    assert rel_error(x, 3 * x) == pytest.approx(0.5) == rel_error(3 * x, x)


def test_relative_error_has_the_published_floor():
    assert rel_error(0.0, 0.0) == 0
    assert rel_error(1e-12, 2e-12) == pytest.approx(1e-4)
    assert rel_error(np.zeros((0, 3)), np.zeros((0, 3))) == 0


def test_relative_error_shows_nan_and_infinity():
    assert np.isnan(rel_error([1.0, np.nan], [1.0, 1.0]))
    with np.errstate(invalid="ignore"):
        assert np.isnan(rel_error([np.inf], [1.0]))


def test_relative_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"rel_error: x has shape \(3,\), y has shape \(3, 1\)"):
        rel_error(np.ones(3), np.ones((3, 1)))
    with pytest.raises(ValueError, match="shape"):
        rel_error(np.ones(3), 1.0)


@given(arrays(float, array_shapes(max_dims=3, max_side=4), elements=FLOATS))
def test_numerical_and_complex_gradients_of_a_smooth_function(x):
    df = np.cos(np.arange(x.size)).reshape(x.shape)
    exact, kept = df * np.cos(x) * 2, x.copy()
    measured = eval_numerical_gradient_array(lambda x: 2 * np.sin(x), x, df)
    np.testing.assert_allclose(measured, exact, rtol=1e-6, atol=1e-8)
    complex_step = eval_complex_gradient_array(lambda x: 2 * np.sin(x), x, df)
    np.testing.assert_allclose(complex_step, exact, rtol=1e-12, atol=1e-14)
    scalar = eval_numerical_gradient(lambda x: np.sum(2 * np.sin(x) * df), x, verbose=False)
    np.testing.assert_allclose(scalar, exact, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(x, kept)


def test_the_function_may_read_the_array_instead_of_its_argument():
    x = np.array([[1.0, 2.0]])
    grad = eval_numerical_gradient(lambda _: x[0, 0] ** 2 + 3 * x[0, 1], x, verbose=False)
    np.testing.assert_allclose(grad, [[2, 3]], rtol=1e-9)


def test_a_function_that_reuses_its_output_array():
    buffer = np.zeros(2)

    def twice(x):
        np.multiply(x, 2, out=buffer)
        return buffer

    grad = eval_numerical_gradient_array(twice, np.ones(2), np.ones(2))
    np.testing.assert_allclose(grad, [2, 2], rtol=1e-9)


def test_the_entry_is_put_back_when_the_function_raises():
    x = np.ones(3)

    def fails(x):
        raise RuntimeError("no")

    for measure in (
        lambda: eval_numerical_gradient(fails, x),
        lambda: eval_numerical_gradient_array(fails, x, x),
    ):
        with pytest.raises(RuntimeError):
            measure()
        np.testing.assert_array_equal(x, np.ones(3))


def test_printing_every_entry(capsys):
    eval_numerical_gradient(lambda x: x[0] ** 2, np.array([3.0]))
    assert capsys.readouterr().out.startswith("(0,) 6.0")


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("eval_numerical_gradient", lambda x: eval_numerical_gradient(np.sum, x)),
        ("eval_numerical_gradient_array", lambda x: eval_numerical_gradient_array(np.cos, x, x)),
        ("grad_check_sparse", lambda x: grad_check_sparse(np.sum, x, x)),
    ],
)
def test_only_real_arrays_can_be_moved_a_little(name, measure, capsys):
    with pytest.raises(TypeError, match=f"{name}: x has dtype int64, expected float64"):
        measure(np.arange(3))
    with pytest.raises(TypeError, match=f"{name}: x is a list, expected a NumPy array"):
        measure([1.0, 2.0])
    with pytest.warns(UserWarning, match=f"{name}: x has dtype float32"):
        measure(np.ones(2, np.float32))


def test_an_upstream_gradient_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"df has shape \(2,\), f\(x\) has shape \(3,\)"):
        eval_numerical_gradient_array(np.sin, np.ones(3), np.ones(2))


def test_sparse_check_draws_its_entries_from_the_generator(capsys):
    x = np.random.default_rng(1).normal(size=(5, 4))
    f = lambda x: np.sum(x**3)  # noqa: E731
    assert grad_check_sparse(f, x, 3 * x**2) < 1e-6
    first = capsys.readouterr().out
    assert len(first.splitlines()) == 10
    assert grad_check_sparse(f, x, 3 * x**2, rng=np.random.default_rng(0)) < 1e-6
    assert capsys.readouterr().out == first
    assert grad_check_sparse(f, x, 2 * x**2, num_checks=3) > 0.1
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert np.isnan(grad_check_sparse(f, x, np.full_like(x, np.nan)))
    with pytest.raises(ValueError, match=r"analytic_grad has shape \(4, 5\), x has shape \(5, 4\)"):
        grad_check_sparse(f, x, x.T)


def test_check_prints_the_error_beside_its_bound(capsys):
    check("dx", 3.3671e-9, bound=1e-8)
    check("dw", 0, bound=1e-8, published="4.434e-10")
    assert capsys.readouterr().out == (
        "dx error: 3.37e-09  (bound 1e-08)\n"
        "dw error: 0.00e+00  (bound 1e-08)  published 4.434e-10\n"
    )


@pytest.mark.parametrize("error", [2e-8, 1.0, np.inf, np.nan, -1.0, np.float32(1e-7)])
def test_check_raises_past_its_bound(error, capsys):
    with pytest.raises(AssertionError, match=r"dx error .* is over its bound 1e-08"):
        check("dx", error, bound=1e-8)
    assert "(bound 1e-08)" in capsys.readouterr().out


def test_check_raises_on_shapes_that_differ():
    with pytest.raises(ValueError, match="shape"):
        check("dx", rel_error(np.ones((2, 3)), np.ones((3, 2))), bound=1e-8)
    with pytest.raises(TypeError, match=r"dx error has shape \(2,\), expected one number"):
        check("dx", np.zeros(2), bound=1e-8)


@pytest.mark.parametrize("bound", [3e-8, 0, -1e-8, np.inf, np.nan])
def test_bounds_are_powers_of_ten(bound):
    with pytest.raises(ValueError, match=r"the bound of dx is .*, expected a power of ten"):
        check("dx", 0.0, bound)
