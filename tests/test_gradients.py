"""Gradient checking: the checker itself, against derivatives that are known."""

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, from_dtype

from nndl.gradient_check import (
    check,
    check_at_least,
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


def exact_error(a, b):
    """Equation (7) in fractions, which neither wrap around nor overflow nor round."""
    a, b = (Fraction(*v.as_integer_ratio()) if isinstance(v, np.floating) else Fraction(int(v))
            for v in (a, b))  # fmt: skip
    return float(abs(a - b) / max(Fraction(1, 10**8), abs(a) + abs(b)))


@given(st.data())
def test_relative_error_of_every_dtype_is_that_of_the_equation(data):
    """Differences of integers wrap around, of float16 and float32 they overflow."""
    kinds = st.sampled_from("?bBhHiIlLefdg")
    x, y = (
        data.draw(from_dtype(np.dtype(kind), allow_nan=False, allow_infinity=False))
        for kind in (data.draw(kinds), data.draw(kinds))
    )
    expected, error = exact_error(x, y), rel_error(x, y)
    assert 0 <= error <= 1
    assert error == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert rel_error([x], [y]) == error == rel_error(y, x)


@pytest.mark.parametrize(
    ("x", "y", "error"),
    [
        (np.uint8(200), np.uint8(100), 1 / 3),
        (np.uint8([0, 1]), np.uint8([255, 2]), 1.0),
        (np.int8(100), np.int8(-100), 1.0),
        (np.int64(-(2**63)), np.int64(2**63 - 1), 1.0),
        (np.uint64([1, 2]), np.uint64([2, 1]), 1 / 3),
        (True, False, 1.0),
        (np.zeros(2, "e"), np.zeros(2, "e"), 0.0),
        (np.float16(6e-8), np.float16(0), 1.0),
        (np.float32(3e38), np.float32(-3e38), 1.0),
        (1.7e308, -1.7e308, 1.0),
        (1.7e308, 1.7e308 / 3, 0.5),
        (1.7e308 + 1.7e308j, -1.7e308 - 1.7e308j, 1.0),
        (np.complex64(3e38 + 3e38j), np.complex64(0), 1.0),
        (1 + 1j, 1 - 1j, 1 / np.sqrt(2)),
        (2**53 + 1, 2**53, 0.0),  # one part in 10**16 is what float64 rounds
        (5e-324, 0.0, 0.0),
    ],
)
def test_relative_errors_that_are_known(x, y, error):
    assert rel_error(x, y) == pytest.approx(error, rel=1e-7, abs=1e-12)


@given(arrays(complex, 4, elements=st.complex_numbers(max_magnitude=1e300)), st.floats(-9, 9))
def test_relative_error_of_complex_numbers_is_never_above_one(x, factor):
    assert 0 <= rel_error(x, factor * x) <= 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ma.masked_array([1.0], [True]), r"is a MaskedArray, expected a plain .*\.filled"),
        (np.ma.masked, "is a MaskedConstant, expected"),
        (np.ones((1, 2)).view(np.matrix), r"is a matrix, expected a plain .* np.asarray\("),
        ("one", "has dtype <U3, expected numbers"),
        (None, "has dtype object, expected numbers"),
        (np.datetime64("2020-01-01"), r"has dtype datetime64\[D\], expected numbers"),
        ([[1.0], [1.0, 2.0]], "is no array of numbers: "),
    ],
    ids=repr,
)
def test_what_is_no_array_of_numbers_has_no_relative_error(value, message):
    with pytest.raises(TypeError, match=f"^rel_error: x {message}"):
        rel_error(value, value)
    with pytest.raises(TypeError, match=f"^rel_error: y {message}"):
        rel_error(1.0, value)


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
    with pytest.raises(TypeError, match=f"{name}: x has dtype float16, expected float64"):
        measure(np.ones(2, np.float16))
    with pytest.warns(UserWarning, match=f"{name}: x has dtype float32"):
        measure(np.ones(2, np.float32))


