# Written by `make chapters`. Do not edit it here: edit the chapter, then run it again.
#     book/foundations/fully_connected.md
# ruff: noqa: F822  (names in __all__ are elsewhere)
"""``nndl.fc_net``, in the order in which the book derives it."""

import numpy as np

from nndl.activations import activation_of
from nndl.checks.arguments import check_dtype, check_number, check_seed, check_sizes
from nndl.checks.fc_net import check_hidden_dims
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.dropout import dropout_backward_fast, dropout_forward_fast
from nndl.fast.losses import softmax_loss_fast
from nndl.internal.elsewhere import elsewhere
from nndl.layer_utils import (
    affine_batchnorm_relu_backward,
    affine_batchnorm_relu_forward,
    affine_layernorm_relu_backward,
    affine_layernorm_relu_forward,
    affine_relu_backward,
    affine_relu_forward,
)
from nndl.model.course_arguments import either, kept_share, normalization_of
from nndl.model.network import Network

__all__ = [
    "FullyConnectedNet",
    "TwoLayerNet",
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
    "fast.conv",
    "fast.max_pool",
    "im2col",
)


# Chapter: book/foundations/fully_connected.md
def with_penalty(loss, grads, params, names, reg):
    """The loss with the L2 penalty (7) on ``names``; its gradients join ``grads``."""
    if reg == 0:
        return loss
    for name in names:
        loss += 0.5 * reg * np.sum(params[name] ** 2)  # (7)
        grads[name] += reg * params[name]  # (8)
    return loss


