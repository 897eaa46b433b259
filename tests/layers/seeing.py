"""What the gradient shows, as the shared tests see it: against numerical gradients and formulas."""

import numpy as np

from nndl import seeing
from nndl.convnet import ConvNet
from nndl.gradient_check import eval_numerical_gradient_array
from tests.layers.fully_connected import DOUBLE, close, disturb

SMALL = [("conv", 3), "batchnorm", "relu", "pool", ("conv", 3), "relu", "average"]


def network(layers=SMALL, size=(2, 6, 4)):
    """A network whose batch norms have seen a batch, and one image for each of two classes."""
    rng = np.random.default_rng(0)
    net = ConvNet(layers, size, 4, **DOUBLE)
    disturb(net, rng)
    net.loss(rng.normal(size=(8, *size)), rng.integers(4, size=8))
    return net, rng.normal(size=(2, *size)), np.array([3, 1])


def check_vjp():
    """The output is that of test mode, and the way back its numerical gradient, for any part."""
    kinds = [("residual", [("conv", 3), "batchnorm", "relu"]), ("affine", 4), "batchnorm"]
    for layers in (SMALL, [("conv", 3), *kinds, "relu", ("dropout", 0.5)]):
        net, X, _ = network(layers)
        close(seeing.vjp(net, X)[0], net.loss(X), 1e-12)
        close(seeing.vjp(net, seeing.vjp(net, X, stop=2)[0], 2)[0], net.loss(X), 1e-12)
        maps = np.random.default_rng(2).normal(size=(2, 3, 6, 4))  # no ties for the pool
        for start, given in ((0, X), (2, maps)):
            out, backward = seeing.vjp(net, given, start)
            dout = np.random.default_rng(1).normal(size=out.shape)
            part = lambda x, net=net, start=start: seeing.vjp(net, x, start)[0]  # noqa: E731
            close(backward(dout), eval_numerical_gradient_array(part, given, dout))


def check_maps():
    """Each map is its formula, of gradients that are numerical ones."""
    net, X, y = network()
    dout = np.eye(4)[y]
    dx = eval_numerical_gradient_array(net.loss, X, dout)
    close(seeing.class_gradient(net, X, y), dx)
    close(seeing.saliency_map(net, X, y), np.abs(dx).max(axis=1))
    close(seeing.smooth_grad(net, X, y, noise=0.0, draws=3), dx)
    rng = np.random.default_rng(7)
    copies = [X + 0.3 * rng.normal(size=X.shape) for _ in range(2)]
    mean = sum(eval_numerical_gradient_array(net.loss, x, dout) for x in copies) / 2
    close(seeing.smooth_grad(net, X, y, 0.3, 2, seed=7), mean)


def check_grad_cam():
    """With means at the end, the weights are the affine layer's, over the number of places."""
    net, X, y = network()
    last = len(net.layers) - 3
    maps, _ = seeing.vjp(net, X, stop=last + 1)
    w = net.params["W3"][:, y] / maps[0, 0].size
    assert (w < 0).any()
    assert (w > 0).any()
    wanted = np.maximum(0, sum(w[k][:, None, None] * maps[:, k] for k in range(3)))
    assert wanted.any()
    close(seeing.grad_cam(net, X, y, last), wanted, 1e-12)


def check_occlusion():
    """Each entry is the score that is lost; neither the image nor the cover is changed."""
    net, X, y = network()
    cover, before = np.full(X.shape[1:], 0.5), X.copy()
    lost = seeing.occlusion_map(net, X, y, 3, 2, cover)
    assert lost.shape == (2, 2, 1)
    np.testing.assert_array_equal(X, before)
    for i in range(2):
        covered = X.copy()
        covered[:, :, 2 * i : 2 * i + 3, :3] = 0.5
        fall = (net.loss(X) - net.loss(covered))[[0, 1], y]
        close(lost[:, i, 0], fall, 1e-12)


def check_made_images():
    """Scores rise, answers turn wrong by the smallest step of the grid, features come near."""
    net, X, y = network([("conv", 3), "relu"])
    made = seeing.class_visualization(net, y, steps=20, learning_rate=0.1, reg=0.5)
    gain = net.loss(made)[[0, 1], y] - 0.25 * np.sum(made**2, axis=(1, 2, 3))
    assert (gain > net.loss(0 * made)[[0, 1], y]).all()
    answers = net.predict(X)
    fooled, size = seeing.fooling_image(net, X, answers, step=0.05, most=3.0)
    assert np.isfinite(size).all()
    assert (net.predict(fooled) != answers).all()
    close(np.abs(fooled - X).max(axis=(1, 2, 3)), size, 1e-12)
    less = X + (fooled - X) * (1 - 0.05 / size)[:, None, None, None]
    assert (net.predict(less) == answers).all()
    features, _ = seeing.vjp(net, X, stop=2)
    found = seeing.feature_inversion(net, features, 1, steps=200, reg=0.0, seed=0)
    off = np.sum((seeing.vjp(net, found, stop=2)[0] - features) ** 2)
    assert off < 0.2 * np.sum(features**2)


def check_seeing():
    """Everything of ``nndl.seeing``."""
    for check in (check_vjp, check_maps, check_grad_cam, check_occlusion, check_made_images):
        check()


CHECKS = {"seeing": check_seeing}
