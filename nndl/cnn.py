# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/networks/three_layer_convnet.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.cnn``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.arguments import check_dtype, check_flag, check_number, check_seed, check_sizes
from nndl.checks.cnn import check_filter_size, check_input, check_input_dim
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.losses import softmax_loss_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.relu import relu_backward_fast, relu_forward_fast
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
    "avg_pool_backward_naive",
    "avg_pool_forward_naive",
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
    "leaky_relu_backward",
    "leaky_relu_forward",
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
    "convnet",
    "fast.conv",
    "fast.max_pool",
    "im2col",
)


# Chapter: book/networks/three_layer_convnet.md
def forward_pass(net, X):
    """The scores, equations (1) and (2), and the caches of all layers."""
    layer = [[net.params[f"{kind}{i}"] for kind in ("W", "b")] for i in (1, 2, 3)]
    z, conv_cache = conv_forward_fast(X, *layer[0], net.conv_param)  # (1)
    if net.use_batchnorm:
        norm = [[net.params[f"{kind}{i}"] for kind in ("gamma", "beta")] for i in (1, 2)]
        first, second = net.bn_params
        a, relu_cache = spatial_batchnorm_relu_forward_fast(z, *norm[0], first)
        a, pool_cache = max_pool_forward_fast(a, net.pool_param)
        a, hidden_cache = affine_batchnorm_relu_forward(a, *layer[1], *norm[1], second)  # (2)
    else:
        pooled, pool_cache = max_pool_forward_fast(z, net.pool_param)  # first: less to rectify
        a, relu_cache = relu_forward_fast(pooled)
        a, hidden_cache = affine_relu_forward(a, *layer[1])  # (2)
    scores, scores_cache = affine_forward_fast(a, *layer[2])
    return scores, (conv_cache, relu_cache, pool_cache, hidden_cache, scores_cache)


def backward_pass(net, dscores, caches):
    """The gradients of all parameters, equation (5)."""
    conv_cache, relu_cache, pool_cache, hidden_cache, scores_cache = caches
    grads = {}
    da, grads["W3"], grads["b3"] = affine_backward_fast(dscores, scores_cache)
    if net.use_batchnorm:
        da, *hidden = affine_batchnorm_relu_backward(da, hidden_cache)
        da = max_pool_backward_fast(da, pool_cache)
        dz, *norm = spatial_batchnorm_relu_backward_fast(da, relu_cache)
    else:
        da, *hidden = affine_relu_backward(da, hidden_cache)
        da, norm = relu_backward_fast(da, relu_cache), []
        dz = max_pool_backward_fast(da, pool_cache)
    _, *conv = conv_backward_fast(dz, conv_cache, need_dx=False)
    kinds = ("W", "b", "gamma", "beta") if net.use_batchnorm else ("W", "b")
    for i, found in ((2, hidden), (1, conv + norm)):
        grads |= {f"{kind}{i}": grad for kind, grad in zip(kinds, found, strict=True)}
    return grads


# Chapter: book/networks/three_layer_convnet.md
class ThreeLayerConvNet(Network):
    """Conv - [batch norm] - relu - 2x2 max pool - affine - [batch norm] - relu - affine - softmax.

    Parameters
    ----------
    input_dim : tuple of int
        An image's channels, height and width (C, H, W), in pixels; H and W are 2 or more.
    num_filters : int
        Filters of the convolution, F.
    filter_size : int
        Height and width of a filter, in pixels: odd, so that a pad keeps the size of an image.
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
        scores, caches = forward_pass(self, X)  # (1), (2)
        if y is None:
            return scores
        loss, dscores = softmax_loss_fast(scores, y)
        grads = backward_pass(self, dscores, caches)  # (5)
        # (4), (6)
        loss = with_penalty(loss, grads, self.params, ("W1", "W2", "W3"), self.reg)
        return loss, grads
