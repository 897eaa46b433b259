"""Grids of images and figures: no NaN, right counts, and descriptions that say the numbers."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nndl import vis_utils
from nndl.vis_utils import (
    confusion_counts,
    confusion_matrix,
    misclassified,
    training_curves,
    vis_grid,
    vis_nn,
    visualize_grid,
)

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _closed():
    """No figure stays open; an open window is not wanted."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


def drawn(fig):
    """The figure, drawn as a whole: a warning on the way is an error."""
    fig.canvas.draw()
    assert len(fig.alt.split()) >= 5
    return fig


# ---------------------------------------------------------------- grids


def course_grid(Xs, ubound, padding):
    """The course's ``visualize_grid``, for images with contrast."""
    N, H, W, C = Xs.shape
    side = int(np.ceil(np.sqrt(N)))
    grid = np.zeros((H * side + padding * (side - 1), W * side + padding * (side - 1), C))
    for n, image in enumerate(Xs):
        y, x = n // side * (H + padding), n % side * (W + padding)
        low, high = image.min(), image.max()
        grid[y : y + H, x : x + W] = ubound * (image - low) / (high - low)
    return grid


@pytest.mark.parametrize("N", [1, 2, 4, 5, 9, 32])
def test_visualize_grid_is_the_course_s(N, rng):
    Xs = rng.normal(size=(N, 4, 5, 3))
    np.testing.assert_allclose(visualize_grid(Xs), course_grid(Xs, 255.0, 1), atol=1e-10)
    grid = visualize_grid(Xs, ubound=1.0, padding=3)
    np.testing.assert_allclose(grid, course_grid(Xs, 1.0, 3), atol=1e-12)
    side = int(np.ceil(np.sqrt(N)))
    assert visualize_grid(Xs, padding=0).shape == (4 * side, 5 * side, 3)


ANY = st.one_of(
    hnp.arrays(np.float64, (5, 2, 3, 1), elements=st.floats(allow_nan=False, allow_infinity=False)),
    hnp.arrays(np.uint8, (5, 2, 3, 1)),
)


@given(ANY)
def test_grids_of_any_finite_images_are_finite_and_in_range(Xs):
    kept = Xs.copy()
    for grid, most in (
        (visualize_grid(Xs), 255),
        (vis_grid(Xs), 1),
        (vis_nn([list(Xs[:3]), list(Xs[3:])]), 1),
    ):
        assert np.isfinite(grid).all()
        assert 0 <= grid.min() <= grid.max() <= most
    np.testing.assert_array_equal(Xs, kept)


def test_a_image_without_contrast_is_gray_and_the_others_keep_theirs():
    """The course divides 0 by 0."""
    Xs = np.stack([np.full((2, 2, 1), 7.0), np.arange(4.0).reshape(2, 2, 1)])
    grid = visualize_grid(Xs, ubound=1.0, padding=0)
    np.testing.assert_array_equal(grid[:2, :2], 0.5)
    np.testing.assert_allclose(grid[:2, 2:, 0], [[0, 1 / 3], [2 / 3, 1]])
    np.testing.assert_array_equal(visualize_grid(np.zeros((1, 2, 2, 3))), 127.5)
    np.testing.assert_array_equal(vis_grid(np.ones((1, 2, 2, 3))), 0.5)


def test_vis_grid_has_one_scale_for_all_images():
    Xs = np.array([0.0, 1, 2, 3, 4])[:, None, None, None] * np.ones((1, 2, 3, 1))
    grid = vis_grid(Xs)
    assert grid.shape == (9, 12, 1)
    for n in range(5):
        y, x = n // 3 * 3, n % 3 * 4
        np.testing.assert_allclose(grid[y : y + 2, x : x + 3], n / 4)
    assert not grid[2::3].any()
    assert not grid[6:].any()


def test_vis_nn_has_a_row_for_each_row():
    one = np.ones((2, 2, 3))
    grid = vis_nn([[0 * one, 1 * one, 2 * one], [4 * one]])
    assert grid.shape == (6, 9, 3)
    np.testing.assert_array_equal(grid[:2, [0, 3, 6], 0], [[0, 0.25, 0.5]] * 2)
    np.testing.assert_array_equal(grid[3:5, :2], 1)
    np.testing.assert_array_equal(grid[3:, 2:], 0.25)


