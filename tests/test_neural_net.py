"""The course's first network: its published numbers, its training loop, and what it refuses."""

import numpy as np
import pytest

from nndl.gradient_check import eval_numerical_gradient, rel_error
from nndl.neural_net import TwoLayerNet


@pytest.fixture(autouse=True)
def _global_state():
    """NumPy's global state, put back after each test."""
    state = np.random.get_state()  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002


def toy():
    """The course's network and data, drawn from the global state."""
    np.random.seed(0)  # noqa: NPY002
    net = TwoLayerNet(4, 10, 3, std=1e-1)
    np.random.seed(1)  # noqa: NPY002
    return net, 10 * np.random.randn(5, 4), np.array([0, 1, 2, 2, 1])  # noqa: NPY002


def test_the_published_scores_loss_and_training():
    net, X, y = toy()
    published = [
        [-1.07260209, 0.05083871, -0.87253915],
        [-2.02778743, -0.10832494, -1.52641362],
        [-0.74225908, 0.15259725, -0.39578548],
        [-0.38172726, 0.10835902, -0.17328274],
        [-0.64417314, -0.18886813, -0.41106892],
    ]  # the course's table
    assert np.abs(net.loss(X) - published).sum() < 1e-7
    assert abs(net.loss(X, y, reg=0.05)[0] - 1.071696123862817) < 1e-12
    np.random.seed(0)  # noqa: NPY002  (here the notebook makes the network last)
    net = TwoLayerNet(4, 10, 3, std=1e-1)
    stats = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100)
    assert abs(stats["loss_history"][-1] - 0.0145) < 1e-4  # what public runs print
    assert stats["train_acc_history"][-1] == stats["val_acc_history"][-1] == 1
    assert (net.predict(X) == y).all()


def test_the_weights_are_transposed_and_drawn_as_in_the_course():
    net, _, _ = toy()
    np.random.seed(0)  # noqa: NPY002
    for name, shape in (("W1", (10, 4)), ("W2", (3, 10))):
        np.testing.assert_array_equal(net.params[name], 0.1 * np.random.randn(*shape))  # noqa: NPY002
    seeded = [TwoLayerNet(4, 10, 3, seed=7).params["W1"] for _ in range(2)]
    np.testing.assert_array_equal(*seeded)
    assert 9e-5 < TwoLayerNet(3072, 50, 10, seed=0).params["W1"].std() < 11e-5


@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_gradients_are_numerical_ones(rng, reg):
    net = TwoLayerNet(12, 6, 4, std=0.5, seed=1)
    X, y = rng.normal(size=(5, 3, 4)), rng.integers(4, size=5)
    net.params["b1"] += rng.normal(size=6)
    loss, grads = net.loss(X, y, reg)
    assert grads.keys() == net.params.keys()
    squares = sum(np.sum(net.params[name] ** 2) for name in ("W1", "W2"))
    assert loss == pytest.approx(net.loss(X, y)[0] + reg / 2 * squares)
    for name, array in net.params.items():
        number = eval_numerical_gradient(lambda _: net.loss(X, y, reg)[0], array, verbose=False)
        assert rel_error(grads[name], number) < 1e-6


def test_training_measures_each_epoch_and_prints_each_hundredth_step(capsys, rng):
    X, y = rng.integers(0, 255, size=(20, 6)), rng.integers(3, size=20)  # bytes are cast
    stats = TwoLayerNet(6, 5, 3, seed=0).train(
        X, y, X, y, num_iters=101, batch_size=5, learning_rate=1e-6, verbose=True
    )
    assert [len(stats[name]) for name in stats] == [101, 26, 26]
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "iteration 0 / 101",
        "iteration 100 / 101",
    ]
    again = TwoLayerNet(6, 5, 3, seed=0).train(
        X, y, X, y, num_iters=101, batch_size=5, learning_rate=1e-6
    )
    assert again["loss_history"] == stats["loss_history"]


def test_the_learning_rate_decays_after_each_epoch(rng):
    """One example, an epoch a step: each step is half as long as the one before."""
    X, y = rng.normal(size=(1, 4)), np.array([0])
    net = TwoLayerNet(4, 3, 2, std=1e-3, seed=0)
    moved = []
    for steps in (1, 2, 3):
        net = TwoLayerNet(4, 3, 2, std=1e-3, seed=0)
        net.train(X, y, X, y, 1e-6, 0.5, 0, num_iters=steps, batch_size=1)
        moved.append(net.params["b2"][0])
    np.testing.assert_allclose(np.diff([0, *moved]) / moved[0], [1, 0.5, 0.25], rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: TwoLayerNet(0, 5, 3), ValueError, "TwoLayerNet: input_size is 0"),
        (lambda: TwoLayerNet(4, 5.0, 3), TypeError, r"TwoLayerNet: hidden_size is 5.0 \(float\)"),
        (lambda: TwoLayerNet(4, 5, 3, std=-1), ValueError, "TwoLayerNet: std is -1"),
        (lambda: TwoLayerNet(4, 5, 3, seed="a"), TypeError, "TwoLayerNet: seed is 'a'"),
        (lambda: toy()[0].loss(np.ones((2, 3))), ValueError, "affine_forward: x has"),
        (lambda: toy()[0].loss(np.ones((2, 4)), np.array([0, 3])), ValueError, "softmax_loss: y"),
        (lambda: toy()[0].loss(np.ones((2, 4)), None, -1), ValueError, "TwoLayerNet.loss: reg is"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=f"^{message}"):
        call()