# Each checker with the arguments that a test changes, all others as they should be.
CHECKERS = {
    "eval_numerical_gradient": lambda x, f=np.sum, h=1e-5: eval_numerical_gradient(f, x, h=h),
    "eval_numerical_gradient_array": lambda x, f=np.sin, h=1e-5, **df: (
        eval_numerical_gradient_array(f, x, **{"df": np.ones(np.shape(x))} | df, h=h)
    ),
    "eval_complex_gradient_array": lambda x, f=np.sin, h=1e-5, **df: eval_complex_gradient_array(
        f, x, **{"df": np.ones(np.shape(x))} | df, h=h
    ),
    "grad_check_sparse": lambda x, f=np.sum, h=1e-5, **other: grad_check_sparse(
        f, x, **{"analytic_grad": np.ones(np.shape(x))} | other, h=h
    ),
}
NUMERICAL = [name for name in CHECKERS if "complex" not in name]
LOSSES = ["eval_numerical_gradient", "grad_check_sparse"]
ARRAYS = [name for name in CHECKERS if name.endswith("_array")]
each_checker = pytest.mark.parametrize("name", CHECKERS)


def refused(name, error, message, *arguments, **named):
    """The checker ``name`` raises, and x is as before."""
    with pytest.raises(error, match=f"^{name}: {message}"):
        CHECKERS[name](*arguments, **named)


@each_checker
@pytest.mark.parametrize(
    ("h", "error", "message"),
    [
        (0, ValueError, "h is 0, expected a number above 0"),
        (0.0, ValueError, r"h is 0\.0, expected"),
        (-1e-5, ValueError, "h is -1e-05, expected"),
        (np.nan, ValueError, "h is nan, expected"),
        (np.inf, ValueError, "h is inf, expected"),
        (1e-5j, TypeError, r"h is 1e-05j \(complex\), expected one real number"),
        ("1e-5", TypeError, "h is '1e-5'"),
        (None, TypeError, "h is None"),
        (True, TypeError, "h is True"),
        (np.full(3, 1e-5), TypeError, r"h has shape \(3,\), expected one number"),
    ],
)
def test_a_step_that_is_none(name, h, error, message):
    refused(name, error, message, np.ones(3), h=h)


@pytest.mark.parametrize("name", NUMERICAL)
def test_a_step_that_rounding_loses(name):
    refused(name, ValueError, "h is 1e-17, lost in rounding beside 1.0 in x", np.ones(3), h=1e-17)
    refused(name, ValueError, "h is 1e-05, lost in rounding beside 1e", np.array([0.0, 1e30]))
    refused(name, ValueError, "h is 1e-05, lost in rounding beside inf", np.array([0.0, np.inf]))


def test_a_complex_step_may_be_small():
    x = np.array([1e30, 1.0])
    x.flags.writeable = False  # it is not written to, either
    np.testing.assert_allclose(CHECKERS["eval_complex_gradient_array"](x, np.positive), [1, 1])


@each_checker
@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1.0, 2.0], "x is a list, expected a NumPy array"),
        (1.0, "x is a float, expected a NumPy array"),
        (np.arange(3), "x has dtype int64, expected float64"),
        (np.ones(3, bool), "x has dtype bool, expected float64"),
        (np.ones(3, complex), "x has dtype complex128, expected float64"),
        (np.ones(3, np.float16), "x has dtype float16, expected float64"),
        (np.ma.masked_array(np.ones(3), [0, 0, 1]), r"x is a MaskedArray, .* x\.filled"),
        (np.ones((1, 2)).view(np.matrix), r"x is a matrix, expected a plain .* np.asarray\(x\)"),
    ],
    ids=repr,
)
def test_what_cannot_be_differentiated_at(name, x, message):
    refused(name, TypeError, message, x)


@each_checker
def test_what_is_no_function(name):
    refused(name, TypeError, "f is a ndarray, expected a function", np.ones(2), f=np.ones(2))


@pytest.mark.parametrize("name", NUMERICAL)
def test_read_only_arrays_are_refused_before_anything_runs(name, tmp_path):
    np.save(tmp_path / "x.npy", np.ones(3))
    locked = np.ones(3)
    locked.flags.writeable = False
    fails = lambda x: 1 / 0  # noqa: E731
    for x in (locked, np.load(tmp_path / "x.npy", mmap_mode="r"), np.broadcast_to(1.0, (2, 3))):
        refused(name, ValueError, "x is read-only, .*; give a copy", x, f=fails)
    x = np.load(tmp_path / "x.npy", mmap_mode="r+")
    CHECKERS[name](x)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), np.ones(3))


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("shape", [(2,), (1,), (), (3, 1), (1, 3), (3, 3)])
def test_an_upstream_gradient_of_another_shape_is_not_broadcast(name, shape):
    message = rf"df has shape {re.escape(str(shape))}, f\(x\) has shape \(3,\)"
    refused(name, ValueError, message, np.ones(3), df=np.ones(shape))


