"""ThreeLayerConvNet, as the shared tests see it: against one formula."""

import numpy as np

from nndl import cnn
from nndl.gradient_check import eval_numerical_gradient
from tests.layers.cascades import normalized, pooled_windows
from tests.layers.conv import one_sum
from tests.layers.fully_connected import DOUBLE, close, disturb

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def scores_of(params, X, norms=None):
    """Scores of the network: ``norms(i, z)`` normalizes what goes into ReLU i, if anything."""
    same = {"stride": 1, "pad": params["W1"].shape[2] // 2}
    norms = norms or (lambda i, z: z)
    z = norms(1, one_sum(X, params["W1"], params["b1"], same))
    a = pooled_windows(np.maximum(0, z), POOL).max(axis=-1)
    z = norms(2, np.einsum("nd,dm->nm", a.reshape(len(X), -1), params["W2"]) + params["b2"])
    return np.einsum("nd,dm->nm", np.maximum(0, z), params["W3"]) + params["b3"]


def loss_of(params, X, y, reg, norms=None):
    """Cross-entropy and penalty, from the definition."""
    scores = scores_of(params, X, norms)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    weights = sum(np.sum(params[f"W{i}"] ** 2) for i in (1, 2, 3))
    return -np.mean(np.log(chances[np.arange(len(y)), y])) + reg / 2 * weights


def batch_norms(params):
    """Batch norm in training, from the definition."""
    return lambda i, z: normalized(z, params[f"gamma{i}"], params[f"beta{i}"])


def running_norms(net):
    """Batch norm in testing: with the running averages that the network keeps."""

    def norms(i, z):
        column = (1, -1) + (1,) * (z.ndim - 2)
        names = (net.params[f"gamma{i}"], net.params[f"beta{i}"])
        gamma, beta = (array.reshape(column) for array in names)
        averages = (net.bn_params[i - 1][f"running_{name}"] for name in ("mean", "var"))
        mean, var = (array.reshape(column) for array in averages)
        return gamma * (z - mean) / np.sqrt(var + 1e-5) + beta

    return norms


def check_gradients_of(net, X, y, norms=None):
    """The loss is the formula's, the gradients its numerical ones."""
    loss, grads = net.loss(X, y)
    assert grads.keys() == net.params.keys()
    close(loss, loss_of(net.params, X, y, net.reg, norms), 1e-9)
    for name, array in net.params.items():
        formula = lambda _: loss_of(net.params, X, y, net.reg, norms)  # noqa: E731
        close(grads[name], eval_numerical_gradient(formula, array, verbose=False))


def check_plain():
    """Scores, loss and gradients, with a penalty and without; an odd row is left over."""
    rng = np.random.default_rng(0)
    for reg, (H, W) in ((0.0, (5, 4)), (0.7, (4, 6))):
        X, y = rng.normal(size=(4, 2, H, W)), rng.integers(6, size=4)
        net = cnn.ThreeLayerConvNet((2, H, W), 3, 3, 6, 6, weight_scale=0.5, reg=reg, **DOUBLE)
        assert 0.3 < net.params["W2"].std() < 0.7
        assert not any(net.params[name].any() for name in ("b1", "b2", "b3"))
        disturb(net, rng)
        close(net.loss(X), scores_of(net.params, X), 1e-12)
        check_gradients_of(net, X, y)


def check_batch_norm():
    """In training batch norm uses the batch, in testing its running averages."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 2, 4, 4)), rng.integers(6, size=6)
    options = {"use_batchnorm": True, "weight_scale": 0.5, "reg": 0.3}
    net = cnn.ThreeLayerConvNet((2, 4, 4), 3, 3, 6, 6, **options, **DOUBLE)
    disturb(net, rng)
    check_gradients_of(net, X, y, batch_norms(net.params))
    for some in (X, X[:1]):
        close(net.loss(some), scores_of(net.params, some, running_norms(net)), 1e-10)


def check_three_layer_convnet():
    """ThreeLayerConvNet, plain and with batch norm."""
    check_plain()
    check_batch_norm()


CHECKS = {"cnn": check_three_layer_convnet}
