"""The two losses: what the shared tests of tests/layers do not say of them."""

import warnings

import numpy as np
import pytest

from nndl.fast.losses import softmax_loss_fast, svm_loss_fast
from nndl.gradient_check import eval_complex_gradient_array
from nndl.layers import softmax_loss, svm_loss

HINGES, ENTROPIES = (svm_loss, svm_loss_fast), (softmax_loss, softmax_loss_fast)
LOSSES = HINGES + ENTROPIES
each_loss = pytest.mark.parametrize("loss_of", LOSSES)


@pytest.mark.parametrize("loss_of", HINGES)
def test_the_hinge_by_hand(loss_of):
    x = np.array([[3.2, 4.1, 2.7, 1.2, -0.4], [0.0, 5.0, 4.0, 4.5, -9.0]])
    loss, dx = loss_of(x, np.array([0, 1]))
    assert loss == pytest.approx((2.4 + 0.5) / 2)  # 4.0 is on the margin of 5.0: no loss, no pull
    np.testing.assert_array_equal(dx, [[-1, 0.5, 0.5, 0, 0], [0, -0.5, 0, 0.5, 0]])


@pytest.mark.parametrize("loss_of", ENTROPIES)
def test_the_entropy_by_hand(loss_of):
    loss, dx = loss_of(np.log([[1.0, 2, 5]]), np.array([2]))
    assert loss == pytest.approx(np.log(8 / 5))
    np.testing.assert_allclose(8 * dx, [[1, 2, -3]])


@each_loss
def test_the_first_loss_of_a_network(loss_of, rng):
    x, y = 1e-3 * rng.normal(size=(50, 10)), rng.integers(10, size=50)
    expected = 9 if loss_of in HINGES else np.log(10)
    assert loss_of(x, y)[0] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("loss_of", [svm_loss, softmax_loss])
def test_gradients_equal_the_complex_step(loss_of, rng):
    x, y = 3 * rng.normal(size=(6, 5)), rng.integers(5, size=6)
    through = eval_complex_gradient_array(lambda x: np.array(loss_of(x, y)[0]), x, 1.0)
    np.testing.assert_allclose(loss_of(x, y)[1], through, atol=1e-15)


@pytest.mark.parametrize("loss_of", ENTROPIES)
def test_no_warning_at_extreme_scores(loss_of, rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype in (np.float32, np.float64):
            loss, dx = loss_of(rng.uniform(-1e4, 1e4, (9, 4)).astype(dtype), np.arange(9) % 4)
            assert np.isfinite(loss)
            assert np.abs(dx.sum(axis=1)).max() < 1e-6


@pytest.mark.parametrize("loss_of", ENTROPIES)
def test_a_perfect_answer_costs_nothing(loss_of):
    loss, dx = loss_of(np.array([[1e4, 0.0, 0.0]]), np.array([0]))
    assert str(loss) == "0.0"  # not -0.0
    assert not dx.any()


@each_loss
def test_nan_is_not_hidden(loss_of, rng):
    x, y = rng.normal(size=(3, 4)), np.array([0, 1, 2])
    for row, column in ((0, 0), (1, 3)):  # a right score and a wrong one
        with_nan = x.copy()
        with_nan[row, column] = np.nan
        loss, dx = loss_of(with_nan, y)
        assert np.isnan(loss)
        assert np.isfinite(np.delete(dx, row, 0)).all()
        assert np.isnan(dx[row]).all() == (loss_of in ENTROPIES)


@each_loss
def test_one_class_and_one_example(loss_of):
    loss, dx = loss_of(np.array([[7.0]]), np.array([0]))
    assert loss == 0
    np.testing.assert_array_equal(dx, [[0.0]])


@each_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_have_the_dtype_of_the_scores(loss_of, dtype, rng):
    x, y = rng.normal(size=(4, 3)).astype(dtype), np.array([0, 1, 2, 0])
    loss, dx = loss_of(x, y)
    assert loss.dtype == dx.dtype == dtype
    for labels in (y.astype(np.uint8), y.astype(np.int16), y.astype(np.uint64)):
        np.testing.assert_array_equal(loss_of(x, labels)[1], dx)


@pytest.mark.parametrize(("naive", "fast"), [(svm_loss, svm_loss_fast), ENTROPIES])
def test_many_scores_are_shared_among_the_threads(naive, fast, rng):
    from nndl.fast.losses import MIN_PARALLEL_WORK

    rows = MIN_PARALLEL_WORK // 32
    x, y = rng.normal(size=(rows, 33)), rng.integers(33, size=rows)
    (loss, dx), (loss_fast, dx_fast) = naive(x, y), fast(x, y)
    assert loss_fast == pytest.approx(loss, rel=1e-13)
    np.testing.assert_allclose(dx_fast, dx, atol=1e-18)


@each_loss
@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        (np.ones(3), [0, 1, 2], ValueError, r"x has 1 dimensions \(3,\), expected 2"),
        (np.ones((3, 2), bool), [0, 1, 0], TypeError, "x has dtype bool, expected"),
        ([[1.0, 2.0]], [0], TypeError, "x is a list, expected a NumPy array"),
        (np.ones((3, 2)), [0, 1], ValueError, "y has 2 labels, x has 3 rows of scores"),
        (np.ones((3, 2)), [[0], [1], [0]], ValueError, r"y has 2 dimensions \(3, 1\), expected 1"),
        (np.ones((3, 2)), [0, 2, 1], ValueError, "y has the label 2, expected 0 to 1"),
        (np.ones((3, 2)), [0, -1, 1], ValueError, "y has the label -1, expected 0 to 1"),
        (np.ones((3, 2)), [0.0, 1.0, 1.0], TypeError, "y has dtype float64, expected integers"),
        (np.ones((2, 2)), [True, False], TypeError, "y has dtype bool, expected integers"),
        (np.ones((0, 2)), np.zeros(0, int), ValueError, r"x has shape \(0, 2\), expected 1 row"),
        (np.ones((1, 0)), [0], ValueError, r"x has shape \(1, 0\), expected 1 row and 1 class"),
    ],
)
def test_bad_arguments_are_named(loss_of, x, y, error, message):
    with pytest.raises(error, match=f"^{loss_of.__name__}: {message}"):
        loss_of(x, np.array(y))


@each_loss
def test_labels_are_an_array(loss_of):
    with pytest.raises(TypeError, match=f"^{loss_of.__name__}: y is a list, expected a NumPy arr"):
        loss_of(np.ones((2, 2)), [0, 1])


def test_the_compiled_losses_take_float32_and_float64_only():
    for loss_of in (svm_loss_fast, softmax_loss_fast):
        with pytest.raises(TypeError, match="x has dtype float16, expected float32 or float64"):
            loss_of(np.ones((2, 2), np.float16), np.array([0, 1]))


@pytest.mark.parametrize(("score", "dtype"), [(3e7, np.float32), (1e17, np.float64)])
@pytest.mark.parametrize("loss", [svm_loss, svm_loss_fast])
def test_margins_of_large_scores_keep_their_1(loss, score, dtype):
    """Added to the score before the other one is subtracted, the 1 would be rounded away."""
    value, dx = loss(np.full((1, 3), score, dtype), np.array([0]))
    assert value == 2
    assert dx.tolist() == [[-2, 1, 1]]
