# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/networks/seeing.md
"""``nndl.seeing``, in the order in which the book derives it."""

import copy

import numpy as np

from nndl.checks.arguments import check_seed, check_sizes
from nndl.checks.seeing import (
    check_asked,
    check_classes,
    check_cover,
    check_features,
    check_layer,
    check_part,
    check_steps,
    check_window,
)
from nndl.convnet import BatchNorm, Conv, Dropout, Layer, Residual, back_through
from nndl.fast.losses import softmax_loss_fast
from nndl.fast.optim import adam_fast

# Chapter: book/networks/seeing.md
__all__ = [
    "class_gradient",
    "class_visualization",
    "feature_inversion",
    "fooling_image",
    "grad_cam",
    "occlusion_map",
    "saliency_map",
    "smooth_grad",
    "vjp",
]


# Chapter: book/networks/seeing.md
class Scale(Layer):
    """A batch norm whose statistics are constants, equation (3)."""

    def __init__(self, net, norm):
        gamma, beta = (net.params[name] for name in norm.names)
        kept = {"running_mean": 0 * gamma, "running_var": 0 * gamma, "eps": 1e-5} | norm.bn_param
        scale = gamma / np.sqrt(kept["running_var"] + kept["eps"])
        shift = beta - kept["running_mean"] * scale
        column = (-1,) + (1,) * (len(norm.shape) - 1)  # a channel's numbers, for all its places
        self.scale = scale.reshape(column).astype(net.dtype)
        self.shift = shift.reshape(column).astype(net.dtype)
        self.rectified = norm.rectified

    def forward(self, net, x):
        out = x * self.scale + self.shift
        passed = out > 0 if self.rectified else np.ones_like(out, bool)
        return out * passed, passed

    def backward(self, dout, cache, grads):
        return dout * cache * self.scale  # (3)


def after_training(net, layers):
    """Layers that compute what ``layers`` do in test mode, and lead back to the image."""
    made = []
    for layer in map(copy.copy, layers):
        if isinstance(layer, Dropout):
            continue
        if isinstance(layer, BatchNorm):
            layer = Scale(net, layer)
        elif isinstance(layer, Conv):
            layer.need_dx = True  # the first one has had no use for it
        elif isinstance(layer, Residual):
            layer.layers = after_training(net, layer.layers)
        made.append(layer)
    return made


# Chapter: book/networks/seeing.md
def vjp(net, x, start=0, stop=None):
    """Run some layers of a network as in test mode, and return the way back with the output.

    The network and its modes stay as they are.

    Parameters
    ----------
    net : ConvNet
        Trained or not.
    x : array_like
        What goes into layer ``start``: images (N, C, H, W) if it is the first. Their height and
        width need not be those of the training images, if no affine layer without an average
        follows.
    start, stop : int
        Layers ``net.layers[start:stop]``; without ``stop`` the last is that of the scores.

    Returns
    -------
    out : ndarray
        What comes out of the last of them, in the dtype of the network.
    backward : callable
        Takes dout, in the shape of out, and returns dx, in the shape of x.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument or the layer inside.
    """
    check_part("vjp", net, x, start, stop)
    layers = after_training(net, net.layers[start:stop])
    out, caches = net.through(layers, np.asarray(x, net.dtype))
    return out, lambda dout: back_through(layers, np.asarray(dout, net.dtype), caches, {})


def class_gradient(net, X, y):
    """The gradient of one score of each image with respect to the image.

    Parameters
    ----------
    net : ConvNet
        The network.
    X : ndarray, shape (N, C, H, W)
        Images, as the network is given them.
    y : ndarray of int, shape (N,)
        The class of each image whose score is meant; it need not be the right one.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        dx, from (2).

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_asked("class_gradient", net, X, y)
    scores, backward = vjp(net, X)
    return backward(np.eye(scores.shape[1])[y])  # (2)


# Chapter: book/networks/seeing.md
def saliency_map(net, X, y):
    """How much each pixel would move the score of class y, equation (4).

    Parameters
    ----------
    net, X, y
        As for ``class_gradient``.

    Returns
    -------
    ndarray, shape (N, H, W)
        The largest size of the gradient over the channels.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_asked("saliency_map", net, X, y)
    return np.abs(class_gradient(net, X, y)).max(axis=1)  # (4)


def smooth_grad(net, X, y, noise=0.2, draws=25, seed=None):
    """The mean of ``class_gradient`` over noisy copies of each image, equation (5).

    Parameters
    ----------
    net, X, y
        As for ``class_gradient``.
    noise : float
        Standard deviation of what is added to each pixel.
    draws : int
        Copies of each image.
    seed : int or numpy.random.Generator, optional
        For the noise.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        The mean gradient. Its size, as in ``saliency_map``, is what is usually shown.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_asked("smooth_grad", net, X, y)
    check_steps("smooth_grad", noise=noise)
    check_sizes("smooth_grad", draws=draws)
    check_seed("smooth_grad", seed)
    rng, total = np.random.default_rng(seed), 0
    for _ in range(draws):
        total = total + class_gradient(net, X + noise * rng.normal(size=X.shape), y)
    return total / draws  # (5)


# Chapter: book/networks/seeing.md
def grad_cam(net, X, y, layer):
    """What the maps of a layer say for class y, at each of their places, equation (6).

    Parameters
    ----------
    net, X, y
        As for ``class_gradient``.
    layer : int
        Its place in ``net.layers``; usually the ReLU after the last convolution.

    Returns
    -------
    ndarray, shape (N, H', W')
        0 or more, for each place of that layer's maps.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_asked("grad_cam", net, X, y)
    check_layer("grad_cam", net, layer, maps=True)
    a, _ = vjp(net, X, stop=layer + 1)
    scores, backward = vjp(net, a, start=layer + 1)
    da = backward(np.eye(scores.shape[1])[y])  # (2)
    alpha = da.mean(axis=(2, 3))
    return np.maximum(0, np.einsum("nk,nkij->nij", alpha, a))  # (6)


