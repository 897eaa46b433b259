# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/networks/cifar10.md
"""``nndl.convnet``, in the order in which the book derives it."""

import numpy as np

from nndl.activations import ACTIVATIONS, RELU, Activation
from nndl.checks.arguments import check_dtype, check_number, check_seed, check_sizes
from nndl.checks.cnn import check_input, check_input_dim
from nndl.checks.convnet import (
    check_count,
    check_layer,
    check_list,
    check_maps,
    check_odd,
    check_result,
    check_share,
)
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.avg_pool import avg_pool_backward_fast, avg_pool_forward_fast
from nndl.fast.batchnorm import batchnorm_backward_fast, batchnorm_forward_fast
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.dropout import dropout_backward_fast, dropout_forward_fast
from nndl.fast.losses import softmax_loss_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.spatial_batchnorm import (
    spatial_batchnorm_backward_fast,
    spatial_batchnorm_forward_fast,
)
from nndl.fast.spatial_batchnorm_relu import (
    spatial_batchnorm_relu_backward_fast,
    spatial_batchnorm_relu_forward_fast,
)
from nndl.fc_net import with_penalty
from nndl.model.network import Network

# Chapter: book/networks/cifar10.md
__all__ = ["ConvNet"]


# Chapter: book/networks/cifar10.md
class Layer:
    """A layer of a network that is given as a list; each class is a kind of layer.

    The constructor takes the network, the shape of what comes in, without the batch, and what
    follows the kind's name in the list. ``forward(net, x)`` returns ``(out, cache)``.
    ``backward(dout, cache, grads)`` returns dx, and puts the parameters' gradients into ``grads``.

    Attributes
    ----------
    name : str
        What a list calls the kind.
    checks : tuple of callable
        For each of the options that follow the name, a function of a place, the option's name and
        its value that raises where the value does not fit.
    takes_maps, keeps_shape : bool
        Whether it is for maps (C, H, W) alone, and not for rows (D,); and whether it must give back
        the shape that it is given.
    torch : str
        The class of ``torch.nn`` that computes the same; empty if there is none.
    shape : tuple of int
        Of what comes out, without the batch.
    names : tuple of str
        Of its parameters.
    """

    name, checks, takes_maps, keeps_shape, torch, names = "", (), False, False, "", ()

    def follow(self, net, made):
        """Take a place among the layers ``made`` so far: the last, or a better one."""
        made.append(self)

    def __str__(self):
        return self.name