@pytest.mark.parametrize("name", ARRAYS)
def test_an_upstream_gradient_of_another_kind(name):
    x = np.array([0.5, 1.0])
    for df in ([1, 2], np.array([1, 2], np.uint8), np.array([1, 2], np.float16)):
        np.testing.assert_allclose(CHECKERS[name](x, df=df), np.cos(x) * [1, 2], rtol=1e-9)
    refused(name, TypeError, "df has dtype complex128, expected real", x, df=np.ones(2, complex))
    masked = np.ma.masked_array(np.ones(2), [True, False])
    refused(name, TypeError, "df is a MaskedArray", x, df=masked)
    refused(name, TypeError, "df has dtype object", x, df=None)


def test_bytes_that_a_function_returns_do_not_wrap_around():
    """They are a step function; where a step lies within h, its slope is negative here."""
    falls = lambda x: np.array([200, 100], np.uint8)[(x > 0).astype(int)]  # noqa: E731
    x = np.zeros(1)
    assert eval_numerical_gradient_array(falls, x, np.ones(1), 0.5) == -100
    assert eval_numerical_gradient(lambda x: falls(x)[0], x, False, 0.5) == -100


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_one_real_number(name):
    x = np.ones(3)
    refused(name, ValueError, r"f\(x\) has shape \(3,\), expected one number", x, f=np.sin)
    for result, came in ((None, "object"), (1j, "complex128"), ("loss", "<U4")):
        with pytest.raises(TypeError, match=f"^f: its result has dtype {came}, expected real"):
            CHECKERS[name](x, f=lambda _, result=result: result)
    np.testing.assert_array_equal(x, np.ones(3))


@pytest.mark.parametrize(
    ("named", "error", "message"),
    [
        ({"num_checks": 0}, ValueError, "num_checks is 0, expected 1 or more"),
        ({"num_checks": -1}, ValueError, "num_checks is -1, expected 1 or more"),
        ({"num_checks": 2.5}, TypeError, r"num_checks is 2.5 \(float\), expected an integer"),
        ({"num_checks": None}, TypeError, r"num_checks is None"),
        ({"num_checks": True}, TypeError, r"num_checks is True"),
        ({"rng": 0}, TypeError, "rng is a int, expected a numpy.random.Generator"),
        ({"rng": np.random.RandomState(0)}, TypeError, "rng is a RandomState, expected"),
        ({"analytic_grad": 1.0}, ValueError, r"analytic_grad has shape \(\), x has shape"),
        ({"analytic_grad": None}, TypeError, "analytic_grad has dtype object"),
        ({"analytic_grad": np.ones(3, complex)}, TypeError, "analytic_grad has dtype complex128"),
    ],
)
def test_a_sparse_check_that_would_check_nothing(named, error, message):
    refused("grad_check_sparse", error, message, np.ones(3), **named)


def test_a_sparse_check_of_no_entries():
    message = r"x has shape \(0, 2\), expected an entry to check"
    refused("grad_check_sparse", ValueError, message, np.ones((0, 2)))


def test_a_sparse_check_of_bytes(capsys):
    """Without another dtype, their difference from a measured 1 would wrap around."""
    assert grad_check_sparse(np.sum, np.ones(3), np.full(3, 255, np.uint8)) > 0.99
    assert grad_check_sparse(np.sum, np.ones(3), [1, 1, 1]) < 1e-9


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


@pytest.mark.parametrize("bound", [1, 1.0, 10, 1e5, np.float32(1)])
def test_a_bound_that_no_error_is_over_is_refused(bound, capsys):
    with pytest.raises(ValueError, match=r"the bound of dx is .* no relative error is above 1"):
        check("dx", 0.0, bound)
    assert capsys.readouterr().out == ""


WRONG = [True, np.True_, "1e-9", None, 1e-9j, np.float16(0), np.ma.masked, np.ma.array(0.0)]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_an_error_a_bound_and_a_share_are_real_numbers(wrong, capsys):
    with pytest.raises(TypeError, match=r"(?s)^check: dx error is .*, expected one real number"):
        check("dx", wrong, bound=1e-8)
    with pytest.raises(
        TypeError, match=r"(?s)^check: the bound of dx is .*, expected one real number"
    ):
        check("dx", 0.0, wrong)
    with pytest.raises(
        TypeError, match=r"(?s)^check_at_least: score is .*, expected one real number"
    ):
        check_at_least("score", wrong, 90)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("least", [0, -10, 100, 95.5, 90.0, np.nan, True, None, "90", [90]])