# Chapter: book/foundations/fully_connected.md
class TwoLayerNet(Network):
    """Affine - relu - affine - softmax.

    Parameters
    ----------
    input_dim : int
        Numbers per example, D.
    hidden_dims, hidden_dim : int, optional
        Hidden units, H, under the name of either course; 100 if neither is given.
    num_classes : int
        Classes, C.
    dropout : float
        Accepted for the course's sake and not used.
    weight_scale : float
        Standard deviation of the initial weights. Biases start at 0.
    reg : float
        Strength of the L2 penalty on the weights.
    seed : int or numpy.random.Generator, optional
        For the initial weights. Without it NumPy's global state decides: ``np.random.seed``.

    Attributes
    ----------
    params : dict
        W1 (D, H), b1 (H,), W2 (H, C) and b2 (C,), in float64.

    Raises
    ------
    TypeError, ValueError
        For arguments that make no network; the message names the argument.
    """

    def __init__(
        self,
        input_dim=3 * 32 * 32,
        hidden_dims=None,
        num_classes=10,
        dropout=1,
        weight_scale=1e-3,
        reg=0.0,
        seed=None,
        hidden_dim=None,
    ):
        name, H = either("TwoLayerNet", 100, hidden_dims=hidden_dims, hidden_dim=hidden_dim)
        check_sizes("TwoLayerNet", **{"input_dim": input_dim, name: H, "num_classes": num_classes})
        check_number("TwoLayerNet", "weight_scale", weight_scale)
        check_number("TwoLayerNet", "reg", reg)
        check_seed("TwoLayerNet", seed)
        rng = np.random if seed is None else np.random.default_rng(seed)
        weight_scale, self.reg = float(weight_scale), float(reg)
        input_dim, H, num_classes = int(input_dim), int(H), int(num_classes)
        self.params = {
            "W1": rng.normal(scale=weight_scale, size=(input_dim, H)),
            "b1": np.zeros(H),
            "W2": rng.normal(scale=weight_scale, size=(H, num_classes)),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        """The scores, or with labels the loss and its gradients.

        Parameters
        ----------
        X : ndarray, shape (N, d1, ..., dk)
            Examples, which are cast to the dtype of W1 and flattened to (N, D).
        y : ndarray of int, shape (N,), optional
            Labels, 0 to C - 1.

        Returns
        -------
        ndarray, shape (N, C), or (float, dict)
            Without y the scores; with y the loss, equation (7), and the gradient of each parameter.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the layer and its argument.
        """
        X, y = self._prepared(X, y)
        if y is None and len(X) > self.at_once:
            return self._in_batches(X)
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden, hidden_cache = affine_relu_forward(X, W1, b1)  # (6)
        scores, scores_cache = affine_forward_fast(hidden, W2, b2)  # (6)
        if y is None:
            return scores
        loss, dscores = softmax_loss_fast(scores, y)
        grads = {}
        dhidden, grads["W2"], grads["b2"] = affine_backward_fast(dscores, scores_cache)
        _, grads["W1"], grads["b1"] = affine_relu_backward(dhidden, hidden_cache)
        loss = with_penalty(loss, grads, self.params, ("W1", "W2"), self.reg)
        return loss, grads


# Chapter: book/foundations/fully_connected.md
class FullyConnectedNet(Network):
    """(Affine - [normalization] - activation - [dropout]) x (L - 1) - affine - softmax.

    Parameters
    ----------
    hidden_dims : sequence of int
        Units of each hidden layer; it has L - 1 entries.
    input_dim : int
        Numbers per example, D.
    num_classes : int
        Classes, C.
    dropout, dropout_keep_ratio : float, optional
        Share of hidden units that are kept, under the name of either course. 1 means no dropout,
        as does ``dropout=0``, and as when neither is given.
    use_batchnorm : bool, optional
        Whether each hidden affine layer is followed by batch normalization.
    reg : float
        Strength of the L2 penalty on the weights.
    weight_scale : float
        Standard deviation of the initial weights. Biases and beta start at 0, gamma at 1.
    dtype : numpy.dtype
        float32 or float64: of all parameters, and X is cast to it. Check gradients in float64.
    seed : int or numpy.random.Generator, optional
        For the initial weights and dropout. With an integer each call of ``loss`` draws the same
        masks, unless a Solver makes it: then each step has masks of its own, made from the integer
        and the step's number. With a generator each call draws new ones. Without it
        NumPy's global state decides the weights, ``np.random.seed``, but not the masks.
    normalization : {"batchnorm", "layernorm"}, optional
        Which normalization follows; "batchnorm" is ``use_batchnorm=True``.
    activation : Activation, str or tuple
        What follows each hidden layer: one of ``nndl.activations``, or its name, or a tuple of its
        name and options.

    Attributes
    ----------
    params : dict
        W1, b1 to WL, bL; with a normalization gamma1, beta1 to gamma(L-1), beta(L-1).
    num_layers : int
        The number of affine layers, L.
    dropout_param, bn_params : dict, list of dict
        What the dropout layers and each batch norm take; their ``mode`` is set by ``loss``.

    Raises
    ------
    TypeError, ValueError
        For arguments that make no network; the message names the argument.
    """

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout=None,
        use_batchnorm=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
        normalization=None,
        dropout_keep_ratio=None,
        activation="relu",
    ):
        check_hidden_dims("FullyConnectedNet", hidden_dims)
        check_sizes("FullyConnectedNet", input_dim=input_dim, num_classes=num_classes)
        keep = kept_share("FullyConnectedNet", dropout, dropout_keep_ratio)
        check_number("FullyConnectedNet", "reg", reg)
        check_number("FullyConnectedNet", "weight_scale", weight_scale)
        check_dtype("FullyConnectedNet", dtype)
        check_seed("FullyConnectedNet", seed)
        self.dtype = np.dtype(dtype)
        self.normalization = normalization_of("FullyConnectedNet", use_batchnorm, normalization)
        self.use_batchnorm = self.normalization == "batchnorm"
        self.activation = activation_of("FullyConnectedNet: activation", activation)
        weight_scale, self.reg = float(weight_scale), float(reg)
        self.use_dropout = keep < 1
        sizes = [int(size) for size in (input_dim, *hidden_dims, num_classes)]
        self.num_layers = len(sizes) - 1
        rng = np.random if seed is None else np.random.default_rng(seed)
        self.params = {}
        for i in range(1, self.num_layers + 1):
            W = rng.normal(scale=weight_scale, size=(sizes[i - 1], sizes[i]))
            self.params[f"W{i}"] = W.astype(self.dtype)
            self.params[f"b{i}"] = np.zeros(sizes[i], self.dtype)
            if self.normalization and i < self.num_layers:
                self.params[f"gamma{i}"] = np.ones(sizes[i], self.dtype)
                self.params[f"beta{i}"] = np.zeros(sizes[i], self.dtype)
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": keep}
            if seed is not None:
                kind = "rng" if isinstance(seed, np.random.Generator) else "seed"
                self.dropout_param[kind] = seed
        hidden = len(hidden_dims) if self.use_batchnorm else 0
        self.bn_params = [{"mode": "train"} for _ in range(hidden)]

    def _block_forward(self, a, i):
        """Hidden block i, equation (6)."""
        W, b = self.params[f"W{i}"], self.params[f"b{i}"]
        if self.use_batchnorm:
            gamma, beta = self.params[f"gamma{i}"], self.params[f"beta{i}"]
            norm = gamma, beta, self.bn_params[i - 1]
            a, cache = affine_batchnorm_relu_forward(a, W, b, *norm, self.activation)
        elif self.normalization == "layernorm":
            gamma, beta = self.params[f"gamma{i}"], self.params[f"beta{i}"]
            a, cache = affine_layernorm_relu_forward(a, W, b, gamma, beta, {}, self.activation)
        else:
            a, cache = affine_relu_forward(a, W, b, self.activation)
        if not self.use_dropout:
            return a, (cache, None)
        a, dropout_cache = dropout_forward_fast(a, self.dropout_param)
        return a, (cache, dropout_cache)

    def _block_backward(self, da, i, cache, grads):
        """Put the gradients of block i into ``grads``; return that of its input, equation (2)."""
        cascade_cache, dropout_cache = cache
        if self.use_dropout:
            da = dropout_backward_fast(da, dropout_cache)
        if self.normalization:
            backward = affine_layernorm_relu_backward
            if self.use_batchnorm:
                backward = affine_batchnorm_relu_backward
            da, dW, db, dgamma, dbeta = backward(da, cascade_cache, self.activation)
            grads[f"gamma{i}"], grads[f"beta{i}"] = dgamma, dbeta
        else:
            da, dW, db = affine_relu_backward(da, cascade_cache, self.activation)
        grads[f"W{i}"], grads[f"b{i}"] = dW, db
        return da

    def loss(self, X, y=None):
        """The scores in test mode, or with labels the loss and its gradients in train mode.

        Parameters
        ----------
        X : ndarray, shape (N, d1, ..., dk)
            Examples, which are cast to the network's dtype and flattened to (N, D).
        y : ndarray of int, shape (N,), optional
            Labels, 0 to C - 1.

        Returns
        -------
        ndarray, shape (N, C), or (float, dict)
            Without y the scores; with y the loss, equation (7), and the gradient of each parameter.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the layer and its argument.
        """
        X, y = self._prepared(X, y)
        if y is None and len(X) > self.at_once:
            return self._in_batches(X)
        mode = "test" if y is None else "train"
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        for bn_param in self.bn_params:
            bn_param["mode"] = mode
        a, L = X, self.num_layers
        caches = []
        for i in range(1, L):
            a, cache = self._block_forward(a, i)  # (6)
            caches.append(cache)
        last = self.params[f"W{L}"], self.params[f"b{L}"]
        scores, scores_cache = affine_forward_fast(a, *last)  # (6)
        if y is None:
            return scores
        loss, dscores = softmax_loss_fast(scores, y)
        grads = {}
        da, grads[f"W{L}"], grads[f"b{L}"] = affine_backward_fast(dscores, scores_cache)
        for i in range(L - 1, 0, -1):
            da = self._block_backward(da, i, caches[i - 1], grads)  # (2), (3)
        weights = [f"W{i}" for i in range(1, L + 1)]
        loss = with_penalty(loss, grads, self.params, weights, self.reg)
        return loss, grads