# Chapter: book/networks/cifar10.md
class Conv(Layer):
    """A convolution that keeps the size of the maps, or divides it by a stride."""

    name, checks = "conv", (check_count, check_odd, check_count)
    takes_maps, torch = True, "Conv2d"

    def __init__(self, net, shape, filters, size=3, stride=1):
        self.names = net.new_weights((filters, shape[0], size, size), shape[0] * size**2, filters)
        self.conv_param = {"stride": stride, "pad": (size - 1) // 2}
        self.shape = (filters, *(-(-pixels // stride) for pixels in shape[1:]))
        self.size, self.need_dx = size, True

    def drop_bias(self, net):
        """Batch norm follows: it would take the bias away again."""
        del net.params[self.names[1]]
        self.names = self.names[:1]

    def __str__(self):
        stride = self.conv_param["stride"]
        return f"conv {self.size}x{self.size}" + (f", stride {stride}" if stride != 1 else "")

    def forward(self, net, x):
        W, *b = (net.params[name] for name in self.names)
        return conv_forward_fast(x, W, b[0] if b else np.zeros(len(W), W.dtype), self.conv_param)

    def backward(self, dout, cache, grads):
        dx, *found = conv_backward_fast(dout, cache, need_dx=self.need_dx)
        grads.update(zip(self.names, found, strict=False))
        return dx


# Chapter: book/networks/cifar10.md
class Affine(Layer):
    """An affine layer; maps are flattened."""

    name, checks, torch = "affine", (check_count,), "Linear"

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


class BatchNorm(Layer):
    """Batch norm of channels or of features; of channels, with a ReLU after it in its loop."""

    name, keeps_shape, torch = "batchnorm", True, "BatchNorm2d"

    def __init__(self, net, shape):
        self.names, self.bn_param = net.new_batchnorm(shape[0])
        self.shape, self.rectified = shape, False
        self.passes = batchnorm_forward_fast, batchnorm_backward_fast
        if len(shape) == 3:
            self.passes = spatial_batchnorm_forward_fast, spatial_batchnorm_backward_fast

    def follow(self, net, made):
        if made and isinstance(made[-1], Conv):
            made[-1].drop_bias(net)
        made.append(self)

    def rectify(self):
        """A ReLU follows: do its work, too."""
        self.rectified = True
        self.passes = spatial_batchnorm_relu_forward_fast, spatial_batchnorm_relu_backward_fast

    def __str__(self):
        return "batchnorm, relu" if self.rectified else "batchnorm"

    def forward(self, net, x):
        return self.passes[0](x, *(net.params[name] for name in self.names), self.bn_param)

    def backward(self, dout, cache, grads):
        dx, *found = self.passes[1](dout, cache)
        grads.update(zip(self.names, found, strict=True))
        return dx


class Activate(Layer):
    """An activation, by itself a value that knows its two ways."""

    keeps_shape = True

    def __init__(self, net, shape, activation):
        self.activation, self.shape = activation, shape

    def follow(self, net, made):
        before = made[-1] if made else None
        if isinstance(before, BatchNorm) and len(self.shape) == 3 and self.activation == RELU:
            before.rectify()
        else:
            made.append(self)

    def __str__(self):
        return str(self.activation)

    def forward(self, net, x):
        return self.activation.forward(x)

    def backward(self, dout, cache, grads):
        return self.activation.backward(dout, cache)


class Pool(Layer):
    """Some pooling, of windows that lie side by side."""

    checks, takes_maps = (check_count,), True

    def __init__(self, net, shape, size=2):
        self.pool_param = {"pool_height": size, "pool_width": size, "stride": size}
        self.shape = (shape[0], *(pixels // size for pixels in shape[1:]))

    def __str__(self):
        size = self.pool_param["stride"]
        return f"{self.name} {size}x{size}"


class MaxPool(Pool):
    """Max pooling."""

    name, torch = "pool", "MaxPool2d"

    def follow(self, net, made):
        before = made[-1] if made else None
        if isinstance(before, Activate) and before.activation.increasing:
            before.shape = self.shape  # they change places
            made.insert(-1, self)
        else:
            made.append(self)

    def forward(self, net, x):
        return max_pool_forward_fast(x, self.pool_param)

    def backward(self, dout, cache, grads):
        return max_pool_backward_fast(dout, cache)


class AvgPool(Pool):
    """Average pooling."""

    name, torch = "avg_pool", "AvgPool2d"

    def forward(self, net, x):
        return avg_pool_forward_fast(x, self.pool_param)

    def backward(self, dout, cache, grads):
        return avg_pool_backward_fast(dout, cache)


# Chapter: book/networks/cifar10.md
class Average(Layer):
    """Global average pooling: the mean of each map, equations (5) and (6)."""

    name, takes_maps = "average", True

    def __init__(self, net, shape):
        self.shape = shape[:1]

    def forward(self, net, x):
        return x.mean(axis=(2, 3)), x.shape  # (5)

    def backward(self, dout, cache, grads):
        pixels = cache[2] * cache[3]
        return np.broadcast_to(dout[:, :, None, None] / pixels, cache)  # (6)


# Chapter: book/networks/cifar10.md
class Dropout(Layer):
    """Inverted dropout; ``keep`` is the share of units that stay."""

    name, checks, keeps_shape, torch = "dropout", (check_share,), True, "Dropout"

    def __init__(self, net, shape, keep):
        self.keep, self.shape = float(keep), shape

    def __str__(self):
        return f"dropout, keep {self.keep:g}"

    def forward(self, net, x):
        return dropout_forward_fast(x, {"p": self.keep, **net.dropout_param})

    def backward(self, dout, cache, grads):
        return dropout_backward_fast(dout, cache)


# Chapter: book/networks/cifar10.md
class Residual(Layer):
    """Some layers, and a way around them, equations (3) and (4)."""

    name, checks, keeps_shape = "residual", (check_list,), True

    def __init__(self, net, shape, layers):
        self.layers = net.built(layers, shape)
        self.shape = self.layers[-1].shape

    def forward(self, net, x):
        out, caches = net.through(self.layers, x)
        return x + out, caches  # (3)

    def backward(self, dout, cache, grads):
        return dout + back_through(self.layers, dout, cache, grads)  # (4)


LAYERS = {
    kind.name: kind
    for kind in (Conv, Affine, BatchNorm, MaxPool, AvgPool, Average, Dropout, Residual)
}


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
    layers : list of str, tuple and Activation
        ``("conv", filters, size=3, stride=1)``, whose pad keeps the size; ``"batchnorm"``;
        ``"relu"``, or another of ``nndl.activations``, by its name or as a value; ``"pool"`` or
        ``("pool", size)``, the largest of each window, and ``"avg_pool"``, their means;
        ``"average"``, over each map; ``("dropout", keep)``; ``("affine", units)``; and
        ``("residual", layers)``, whose layers give back the shape they are given. Options come by
        position: ``("conv", 32, 5)``.
    input_dim : tuple of int
        An image's channels, height and width (C, H, W), in pixels.
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
        check_list("ConvNet", "layers", layers)
        self.dtype, self.reg = np.dtype(dtype), float(reg)
        self.input_dim = tuple(map(int, input_dim))
        self.params, self.bn_params = {}, []
        self.dropout_param = {"mode": "train", "rng": np.random.default_rng(seed)}
        self.rng = np.random if seed is None else self.dropout_param["rng"]
        self.layers = self.built([*layers, ("affine", int(num_classes))], self.input_dim)
        del self.rng  # the weights are drawn, and NumPy's own state cannot be copied with a network
        if isinstance(self.layers[0], Conv):
            self.layers[0].need_dx = False  # nobody moves the images

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
            here, given = f"{where}[{k}]", shape
            new = self.made(layer, given, here)
            shape = new.shape
            check_result(here, layer, given, shape, new.keeps_shape)
            new.follow(self, made)
        return made

    def made(self, layer, shape, where):
        """Make a layer of what stands in a list, for what has ``shape``."""
        if isinstance(layer, Activation):
            return Activate(self, shape, layer)
        check_layer(where, layer, LAYERS | ACTIVATIONS)
        name, *options = (layer,) if isinstance(layer, str) else layer
        options = [int(o) if isinstance(o, np.integer) else o for o in options]
        if name in ACTIVATIONS:
            return Activate(self, shape, ACTIVATIONS[name](*options))
        if LAYERS[name].takes_maps:
            check_maps(where, layer, shape)
        return LAYERS[name](self, shape, *options)

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
            Images, which are cast to the network's dtype.
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