def test_a_loss_that_is_no_number_stops_the_training():
    net, X, y = toy()
    message = r"^TwoLayerNet.train: the loss is (nan|inf) at step \d+; learning_rate is 9"
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=message),
    ):
        net.train(X, y, X, y, learning_rate=1e200, num_iters=100)
    with pytest.raises(ValueError, match=r"^TwoLayerNet\.train: batch_size is 0"):
        net.train(X, y, X, y, batch_size=0)


@pytest.mark.parametrize("seed", [None, 3])
def test_a_network_can_be_copied(seed):
    import copy

    net = TwoLayerNet(4, 5, 3, seed=seed)
    assert np.array_equal(copy.deepcopy(net).params["W1"], net.params["W1"])


NO_EXAMPLES = {
    "y_val of two dimensions": ({"y_val": lambda y: y[:, None]}, "X_val has shape .* y_val has"),
    "y_val of one entry": ({"y_val": lambda y: y[:1]}, "X_val has shape .* y_val has"),
    "y_val a number": ({"y_val": lambda y: 1}, "y_val is a int"),
    "y_val without dimensions": ({"y_val": lambda y: y[0]}, r"X_val has .* y_val has shape \(\)"),
    "y_val of texts": ({"y_val": lambda y: y.astype(str)}, "y_val has dtype <U"),
    "no y_val": ({"y_val": lambda y: None}, "y_val is a NoneType"),
    "y_val of floats": ({"y_val": lambda y: y.astype(float)}, "y_val has dtype float64"),
    "y_val of a class too many": ({"y_val": lambda y: y + 1}, "y_val has a label 3, but the"),
    "y of a class too many": ({"y": lambda y: y + 1}, "y has a label 3, but the network has 3"),
    "y longer than X": ({"y": lambda y: np.append(y, 0)}, "X has shape .* y has"),
    "y a list": ({"y": list}, "y is a list"),
    "y masked": ({"y": np.ma.array}, "y is a MaskedArray"),
    "y of a negative label": ({"y": lambda y: y - 1}, "y has a label -1"),
    "X a list": ({"X": list}, "X is a list"),
    "X masked": ({"X": np.ma.array}, "X is a MaskedArray"),
    "X complex": ({"X": lambda X: X + 1j}, "X has dtype complex128"),
    "X_val a list": ({"X_val": list}, "X_val is a list"),
    "X_val complex": ({"X_val": lambda X: X + 1j}, "X_val has dtype complex128"),
    "no example": ({"X": lambda X: X[:0], "y": lambda y: y[:0]}, "X is empty"),
    "none in X_val": ({"X_val": lambda X: X[:0], "y_val": lambda y: y[:0]}, "X_val is empty"),
}


@pytest.mark.parametrize("case", NO_EXAMPLES)
def test_training_refuses_what_are_no_examples_or_labels(case):
    net, X, y = toy()
    changes, message = NO_EXAMPLES[case]
    data = {"X": X, "y": y, "X_val": X, "y_val": y}
    data |= {name: change(data[name]) for name, change in changes.items()}
    before = net.params["W1"].copy()
    with pytest.raises((TypeError, ValueError), match=rf"^TwoLayerNet\.train: {message}"):
        net.train(**data, num_iters=1)
    np.testing.assert_array_equal(net.params["W1"], before)


@pytest.mark.parametrize("call", ["loss", "predict"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (np.ma.array, "is a MaskedArray"),
        (lambda X: X + 1j, "has dtype complex128, expected real numbers"),
        (lambda X: X.astype(str), "has dtype <U"),
        (lambda X: [[1.0, 2.0], [3.0]], "is no array of numbers"),
        (lambda X: None, "has dtype object"),
    ],
)
def test_a_loss_refuses_what_would_be_cast(call, change, message):
    net, X, _ = toy()
    with pytest.raises(TypeError, match=rf"^TwoLayerNet\.{call}: X {message}"):
        getattr(net, call)(change(X))
