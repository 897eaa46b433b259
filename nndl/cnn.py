# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/networks/three_layer_convnet.md
#     book/networks/cifar10.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.cnn``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.arguments import check_dtype, check_flag, check_number, check_seed, check_sizes
from nndl.checks.cnn import check_filter_size, check_input, check_input_dim
from nndl.checks.convnet import check_layer, check_list, check_residual
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.batchnorm import batchnorm_backward_fast, batchnorm_forward_fast
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.dropout import dropout_backward_fast, dropout_forward_fast
from nndl.fast.losses import softmax_loss_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.relu import relu_backward_fast, relu_forward_fast
from nndl.fast.spatial_batchnorm import (
    spatial_batchnorm_backward_fast,
    spatial_batchnorm_forward_fast,
)
from nndl.fast.spatial_batchnorm_relu import (
    spatial_batchnorm_relu_backward_fast,
    spatial_batchnorm_relu_forward_fast,
)
from nndl.fc_net import with_penalty
from nndl.internal.elsewhere import elsewhere
from nndl.layer_utils import (
    affine_batchnorm_relu_backward,
    affine_batchnorm_relu_forward,
    affine_relu_backward,
    affine_relu_forward,
)
from nndl.model.network import Network

__all__ = [
    "ConvNet",
    "ThreeLayerConvNet",
    "affine_backward",
    "affine_batchnorm_relu_backward",
    "affine_batchnorm_relu_forward",
    "affine_forward",
    "affine_layernorm_relu_backward",
    "affine_layernorm_relu_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_naive",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_forward_fast",
    "conv_forward_im2col",
    "conv_forward_naive",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
    "dropout_backward",
    "dropout_forward",
    "layernorm_backward",
    "layernorm_forward",
    "max_pool_backward_fast",
    "max_pool_backward_naive",
    "max_pool_forward_fast",
    "max_pool_forward_naive",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
    "svm_loss",
]
__getattr__ = elsewhere(
    __name__,
    "layers",
    "conv_layers",
    "layer_utils",
    "conv_layer_utils",
    "fast.conv",
    "fast.max_pool",
    "im2col",
)