def course_rows(rows):
    """The course's rows of images: ones, on which they are laid, on one scale."""
    H, W, C = rows[0][0].shape
    G = np.ones((len(rows) * (H + 1), len(rows[0]) * (W + 1), C))
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            G[y * (H + 1) : y * (H + 1) + H, x * (W + 1) : x * (W + 1) + W] = image
    return (G - G.min()) / (G.max() - G.min())


@pytest.mark.parametrize(("low", "high"), [(-3, 5), (0, 1), (2, 9), (-8, -4), (0, 255)])
def test_vis_nn_is_the_course_s(rng, low, high):
    rows = rng.uniform(low, high, size=(3, 4, 5, 6, 3))
    grid = vis_nn(rows)
    np.testing.assert_allclose(grid, course_rows(rows), rtol=1e-12, atol=1e-15)
    between = (1 - min(low, 1)) / (max(high, 1) - min(low, 1))  # 1, on that scale
    np.testing.assert_allclose(grid[5::6], between, atol=0.05)
    assert (low, high) != (0, 1) or (grid[5::6] == 1).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: visualize_grid(np.ones((4, 3, 3))), ValueError, r"Xs has shape \(4, 3, 3\), exp"),
        (lambda: visualize_grid(np.ones((0, 3, 3, 1))), ValueError, r"shape \(0, 3, 3, 1\)"),
        (lambda: visualize_grid(np.full((1, 2, 2, 1), np.nan)), ValueError, "NaN or infinite"),
        (lambda: visualize_grid(np.ones((1, 2, 2, 1), complex)), TypeError, "dtype complex128"),
        (lambda: visualize_grid(np.ones((1, 2, 2, 1)), padding=-1), ValueError, "padding is -1"),
        (lambda: visualize_grid(np.ones((1, 2, 2, 1)), padding=1.0), TypeError, "padding is 1.0"),
        (lambda: visualize_grid(np.ones((1, 2, 2, 1)), "a"), TypeError, "ubound is 'a'"),
        (lambda: vis_grid(np.ones((2, 2))), ValueError, r"Xs has shape \(2, 2\)"),
        (lambda: vis_nn([[np.ones((2, 2))]]), ValueError, r"rows\[0\]\[0\] has shape \(2, 2\)"),
        (
            lambda: vis_nn([[np.ones((2, 2, 1)), np.ones((3, 2, 1))]]),
            ValueError,
            r"shapes \[\(2, 2, 1\), \(3, 2, 1\)\], expected one shape",
        ),
        (lambda: vis_nn([]), ValueError, r"shapes \[\], expected one shape"),
    ],
)
def test_images_that_do_not_fit_are_refused(call, error, message):
    with pytest.raises(error, match=f"^(visualize_grid|vis_grid|vis_nn): .*{message}"):
        call()


# ---------------------------------------------------------------- training curves


RUN = {
    "loss_history": [2.3, 1.5, 0.5, 0.25],
    "train_acc_history": [0.1, 0.5, 1.0],
    "val_acc_history": [0.125, 0.75, 0.5],
}


class Finished:
    """What a solver has after training."""

    def __init__(self, run):
        vars(self).update(run)


@pytest.mark.parametrize("run", [RUN, Finished(RUN)])
def test_the_curves_of_a_run_are_its_histories(run):
    fig = drawn(training_curves(run))
    left, right = fig.axes
    np.testing.assert_array_equal(left.lines[0].get_ydata(), RUN["loss_history"])
    np.testing.assert_array_equal(left.lines[0].get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), RUN["val_acc_history"])
    np.testing.assert_array_equal(right.lines[1].get_ydata(), RUN["train_acc_history"])
    assert [t.get_text() for t in right.get_legend().get_texts()] == ["validation", "training"]
    for words in (
        "loss goes from 2.3 to 0.25 in 4 iterations",
        "training accuracy from 0.1 to 1",
        "validation accuracy from 0.125 to 0.5, at best 0.75 after epoch 1",
    ):
        assert words in fig.alt


