"""ConvNet, as the shared tests see it. Small: here the layers may be interpreted."""

import numpy as np

from nndl import convnet
from tests.layers.conv import one_sum
from tests.layers.fully_connected import DOUBLE, close, disturb


def check_gradients():
    """The gradients are the loss's slope in a direction; no parameter is left out."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 2, 5, 4)), rng.integers(4, size=5)
    layers = [("conv", 3), "batchnorm", "relu", ("residual", [("conv", 3), "relu"]), "pool"]
    net = convnet.ConvNet([*layers, "average", ("dropout", 1.0)], (2, 5, 4), 4, reg=0.3, **DOUBLE)
    disturb(net, rng)
    _, grads = net.loss(X, y)
    assert grads.keys() == net.params.keys()
    start = {name: array.copy() for name, array in net.params.items()}
    way = {name: rng.normal(size=array.shape) for name, array in start.items()}

    def loss_at(h):
        net.params = {name: start[name] + h * way[name] for name in start}
        return net.loss(X, y)[0]

    slope = (loss_at(1e-6) - loss_at(-1e-6)) / 2e-6
    close(slope, sum(np.sum(grads[name] * way[name]) for name in start))


def check_penalty():
    """Weights are penalized, and nothing else is."""
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(3, 1, 2, 2)), rng.integers(3, size=3)
    net = convnet.ConvNet([("affine", 3), "relu"], (1, 2, 2), 3, reg=0.7, **DOUBLE)
    disturb(net, rng)
    penalty = 0.5 * 0.7 * sum(np.sum(net.params[name] ** 2) for name in ("W1", "W2"))
    (loss, grads), net.reg = net.loss(X, y), 0.0
    close(loss - net.loss(X, y)[0], penalty, 1e-12)
    for name, grad in net.loss(X, y)[1].items():
        close(grads[name] - grad, 0.7 * net.params[name] * (name[0] == "W"), 1e-12)


def check_a_formula():
    """A residual block and an average are what their equations say."""
    rng = np.random.default_rng(1)
    net = convnet.ConvNet(
        [("conv", 3), ("residual", [("conv", 3), "relu"]), "average"], (2, 5, 4), 6, **DOUBLE
    )
    disturb(net, rng)
    X, p, same = rng.normal(size=(4, 2, 5, 4)), net.params, {"stride": 1, "pad": 1}
    x = one_sum(X, p["W1"], p["b1"], same)
    x = x + np.maximum(0, one_sum(x, p["W2"], p["b2"], same))
    close(net.loss(X), x.mean(axis=(2, 3)) @ p["W3"] + p["b3"], 1e-12)


def check_modes():
    """Scores come from running averages and without dropout; masks are drawn anew in training."""
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(6, 2, 4, 4)), rng.integers(3, size=6)
    layers = [("conv", 8, 1), "batchnorm", "relu", "average", ("affine", 40), ("dropout", 0.9)]
    net = convnet.ConvNet(layers, (2, 4, 4), 3, **DOUBLE)
    losses = [net.loss(X, y)[0] for _ in range(2)]
    assert losses[0] != losses[1]
    close(net.loss(X)[:1], net.loss(X[:1]), 1e-12)
    close(net.loss(X), net.loss(X), 1e-15)
    zeros = []
    dropout = next(layer for layer in net.layers if isinstance(layer, convnet.Dropout))
    net.dropout_param["mode"] = "train"
    for _ in range(30):
        zeros.append(np.mean(dropout.forward(net, np.ones((6, 40)))[0] == 0))
    assert 0.05 < np.mean(zeros) < 0.15


def check_first_weights():
    """The spread of what goes through many layers stays what it was."""
    net = convnet.ConvNet([("affine", 100), "relu"] * 8, (100, 2, 2), **DOUBLE)
    a, _ = net.through(net.layers[:-1], np.random.default_rng(3).normal(size=(30, 100, 2, 2)))
    assert 0.05 < np.mean(a**2) < 5
    assert not any(net.params[name].any() for name in net.params if name[0] == "b")


def check_convnet():
    """ConvNet and its layers."""
    for check in (
        check_gradients,
        check_penalty,
        check_a_formula,
        check_modes,
        check_first_weights,
    ):
        check()


CHECKS = {
    f"convnet.{name}": check_convnet for name in ("ConvNet", "Residual", "Average", "Dropout")
}