def test_what_a_share_must_reach_is_above_nothing_and_below_all(least, capsys):
    """Every share is at least 0, and only a perfect one 100 %."""
    with pytest.raises(ValueError, match=r"^check_at_least: the bound of score is .*, expected 10"):
        check_at_least("score", 0.99, least)
    assert capsys.readouterr().out == ""


def test_numbers_of_any_real_kind_are_compared(capsys):
    check("dx", np.array(1e-9), bound=np.float64(1e-8))
    check("dx", np.longdouble("1e-9"), bound=1e-8)
    check("dx", np.uint8(0), bound=1e-8)
    check_at_least("score", np.float32(0.995), np.int64(99))
    assert len(capsys.readouterr().out.splitlines()) == 4


def overwriting(x):
    x *= -1
    return x.sum()


def flattening(x):
    x[x.real < 0] = 0
    return x.sum()


def raising(x):
    x += 1
    raise ArithmeticError


def call_of(name, f, x):
    """A gradient check of ``f``, which returns a number, at x."""
    upstream = {"eval_numerical_gradient": (False,), "grad_check_sparse": (np.zeros(x.shape), 40)}
    return MEASURES[name](f, x, *upstream.get(name, (1.0,)))


MEASURES = {
    "eval_numerical_gradient": eval_numerical_gradient,
    "eval_numerical_gradient_array": eval_numerical_gradient_array,
    "eval_complex_gradient_array": eval_complex_gradient_array,
    "grad_check_sparse": grad_check_sparse,
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("f", [overwriting, flattening, raising])
@pytest.mark.parametrize("start", [[-3.0], [1.0, -2.0, np.nan]], ids=repr)
def test_a_function_that_changes_its_argument_is_refused_and_x_put_back(name, f, start, capsys):
    x = np.array(start)
    wanted = ArithmeticError if f is raising else ValueError
    with pytest.raises(wanted, match=None if f is raising else f"^{name}: f changes x in place"):
        call_of(name, f, x)
    np.testing.assert_array_equal(x, start)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize(
    ("result", "message"),
    [
        (True, "dtype bool"),
        (np.True_, "dtype bool"),
        (np.ones(2, bool), "dtype bool"),
        (np.ma.array([1.0, 2.0]), "MaskedArray"),
        ([[1.0], [1.0, 2.0]], "no array of numbers"),
    ],
)
def test_results_that_have_no_gradient(name, result, message):
    with pytest.raises(TypeError, match=f"^f: its result .*{message}"):
        call_of(name, lambda x: result, np.ones(2))


@pytest.mark.parametrize("name", [name for name in MEASURES if "complex" not in name])
@pytest.mark.parametrize("strides", [(0,), (4,)])
def test_entries_that_share_their_memory_are_refused(name, strides):
    x = np.lib.stride_tricks.as_strided(np.ones(4), (3,), strides)
    with pytest.raises(ValueError, match=f"^{name}: x has entries that share their memory"):
        call_of(name, np.sum, x)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[::2, ::-1],
        lambda x: x.T,
        lambda x: x.transpose(1, 0)[::3],
        lambda x: x[:0, ::2],
        lambda x: x[:1, ::2][:, :0],
        lambda x: x[0, 0],
    ],
)
def test_views_whose_entries_lie_apart_are_moved(view):
    x = np.asarray(view(np.arange(24.0).reshape(4, 6)))
    gradient = eval_numerical_gradient(lambda x: np.sum(x * 3), x, verbose=False)
    np.testing.assert_allclose(gradient, np.full(x.shape, 3.0))


def test_a_window_over_a_window_is_refused():
    x = np.lib.stride_tricks.sliding_window_view(np.arange(6.0), 3, writeable=True)
    with pytest.raises(ValueError, match="share their memory"):
        eval_numerical_gradient(np.sum, x, verbose=False)


@pytest.mark.parametrize("value", [np.inf, -np.inf, complex(np.inf, np.inf), complex(0, -np.inf)])
def test_relative_errors_of_infinities_are_nan_without_a_warning(value):
    assert np.isnan(rel_error([value], [value]))
    assert np.isnan(rel_error([value], [-value]))