def test_the_curves_of_several_runs_differ_in_more_than_color():
    fig = drawn(training_curves({"adam": RUN, "sgd": Finished(RUN)}))
    left, right = fig.axes
    assert left.lines[1].get_linestyle() != left.lines[3].get_linestyle()
    assert right.lines[0].get_linestyle() != right.lines[2].get_linestyle()
    assert [t.get_text() for t in left.get_legend().get_texts()] == ["adam", "sgd"]
    assert "adam: the loss goes from 2.3" in fig.alt
    assert "sgd: the loss goes from 2.3" in fig.alt


def test_long_histories_are_averaged(rng):
    losses = list(rng.normal(size=1000))
    fig = drawn(training_curves(RUN | {"loss_history": losses}))
    smooth = fig.axes[0].lines[1].get_ydata()
    for k in (0, 5, 19, 20, 999):
        np.testing.assert_allclose(smooth[k], np.mean(losses[max(0, k - 19) : k + 1]), atol=1e-12)


def test_a_run_without_accuracies_has_only_losses():
    run = {"loss_history": [1.0], "train_acc_history": [], "val_acc_history": []}
    fig = drawn(training_curves(run))
    assert fig.alt.endswith("The loss goes from 1 to 1 in 1 iteration.")


@pytest.mark.parametrize(
    ("runs", "error", "message"),
    [
        ({}, ValueError, "runs is an empty dict"),
        (3, TypeError, "runs is a int without loss_history, expected a Solver"),
        ({"a": 3}, TypeError, "a is a int without loss_history"),
        ({"loss_history": [1.0]}, TypeError, "runs is a dict without train_acc_history"),
        (RUN | {"loss_history": []}, ValueError, "runs has no losses"),
        (
            RUN | {"val_acc_history": [1.0]},
            ValueError,
            "runs has 3 training and 1 validation accuracies",
        ),
    ],
)
def test_what_is_no_run_is_refused(runs, error, message):
    with pytest.raises(error, match=f"^training_curves: {message}"):
        training_curves(runs)


# ---------------------------------------------------------------- answers


Y = np.array([0, 0, 1, 1, 1, 2, 2, 2])
ANSWERS = np.array([0, 1, 1, 2, 2, 2, 2, 0])


@given(st.data())
def test_confusion_counts_are_counts(data):
    N, C = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 5))
    labels = hnp.arrays(np.int64, N, elements=st.integers(0, C - 1))
    y, predictions = data.draw(labels), data.draw(labels)
    expected = np.zeros((C, C), int)
    np.add.at(expected, (y, predictions), 1)
    np.testing.assert_array_equal(confusion_counts(y, predictions, C), expected)


def test_small_integers_do_not_overflow_in_the_counts():
    y = np.array([99, 0], np.uint8)
    assert confusion_counts(y, y, 100)[99, 99] == 1


def test_a_confusion_matrix_has_its_counts_and_says_them():
    fig = drawn(confusion_matrix(Y, ANSWERS, ["cat", "dog", "ship"]))
    (ax,) = fig.axes
    cells = {(round(t.get_position()[1]), round(t.get_position()[0])): t for t in ax.texts}
    found = {place: int(t.get_text()) for place, t in cells.items()}
    assert found == {(0, 0): 1, (0, 1): 1, (1, 1): 1, (1, 2): 2, (2, 2): 2, (2, 0): 1}
    corners = {(round(p.get_y() + 0.5), round(p.get_x() + 0.5)): p for p in ax.patches}
    shares = {place: float(patch.get_alpha()) for place, patch in corners.items()}
    rows = {0: 2, 1: 3, 2: 3}  # of each class
    assert shares == pytest.approx({(i, j): n / rows[i] for (i, j), n in found.items()})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cat", "dog", "ship"]
    assert "4 of 8 are right, an accuracy of 0.500." in fig.alt
    assert "dog taken for ship (2), cat taken for dog (1), ship taken for cat (1)." in fig.alt


def test_a_class_without_examples_gives_no_nan():
    fig = drawn(confusion_matrix([0, 0], [0, 0], range(3)))
    assert [float(patch.get_alpha()) for patch in fig.axes[0].patches] == [1]
    assert fig.alt.endswith("2 of 2 are right, an accuracy of 1.000.")


