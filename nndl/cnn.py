# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/networks/three_layer_convnet.md
"""``nndl.cnn``, in the order in which the book derives it."""

import numpy as np

from nndl.checks.networks import (
    check_dtype,
    check_filter_size,
    check_input_dim,
    check_number,
    check_pictures,
    check_seed,
    check_sizes,
)
from nndl.conv_layer_utils import (
    conv_bn_relu_backward,
    conv_bn_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from nndl.fast.losses import softmax_loss_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.layer_utils import (
    affine_batchnorm_relu_backward,
    affine_batchnorm_relu_forward,
    affine_relu_backward,
    affine_relu_forward,
)
from nndl.layers import affine_backward, affine_forward


# Chapter: book/networks/three_layer_convnet.md
class ThreeLayerConvNet:
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
        For the initial weights.

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
        self.dtype = check_dtype("ThreeLayerConvNet", dtype)
        check_seed("ThreeLayerConvNet", seed)
        self.input_dim, self.reg, self.use_batchnorm = tuple(input_dim), reg, use_batchnorm
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}  # (2)
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        C, H, W = input_dim
        shapes = {
            "W1": (num_filters, C, filter_size, filter_size),
            "W2": (num_filters * (H // 2) * (W // 2), hidden_dim),
            "W3": (hidden_dim, num_classes),
        }
        rng = np.random.default_rng(seed)
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
        """The scores, equations (1) and (3), and the caches of the three parts."""
        layer = [[self.params[f"{kind}{i}"] for kind in ("W", "b")] for i in (1, 2, 3)]
        if self.use_batchnorm:
            norm = [[self.params[f"{kind}{i}"] for kind in ("gamma", "beta")] for i in (1, 2)]
            first, second = self.bn_params
            a, conv_cache = conv_bn_relu_forward(X, *layer[0], *norm[0], self.conv_param, first)
            a, pool_cache = max_pool_forward_fast(a, self.pool_param)
            a, hidden_cache = affine_batchnorm_relu_forward(a, *layer[1], *norm[1], second)
            cache = (conv_cache, pool_cache), hidden_cache
        else:
            a, conv_cache = conv_relu_pool_forward(X, *layer[0], self.conv_param, self.pool_param)
            a, hidden_cache = affine_relu_forward(a, *layer[1])
            cache = conv_cache, hidden_cache
        scores, scores_cache = affine_forward(a, *layer[2])
        return scores, (*cache, scores_cache)

    def _backward(self, dscores, caches):
        """The gradients of all parameters, equation (5)."""
        conv_cache, hidden_cache, scores_cache = caches
        grads = {}
        da, grads["W3"], grads["b3"] = affine_backward(dscores, scores_cache)
        if self.use_batchnorm:
            conv_cache, pool_cache = conv_cache
            da, *hidden = affine_batchnorm_relu_backward(da, hidden_cache)
            da = max_pool_backward_fast(da, pool_cache)
            _, *conv = conv_bn_relu_backward(da, conv_cache)
        else:
            da, *hidden = affine_relu_backward(da, hidden_cache)
            _, *conv = conv_relu_pool_backward(da, conv_cache)
        kinds = ("W", "b", "gamma", "beta") if self.use_batchnorm else ("W", "b")
        for i, found in ((2, hidden), (1, conv)):
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
        X = np.asarray(X, self.dtype)
        check_pictures("ThreeLayerConvNet.loss", X, self.input_dim)
        for bn_param in self.bn_params:
            bn_param["mode"] = "test" if y is None else "train"
        scores, caches = self._forward(X)  # (1), (3)
        if y is None:
            return scores
        loss, dscores = softmax_loss_fast(scores, y)
        grads = self._backward(dscores, caches)  # (5)
        for name in ("W1", "W2", "W3"):
            loss += 0.5 * self.reg * np.sum(self.params[name] ** 2)  # (4)
            grads[name] += self.reg * self.params[name]  # (6)
        return loss, grads
