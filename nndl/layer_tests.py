"""The checks that the course's notebooks call by name: each prints and returns relative errors.

Their numbers and shapes are the course's. Random arguments come from a seeded generator, so that a
test prints the same twice. The chapters ``foundations/affine_relu``, ``foundations/losses`` and
``foundations/fully_connected`` make the same checks with bounds.
"""

import numpy as np

from nndl.fc_net import TwoLayerNet
from nndl.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, rel_error
from nndl.layer_utils import affine_relu_backward, affine_relu_forward
from nndl.layers import affine_backward, affine_forward, relu_backward, relu_forward

__all__ = [
    "affine_backward_test",
    "affine_forward_test",
    "affine_relu_test",
    "fc_net_test",
    "rel_error",
    "relu_backward_test",
    "relu_forward_test",
]


def _printed(title, errors):
    print(f"{title}:")
    for name, error in errors.items():
        print(f"{name} error: {error:.2e}")
    return errors


def _check_gradients(title, forward, backward, arguments, dout):
    """Compare a layer's gradients with centered differences."""
    _, cache = forward(*arguments.values())
    grads = backward(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    errors = {}
    for (name, z), grad in zip(arguments.items(), grads, strict=True):
        number = eval_numerical_gradient_array(lambda _: forward(*arguments.values())[0], z, dout)
        errors[f"d{name}"] = rel_error(number, grad)
    return _printed(title, errors)


def affine_forward_test() -> dict[str, float]:
    """``affine_forward`` against the course's table: about 1e-9."""
    x = np.linspace(-0.1, 0.5, num=240).reshape(2, 4, 5, 6)
    w = np.linspace(-0.2, 0.3, num=360).reshape(120, 3)
    out, _ = affine_forward(x, w, np.linspace(-0.3, 0.1, num=3))
    correct = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    return _printed("affine_forward", {"out": rel_error(out, correct)})


def affine_backward_test() -> dict[str, float]:
    """``affine_backward`` against numerical gradients: about 1e-10."""
    rng = np.random.default_rng(0)
    arguments = {"x": rng.normal(size=(10, 2, 3)), "w": rng.normal(size=(6, 5))}
    arguments["b"], dout = rng.normal(size=5), rng.normal(size=(10, 5))
    return _check_gradients("affine_backward", affine_forward, affine_backward, arguments, dout)


def relu_forward_test() -> dict[str, float]:
    """``relu_forward`` against the course's table: 5e-8."""
    out, _ = relu_forward(np.linspace(-0.5, 0.5, num=12).reshape(3, 4))
    correct = [
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.04545455, 0.13636364],
        [0.22727273, 0.31818182, 0.40909091, 0.5],
    ]
    return _printed("relu_forward", {"out": rel_error(out, correct)})


def relu_backward_test() -> dict[str, float]:
    """``relu_backward`` against numerical gradients: about 1e-12."""
    rng = np.random.default_rng(0)
    arguments, dout = {"x": rng.normal(size=(10, 10))}, rng.normal(size=(10, 10))
    return _check_gradients("relu_backward", relu_forward, relu_backward, arguments, dout)


def affine_relu_test() -> dict[str, float]:
    """The cascade of both against numerical gradients: about 1e-9."""
    rng = np.random.default_rng(0)
    arguments = {"x": rng.normal(size=(2, 3, 4)), "w": rng.normal(size=(12, 10))}
    arguments["b"], dout = rng.normal(size=10), rng.normal(size=(2, 10))
    title, forward, backward = "affine_relu", affine_relu_forward, affine_relu_backward
    return _check_gradients(title, forward, backward, arguments, dout)


def fc_net_test() -> dict[str, float]:
    """``TwoLayerNet`` against the course's losses, and its gradients against numerical ones."""
    N, D, H, C = 3, 5, 50, 7
    net = TwoLayerNet(input_dim=D, hidden_dims=H, num_classes=C, weight_scale=1e-2)
    ranges = {"W1": (-0.7, 0.3), "b1": (-0.1, 0.9), "W2": (-0.3, 0.4), "b2": (-0.9, 0.1)}
    for name, (low, high) in ranges.items():
        shape = net.params[name].shape
        net.params[name] = np.linspace(low, high, num=net.params[name].size).reshape(shape)
    X, y = np.linspace(-5.5, 4.5, num=N * D).reshape(D, N).T, np.array([0, 5, 1])
    errors = {}
    for net.reg, correct in ((0.0, 3.4702243556), (1.0, 26.5948426952)):
        errors[f"loss at reg {net.reg:g}"] = rel_error(net.loss(X, y)[0], correct)
    for net.reg in (0.0, 0.7):
        _, grads = net.loss(X, y)
        for name in sorted(grads):
            z = net.params[name]
            number = eval_numerical_gradient(lambda _: net.loss(X, y)[0], z, verbose=False)
            errors[f"{name} at reg {net.reg:g}"] = rel_error(number, grads[name])
    return _printed("TwoLayerNet", errors)