# Chapter: book/networks/three_layer_convnet.md
class ThreeLayerConvNet(Network):
    """Conv - [batch norm] - relu - 2x2 max pool - affine - [batch norm] - relu - affine - softmax.

    Parameters
    ----------
    input_dim : tuple of int
        A picture's channels, height and width (C, H, W), in pixels; H and W are 2 or more.
    num_filters : int
        Filters of the convolution, F.
    filter_size : int
        Height and width of a filter, in pixels: odd, so that a pad keeps the size of a picture.
    hidden_dim : int
        Hidden units of the first affine layer, M.
    num_classes : int
        Classes.
    weight_scale : float
        Standard deviation of the initial weights. Biases and beta start at 0, gamma at 1.
    reg : float
        Strength of the L2 penalty on the weights.
    dtype : numpy.dtype
        float32 or float64: of all parameters, and X is cast to it. Check gradients in float64.
    use_batchnorm : bool
        Whether the convolution and the first affine layer are followed by batch normalization.
    seed : int or numpy.random.Generator, optional
        For the initial weights. Without it NumPy's global state decides: ``np.random.seed``.

    Attributes
    ----------
    params : dict
        W1 (F, C, filter_size, filter_size), b1 (F,), W2 (F * (H // 2) * (W // 2), M), b2 (M,),
        W3 (M, classes), b3 (classes,); with batch norm gamma1, beta1 (F,), gamma2, beta2 (M,).
    bn_params : list of dict
        What each batch norm takes; empty without. Their ``mode`` is set by ``loss``.
    conv_param, pool_param : dict
        What the convolution and the pooling take.

    Raises
    ------
    TypeError, ValueError
        For arguments that make no network; the message names the argument.
    """

    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
        use_batchnorm=False,
        seed=None,
    ):
        check_input_dim("ThreeLayerConvNet", input_dim)
        sizes = {"num_filters": num_filters, "hidden_dim": hidden_dim, "num_classes": num_classes}
        check_sizes("ThreeLayerConvNet", **sizes)
        check_filter_size("ThreeLayerConvNet", filter_size)
        check_number("ThreeLayerConvNet", "weight_scale", weight_scale)
        check_number("ThreeLayerConvNet", "reg", reg)
        check_dtype("ThreeLayerConvNet", dtype)
        check_flag("ThreeLayerConvNet", "use_batchnorm", use_batchnorm)
        check_seed("ThreeLayerConvNet", seed)
        self.dtype = np.dtype(dtype)
        C, H, W = self.input_dim = tuple(map(int, input_dim))
        num_filters, filter_size = int(num_filters), int(filter_size)
        hidden_dim, num_classes = int(hidden_dim), int(num_classes)
        weight_scale, self.reg = float(weight_scale), float(reg)
        self.use_batchnorm = bool(use_batchnorm)
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}  # (3)
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        shapes = {
            "W1": (num_filters, C, filter_size, filter_size),
            "W2": (num_filters * (H // 2) * (W // 2), hidden_dim),
            "W3": (hidden_dim, num_classes),
        }
        rng = np.random if seed is None else np.random.default_rng(seed)
        self.params = {}
        for i, outputs in enumerate((num_filters, hidden_dim, num_classes), start=1):
            weights = rng.normal(scale=weight_scale, size=shapes[f"W{i}"])
            self.params[f"W{i}"] = weights.astype(self.dtype)
            self.params[f"b{i}"] = np.zeros(outputs, self.dtype)
            if use_batchnorm and i < 3:
                self.params[f"gamma{i}"] = np.ones(outputs, self.dtype)
                self.params[f"beta{i}"] = np.zeros(outputs, self.dtype)
        self.bn_params = [{"mode": "train"} for _ in range(2)] if use_batchnorm else []

    def _forward(self, X):
        """The scores, equations (1) and (2), and the caches of all layers."""
        layer = [[self.params[f"{kind}{i}"] for kind in ("W", "b")] for i in (1, 2, 3)]
        z, conv_cache = conv_forward_fast(X, *layer[0], self.conv_param)  # (1)
        if self.use_batchnorm:
            norm = [[self.params[f"{kind}{i}"] for kind in ("gamma", "beta")] for i in (1, 2)]
            first, second = self.bn_params
            a, relu_cache = spatial_batchnorm_relu_forward_fast(z, *norm[0], first)
            a, pool_cache = max_pool_forward_fast(a, self.pool_param)
            a, hidden_cache = affine_batchnorm_relu_forward(a, *layer[1], *norm[1], second)  # (2)
        else:
            pooled, pool_cache = max_pool_forward_fast(z, self.pool_param)  # first: less to rectify
            a, relu_cache = relu_forward_fast(pooled)
            a, hidden_cache = affine_relu_forward(a, *layer[1])  # (2)
        scores, scores_cache = affine_forward_fast(a, *layer[2])
        return scores, (conv_cache, relu_cache, pool_cache, hidden_cache, scores_cache)

    def _backward(self, dscores, caches):
        """The gradients of all parameters, equation (5)."""
        conv_cache, relu_cache, pool_cache, hidden_cache, scores_cache = caches
        grads = {}
        da, grads["W3"], grads["b3"] = affine_backward_fast(dscores, scores_cache)
        if self.use_batchnorm:
            da, *hidden = affine_batchnorm_relu_backward(da, hidden_cache)
            da = max_pool_backward_fast(da, pool_cache)
            dz, *norm = spatial_batchnorm_relu_backward_fast(da, relu_cache)
        else:
            da, *hidden = affine_relu_backward(da, hidden_cache)
            da, norm = relu_backward_fast(da, relu_cache), []
            dz = max_pool_backward_fast(da, pool_cache)
        _, *conv = conv_backward_fast(dz, conv_cache, need_dx=False)
        kinds = ("W", "b", "gamma", "beta") if self.use_batchnorm else ("W", "b")
        for i, found in ((2, hidden), (1, conv + norm)):
            grads |= {f"{kind}{i}": grad for kind, grad in zip(kinds, found, strict=True)}
        return grads

    def loss(self, X, y=None):
        """The scores in test mode, or with labels the loss and its gradients in train mode.

        Parameters
        ----------
        X : ndarray, shape (N, C, H, W)
            Pictures, which are cast to the network's dtype.
        y : ndarray of int, shape (N,), optional
            Labels, from 0 to num_classes - 1.

        Returns
        -------
        ndarray, shape (N, num_classes), or (float, dict)
            Without y the scores; with y the loss, equation (4), and the gradient of each parameter.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the network or the layer inside.
        """
        X, y = self._prepared(X, y)
        check_input("ThreeLayerConvNet.loss", X, self.input_dim)
        if y is None and len(X) > self.at_once:
            return self._in_batches(X)
        for bn_param in self.bn_params:
            bn_param["mode"] = "test" if y is None else "train"
        scores, caches = self._forward(X)  # (1), (2)
        if y is None:
            return scores
        loss, dscores = softmax_loss_fast(scores, y)
        grads = self._backward(dscores, caches)  # (5)
        # (4), (6)
        loss = with_penalty(loss, grads, self.params, ("W1", "W2", "W3"), self.reg)
        return loss, grads


# Chapter: book/networks/cifar10.md
class Conv:
    """A convolution that keeps the size of the maps, or divides it by a stride."""

    def __init__(self, net, shape, filters, size=3, stride=1):
        self.names = net.new_weights((filters, shape[0], size, size), shape[0] * size**2, filters)
        self.conv_param = {"stride": stride, "pad": (size - 1) // 2}
        self.shape = (filters, *(-(-pixels // stride) for pixels in shape[1:]))
        self.need_dx = True

    def drop_bias(self, net):
        """Batch norm follows: it would take the bias away again."""
        del net.params[self.names[1]]
        self.names = self.names[:1]

    def forward(self, net, x):
        W, *b = (net.params[name] for name in self.names)
        return conv_forward_fast(x, W, b[0] if b else np.zeros(len(W), W.dtype), self.conv_param)

    def backward(self, dout, cache, grads):
        dx, *found = conv_backward_fast(dout, cache, need_dx=self.need_dx)
        grads.update(zip(self.names, found, strict=False))
        return dx


class Affine:
    """An affine layer; maps are flattened."""

    def __init__(self, net, shape, units):
        inputs = int(np.prod(shape))
        self.names = net.new_weights((inputs, units), inputs, units)
        self.shape = (units,)

    def forward(self, net, x):
        return affine_forward_fast(x, *(net.params[name] for name in self.names))

    def backward(self, dout, cache, grads):
        dx, *found = affine_backward_fast(dout, cache)
        grads.update(zip(self.names, found, strict=True))
        return dx


class BatchNorm:
    """Batch norm of channels or of features; of channels, with the ReLU after it in its loop."""

    def __init__(self, net, shape):
        self.names, self.bn_param = net.new_batchnorm(shape[0])
        self.shape = shape
        self.passes = batchnorm_forward_fast, batchnorm_backward_fast
        if len(shape) == 3:
            self.passes = spatial_batchnorm_forward_fast, spatial_batchnorm_backward_fast

    def rectify(self):
        """A ReLU follows: do its work, too."""
        self.passes = spatial_batchnorm_relu_forward_fast, spatial_batchnorm_relu_backward_fast

    def forward(self, net, x):
        return self.passes[0](x, *(net.params[name] for name in self.names), self.bn_param)

    def backward(self, dout, cache, grads):
        dx, *found = self.passes[1](dout, cache)
        grads.update(zip(self.names, found, strict=True))
        return dx


class Relu:
    """The larger of x and 0."""

    def __init__(self, net, shape):
        self.shape = shape

    def forward(self, net, x):
        return relu_forward_fast(x)

    def backward(self, dout, cache, grads):
        return relu_backward_fast(dout, cache)


class Pool:
    """Max pooling of windows that lie side by side."""

    def __init__(self, net, shape, size=2):
        self.pool_param = {"pool_height": size, "pool_width": size, "stride": size}
        self.shape = (shape[0], *(pixels // size for pixels in shape[1:]))

    def forward(self, net, x):
        return max_pool_forward_fast(x, self.pool_param)

    def backward(self, dout, cache, grads):
        return max_pool_backward_fast(dout, cache)


class Average:
    """Global average pooling: the mean of each map, equations (5) and (6)."""

    def __init__(self, net, shape):
        self.shape = shape[:1]

    def forward(self, net, x):
        return x.mean(axis=(2, 3)), x.shape  # (5)

    def backward(self, dout, cache, grads):
        pixels = cache[2] * cache[3]
        return np.broadcast_to(dout[:, :, None, None] / pixels, cache)  # (6)


class Dropout:
    """Inverted dropout; ``keep`` is the share of units that stay."""

    def __init__(self, net, shape, keep):
        self.keep, self.shape = float(keep), shape

    def forward(self, net, x):
        return dropout_forward_fast(x, {"p": self.keep, **net.dropout_param})

    def backward(self, dout, cache, grads):
        return dropout_backward_fast(dout, cache)


class Residual:
    """Some layers, and a way around them, equations (3) and (4)."""

    def __init__(self, net, shape, layers):
        self.layers = net.built(layers, shape)
        self.shape = self.layers[-1].shape

    def forward(self, net, x):
        out, caches = net.through(self.layers, x)
        return x + out, caches  # (3)

    def backward(self, dout, cache, grads):
        return dout + back_through(self.layers, dout, cache, grads)  # (4)


def layer_of(kind):
    """The class of a kind of layer."""
    kinds = {"conv": Conv, "affine": Affine, "batchnorm": BatchNorm, "relu": Relu, "pool": Pool}
    kinds |= {"average": Average, "dropout": Dropout, "residual": Residual}
    return kinds[kind]


def back_through(layers, dout, caches, grads):
    """The gradient of what went into ``layers``; those of their parameters go into ``grads``."""
    for layer, cache in zip(reversed(layers), reversed(caches), strict=True):
        dout = layer.backward(dout, cache, grads)
    return dout


# Chapter: book/networks/cifar10.md
class ConvNet(Network):
    """A network given by the list of its layers, with an affine layer and softmax at the end.

    Parameters
    ----------
    layers : list of str and tuple
        ``("conv", filters, size=3, stride=1)``, whose pad keeps the size; ``"batchnorm"``;
        ``"relu"``; ``"pool"`` or ``("pool", size)``; ``"average"``, over each map;
        ``("dropout", keep)``; ``("affine", units)``; and ``("residual", layers)``, whose layers
        give back the shape they are given. Options come by position: ``("conv", 32, 5)``.
    input_dim : tuple of int
        A picture's channels, height and width (C, H, W), in pixels.
    num_classes : int
        Units of the affine layer that is added at the end.
    reg : float
        Strength of the L2 penalty on all weights.
    dtype : numpy.dtype
        float32 or float64: of all parameters, and X is cast to it.
    seed : int or numpy.random.Generator, optional
        For the initial weights, which follow equation (2), and for dropout. Without it NumPy's
        global state decides the weights: ``np.random.seed``.

    Attributes
    ----------
    params : dict
        W1, W2, ... in the order of the layers, and as many biases b1, b2, ..., but none for a
        convolution before batch norm; gamma1, beta1, ... of each batch norm.
    bn_params, dropout_param : list of dict, dict
        What the layers of these kinds take; their ``mode`` is set by ``loss``.

    Raises
    ------
    TypeError, ValueError
        For arguments that make no network; the message names the layer and its place.
    """

    def __init__(
        self, layers, input_dim=(3, 32, 32), num_classes=10, reg=0.0, dtype=np.float32, seed=None
    ):
        check_input_dim("ConvNet", input_dim)
        check_sizes("ConvNet", num_classes=num_classes)
        check_number("ConvNet", "reg", reg)
        check_dtype("ConvNet", dtype)
        check_seed("ConvNet", seed)
        check_list("ConvNet", layers)
        self.dtype, self.reg = np.dtype(dtype), float(reg)
        self.input_dim = tuple(map(int, input_dim))
        self.params, self.bn_params = {}, []
        self.dropout_param = {"mode": "train", "rng": np.random.default_rng(seed)}
        self.rng = np.random if seed is None else self.dropout_param["rng"]
        self.layers = self.built([*layers, ("affine", int(num_classes))], self.input_dim)
        del self.rng  # the weights are drawn, and NumPy's own state cannot be copied with a network
        if isinstance(self.layers[0], Conv):
            self.layers[0].need_dx = False  # nobody moves the pictures

    def new_weights(self, shape, fan_in, units):
        """Make weights by equation (2), and biases of 0; return their names."""
        i = 1 + sum(name[0] == "W" for name in self.params)
        weights = self.rng.normal(scale=np.sqrt(2 / fan_in), size=shape)  # (2)
        self.params |= {f"W{i}": weights.astype(self.dtype), f"b{i}": np.zeros(units, self.dtype)}
        return f"W{i}", f"b{i}"

    def new_batchnorm(self, channels):
        """Make gamma and beta; return their names and the layer's bn_param."""
        self.bn_params.append({"mode": "train"})
        names = f"gamma{len(self.bn_params)}", f"beta{len(self.bn_params)}"
        for name, start in zip(names, (1, 0), strict=True):
            self.params[name] = np.full(channels, start, self.dtype)
        return names, self.bn_params[-1]

    def built(self, layers, shape, where="ConvNet: layers"):
        """Make the layers of a list, of which the first is given ``shape``."""
        made = []
        for k, layer in enumerate(layers):
            given, before = shape, made[-1] if made else None
            check_layer(f"{where}[{k}]", layer, given)
            kind, *options = (layer,) if isinstance(layer, str) else layer
            if kind == "relu" and isinstance(before, BatchNorm) and len(given) == 3:
                before.rectify()
                continue
            options = [int(o) if isinstance(o, np.integer) else o for o in options]
            made.append(layer_of(kind)(self, given, *options))
            shape = made[-1].shape
            if kind == "batchnorm" and isinstance(before, Conv):
                before.drop_bias(self)
            if kind == "pool" and isinstance(before, Relu):  # they can change places
                made[-2:] = made[-1], before
                before.shape = shape
            if kind == "residual":
                check_residual(f"{where}[{k}]", given, shape)
        return made

    def through(self, layers, x):
        """What comes out of ``layers``, and their caches."""
        caches = []
        for layer in layers:
            x, cache = layer.forward(self, x)
            caches.append(cache)
        return x, caches

    def loss(self, X, y=None):
        """The scores in test mode, or with labels the loss and its gradients in train mode.

        Parameters
        ----------
        X : ndarray, shape (N, C, H, W)
            Pictures, which are cast to the network's dtype.
        y : ndarray of int, shape (N,), optional
            Labels, from 0 to num_classes - 1.

        Returns
        -------
        ndarray, shape (N, num_classes), or (float, dict)
            Without y the scores; with y the loss and the gradient of each parameter.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the network or the layer inside.
        """
        X, y = self._prepared(X, y)
        check_input("ConvNet.loss", X, self.input_dim)
        if y is None and len(X) > self.at_once:
            return self._in_batches(X)
        for param in (*self.bn_params, self.dropout_param):
            param["mode"] = "test" if y is None else "train"
        scores, caches = self.through(self.layers, X)
        if y is None:
            return scores
        (loss, dscores), grads = softmax_loss_fast(scores, y), {}
        back_through(self.layers, dscores, caches, grads)
        weights = [name for name in grads if name[0] == "W"]
        return with_penalty(loss, grads, self.params, weights, self.reg), grads
