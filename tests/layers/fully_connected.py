"""The fully connected networks, as the shared tests see them: each against one formula."""

import copy

import numpy as np

from nndl import fc_net, neural_net
from nndl.gradient_check import eval_numerical_gradient
from tests.layers.cascades import normalized


def scores_of(params, X, norms=None):
    """Scores of a network: ``norms(i, z)`` normalizes the values of hidden layer i, if any."""
    a, L = X, sum(name.startswith("W") for name in params)
    for i in range(1, L + 1):
        a = np.einsum("nd,dm->nm", a, params[f"W{i}"]) + params[f"b{i}"]
        if i < L:
            a = np.maximum(0, norms(i, a) if norms else a)
    return a


def loss_of(params, X, y, reg, norms=None):
    """Cross-entropy and penalty, from the definition."""
    scores = scores_of(params, X, norms)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    weights = sum(np.sum(W**2) for name, W in params.items() if name.startswith("W"))
    return -np.mean(np.log(chances[np.arange(len(y)), y])) + reg / 2 * weights


def close(one, other, bound=1e-6):
    np.testing.assert_allclose(one, other, rtol=bound, atol=bound)


def disturb(net, rng):
    """Move every parameter that starts at 0 or 1 away from there."""
    for name, array in net.params.items():
        if not name.startswith("W"):
            array += 0.3 * rng.normal(size=array.shape)


def check_gradients_of(net, X, y, norms=None):
    """The loss is the formula's, the gradients its numerical ones."""
    loss, grads = net.loss(X, y)
    assert grads.keys() == net.params.keys()
    close(loss, loss_of(net.params, X, y, net.reg, norms), 1e-9)
    for name, array in net.params.items():
        formula = lambda _: loss_of(net.params, X, y, net.reg, norms)  # noqa: E731
        close(grads[name], eval_numerical_gradient(formula, array, verbose=False))


def check_two_layer_net():
    """Scores, loss and gradients of TwoLayerNet, with a penalty and without."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 4)), rng.integers(6, size=5)
    for reg in (0.0, 0.7):
        net = fc_net.TwoLayerNet(4, 6, 6, weight_scale=0.5, reg=reg, seed=1)
        assert 0.3 < net.params["W1"].std() < 0.7
        assert not any(net.params[name].any() for name in ("b1", "b2"))
        disturb(net, rng)
        close(net.loss(X), scores_of(net.params, X), 1e-12)
        check_gradients_of(net, X, y)


def check_first_net():
    """The network of the first assignment: the formula with transposed weights, and its training.

    Where all examples are one and the same, every batch is, and its steps are those of the formula.
    """
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 4)), rng.integers(3, size=5)
    net = neural_net.TwoLayerNet(4, 6, 3, std=0.5, seed=1)
    disturb(net, rng)
    close(net.loss(X), scores_of(turned(net.params), X), 1e-12)
    for reg in (0.0, 0.7):
        loss, grads = net.loss(X, y, reg)
        close(loss, loss_of(turned(net.params), X, y, reg), 1e-9)
        for name, array in net.params.items():
            formula = lambda _: loss_of(turned(net.params), X, y, reg)  # noqa: B023, E731
            close(grads[name], eval_numerical_gradient(formula, array, verbose=False))
    one, label, rate, expected = X[:1].repeat(4, axis=0), y[:1].repeat(4), 0.1, []
    steps = {name: array.copy() for name, array in net.params.items()}
    given = copy.deepcopy(net)
    for step in range(4):
        given.params = steps
        loss, grads = given.loss(one, label, 0.3)
        expected.append(loss)
        steps = {name: array - rate * grads[name] for name, array in steps.items()}
        rate *= 0.5 if step % 2 == 0 else 1  # two steps an epoch
    stats = net.train(one, label, one, label, 0.1, 0.5, 0.3, num_iters=4, batch_size=2)
    close(stats["loss_history"], expected, 1e-9)
    for name, array in steps.items():
        close(net.params[name], array, 1e-9)
    still = net.train(X, y, X, y, 0.0, 1.0, 0.0, num_iters=9, batch_size=1)["loss_history"]
    assert np.ptp(still) > 0, "batches are drawn"


def turned(params):
    """Parameters with their weights as the other networks have them."""
    return {name: array.T for name, array in params.items()}


def check_fully_connected_net():
    """Scores, loss and gradients of FullyConnectedNet; hidden layers are equally wide."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(7, 6)), rng.integers(6, size=7)
    for reg in (0.0, 0.7):
        net = fc_net.FullyConnectedNet([6] * 3, 6, 6, reg=reg, weight_scale=0.6, **DOUBLE)
        assert 0.4 < net.params["W2"].std() < 0.8
        assert not any(net.params[name].any() for name in ("b1", "b2", "b3", "b4"))
        disturb(net, rng)
        close(net.loss(X), scores_of(net.params, X), 1e-12)
        check_gradients_of(net, X, y)


def check_batchnorm_net():
    """In training batch norm uses the batch, in testing its running averages."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(7, 6)), rng.integers(6, size=7)
    options = {"use_batchnorm": True, "reg": 0.3, "weight_scale": 0.6}
    net = fc_net.FullyConnectedNet([6] * 2, 6, 6, **options, **DOUBLE)
    disturb(net, rng)
    shift = lambda i: (net.params[f"gamma{i}"], net.params[f"beta{i}"])  # noqa: E731
    check_gradients_of(net, X, y, lambda i, z: normalized(z, *shift(i)))

    def running(i, z):
        mean, var = (net.bn_params[i - 1][f"running_{name}"] for name in ("mean", "var"))
        return shift(i)[0] * (z - mean) / np.sqrt(var + 1e-5) + shift(i)[1]

    close(net.loss(X), scores_of(net.params, X, running), 1e-10)
    close(net.loss(X[:1]), scores_of(net.params, X[:1], running), 1e-10)


def check_dropout_net():
    """In training units are missing, the same ones for an integer seed; in testing none are."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 6)), rng.integers(6, size=5)
    net = fc_net.FullyConnectedNet([8, 7], 6, 6, dropout=0.6, weight_scale=0.6, **DOUBLE)
    disturb(net, rng)
    loss, grads = net.loss(X, y)
    assert loss == net.loss(X, y)[0]
    assert abs(loss - loss_of(net.params, X, y, 0.0)) > 1e-3
    close(net.loss(X), scores_of(net.params, X), 1e-12)
    for name, array in net.params.items():
        own = lambda _: net.loss(X, y)[0]  # noqa: E731
        close(grads[name], eval_numerical_gradient(own, array, verbose=False))


def check_fully_connected_nets():
    """FullyConnectedNet, plain, with batch norm and with dropout."""
    for check in (check_fully_connected_net, check_batchnorm_net, check_dropout_net):
        check()


DOUBLE = {"dtype": np.float64, "seed": 3}
CHECKS = {
    "fc_net.with_penalty": check_two_layer_net,
    "fc_net.TwoLayerNet": check_two_layer_net,
    "neural_net.TwoLayerNet": check_first_net,
    "fc_net.FullyConnectedNet": check_fully_connected_nets,
}