def test_the_misclassified_images_are_those_that_are_wrong(rng):
    X, mean = rng.normal(size=(8, 1, 4, 5)), rng.normal(size=(1, 4, 5))
    fig = drawn(misclassified(X, Y, ANSWERS, ["c0", "c1", "c2"], mean_image=mean, columns=3))
    shown = [ax for ax in fig.axes if ax.images]
    assert len(fig.axes) == 6  # 4 images in rows of 3
    wrong = np.flatnonzero(Y != ANSWERS)
    assert len(shown) == len(wrong) == 4
    for ax, n in zip(shown, wrong, strict=True):
        image = (X[n] + mean)[0]
        expected = (image - image.min()) / np.ptp(image)
        np.testing.assert_allclose(ax.images[0].get_array(), expected, atol=1e-12)
        assert ax.get_title() == f"c{Y[n]}, not c{ANSWERS[n]}"
    assert fig.alt.startswith("The 4 images of 8 that are answered wrongly: c0 taken for c1, ")


def test_of_many_misclassified_images_the_first_are_shown(rng):
    X = rng.normal(size=(50, 3, 4, 4)).astype(np.float32)
    fig = drawn(misclassified(X, np.zeros(50, int), np.ones(50, int), ["a", "b"], most=12))
    assert sum(bool(ax.images) for ax in fig.axes) == 12
    assert fig.axes[0].images[0].get_array().shape == (4, 4, 3)
    assert fig.alt.startswith("The first 12 of the 50 images of 50")


def test_without_mistakes_the_figure_says_so(rng):
    fig = drawn(misclassified(rng.normal(size=(8, 1, 4, 4)), Y, Y, range(3)))
    assert fig.alt == "No images: all 8 answers are right."
    assert fig.texts[0].get_text() == "none of 8 images is wrong"


X = np.ones((8, 1, 4, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: confusion_matrix(Y, ANSWERS, 3), TypeError, "classes is 3"),
        (lambda: confusion_matrix(Y, ANSWERS, "abc"), TypeError, "classes is 'abc'"),
        (lambda: confusion_matrix(Y, ANSWERS, ["a", "b"]), ValueError, "y has the label 2, exp"),
        (lambda: confusion_matrix(Y, -ANSWERS, range(3)), ValueError, "predictions has the label"),
        (lambda: confusion_matrix(Y, ANSWERS[:3], range(3)), ValueError, r"shape \(3,\).* of y"),
        (lambda: confusion_matrix(Y / 1, ANSWERS, range(3)), TypeError, "y has dtype float64"),
        (lambda: confusion_matrix(Y[:0], Y[:0], range(3)), ValueError, r"y has shape \(0,\)"),
        (lambda: confusion_counts(Y, ANSWERS, 2.0), TypeError, "num_classes is 2.0"),
        (lambda: confusion_counts(Y, ANSWERS, 2), ValueError, "y has the label 2"),
        (lambda: misclassified(X[:3], Y, ANSWERS, range(3)), ValueError, r"X has shape \(3, 1,"),
        (lambda: misclassified(X[:, 0], Y, ANSWERS, range(3)), ValueError, "X has 3 dimensions"),
        (lambda: misclassified(X, Y, ANSWERS, range(3), most=0), ValueError, "most is 0"),
        (lambda: misclassified(X, Y, ANSWERS, range(3), columns=2.5), TypeError, "columns is 2.5"),
        (
            lambda: misclassified(X, Y, ANSWERS, range(3), mean_image=X[0, :, :3]),
            ValueError,
            r"mean_image has shape \(1, 3, 4\), expected \(1, 4, 4\), that of an image",
        ),
        (lambda: misclassified(X + np.nan, Y, ANSWERS, range(3)), ValueError, "X has NaN"),
    ],
)
def test_answers_that_do_not_fit_are_refused(call, error, message):
    with pytest.raises(error, match=f"^(confusion_[a-z]+|misclassified): .*{message}"):
        call()
    assert not plt.get_fignums()


def test_matplotlib_is_imported_only_when_something_is_drawn():
    code = "import sys, nndl.vis_utils; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_docstrings_and_the_list_of_names_agree():
    for name in vis_utils.__all__:
        assert "Parameters" in getattr(vis_utils, name).__doc__