def occlusion_map(net, X, y, size=5, stride=1, value=0.0):
    """What the score of class y loses when a window is covered, equation (7).

    Parameters
    ----------
    net, X, y
        As for ``class_gradient``.
    size, stride : int
        Height and width of the window, and the pixels from one to the next.
    value : float or ndarray
        What covers it: a number, or an image (C, H, W) of which the same window is taken. Where a
        mean image was subtracted from X, 0 is that mean.

    Returns
    -------
    ndarray, shape (N, H', W')
        For each window, H' = 1 + (H - size) // stride; negative where covering helps.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_asked("occlusion_map", net, X, y)
    check_sizes("occlusion_map", size=size, stride=stride)
    check_window("occlusion_map", X, size)
    check_cover("occlusion_map", X, value)
    cover, n = np.broadcast_to(value, X.shape[1:]), np.arange(len(X))
    before = vjp(net, X)[0][n, y]
    rows, columns = (range(0, pixels - size + 1, stride) for pixels in X.shape[2:])
    lost = np.empty((len(X), len(rows), len(columns)), net.dtype)
    for i, u in enumerate(rows):
        for j, v in enumerate(columns):
            covered = X.copy()
            covered[:, :, u : u + size, v : v + size] = cover[:, u : u + size, v : v + size]
            lost[:, i, j] = before - vjp(net, covered)[0][n, y]  # (7)
    return lost


# Chapter: book/networks/seeing.md
def class_visualization(net, y, steps=100, learning_rate=0.2, reg=1.0):
    """Images with a high score, climbed to from an image of zeros, equation (8).

    Parameters
    ----------
    net : ConvNet
        The network.
    y : ndarray of int, shape (N,)
        A class for each image to be made.
    steps : int
        Steps of gradient ascent.
    learning_rate, reg : float
        Their size, and the strength of the L2 penalty on the pixels.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        The images, of the size of the training images.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_classes("class_visualization", net, y)
    check_sizes("class_visualization", steps=steps)
    check_steps("class_visualization", learning_rate=learning_rate, reg=reg)
    x = np.zeros((len(y), *net.input_dim), net.dtype)
    for _ in range(steps):
        x += learning_rate * (class_gradient(net, x, y) - reg * x)  # (8)
    return x


def fooling_image(net, X, y, step=0.01, most=1.0):
    """Go along the sign of the loss's gradient until the answer is not y, equation (9).

    The gradient is taken once, at X: the fast gradient sign method. Pixels may leave the range of
    images, from black to white.

    Parameters
    ----------
    net, X : ConvNet, ndarray (N, C, H, W)
        As for ``class_gradient``.
    y : ndarray of int, shape (N,)
        The right classes.
    step, most : float
        By how much every pixel is moved: ``step``, 2 * ``step``, and so on, up to ``most``.

    Returns
    -------
    X : ndarray, shape (N, C, H, W)
        For each image the first that is not answered by y. An image whose answer is wrong already,
        or stays right up to ``most``, is returned as it was.
    size : ndarray, shape (N,)
        By how much its pixels were moved; 0 if it was wrong already, and inf if it stayed right.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_asked("fooling_image", net, X, y)
    check_steps("fooling_image", step=step, most=most)
    scores, backward = vjp(net, X)
    _, dscores = softmax_loss_fast(scores, y)
    direction = np.sign(backward(dscores))  # (9)
    fooled, size = np.array(X, net.dtype), np.full(len(X), np.inf)
    for t in np.arange(0, most + step / 2, step) if step else (0.0,):
        moved = (X + t * direction).astype(net.dtype)
        new = (vjp(net, moved)[0].argmax(axis=1) != y) & (size == np.inf)
        fooled[new], size[new] = moved[new], t
    return fooled, size


def feature_inversion(net, features, layer, steps=150, learning_rate=0.05, reg=1e-3, seed=None):
    """Images whose features at a layer are the given ones, as nearly as found, (10).

    Parameters
    ----------
    net : ConvNet
        The network.
    features : ndarray, shape (N, ...)
        What comes out of that layer: ``vjp(net, X, stop=layer + 1)[0]`` of some images.
    layer : int
        Its place in ``net.layers``.
    steps : int
        Steps of Adam.
    learning_rate, reg : float
        Of Adam, and the strength of the L2 penalty on the pixels.
    seed : int or numpy.random.Generator, optional
        For the faint noise at the start.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        The images, of the size of the training images.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_features("feature_inversion", net, features, layer)
    check_sizes("feature_inversion", steps=steps)
    check_steps("feature_inversion", learning_rate=learning_rate, reg=reg)
    check_seed("feature_inversion", seed)
    noise = np.random.default_rng(seed).normal(size=(len(features), *net.input_dim))
    x, config = (0.01 * noise).astype(net.dtype), {"learning_rate": learning_rate}
    for _ in range(steps):
        a, backward = vjp(net, x, stop=layer + 1)
        dx = backward(a - features) + reg * x  # (10)
        x, config = adam_fast(x, dx.astype(net.dtype), config)
    return x
