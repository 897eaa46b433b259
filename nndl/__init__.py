"""Layers of convolutional networks, derived in a book and compiled by numba.

``from nndl import conv_forward_naive, Solver`` finds every layer and network of the book, and
``nndl.layers`` and so on the modules that hold them. Importing ``nndl`` loads none of them: each
module is imported when it is first used, so that a reader who wants one NumPy layer does not wait
for numba or matplotlib.
"""

from nndl import fast as _fast
from nndl.internal.lazy import lazily as _lazily

__version__ = "0.1.0"

_HOMES = {
    "gradient_check": (
        "check",
        "eval_complex_gradient_array",
        "eval_numerical_gradient",
        "eval_numerical_gradient_array",
        "grad_check_sparse",
        "rel_error",
    ),
    "bounds": ("check_at_least",),
    "autodiff": ("Scalar", "backpropagate", "scalars"),
    "layers": (
        "affine_backward",
        "affine_forward",
        "batchnorm_backward",
        "batchnorm_backward_alt",
        "batchnorm_forward",
        "dropout_backward",
        "dropout_forward",
        "layernorm_backward",
        "layernorm_forward",
        "relu_backward",
        "relu_forward",
        "softmax_loss",
        "svm_loss",
    ),
    "layer_utils": (
        "affine_batchnorm_relu_backward",
        "affine_batchnorm_relu_forward",
        "affine_layernorm_relu_backward",
        "affine_layernorm_relu_forward",
        "affine_relu_backward",
        "affine_relu_forward",
    ),
    "fc_net": ("FullyConnectedNet", "TwoLayerNet"),
    "optim": ("adam", "rmsprop", "sgd", "sgd_momentum", "sgd_nesterov_momentum"),
    "conv_layers": (
        "conv_backward_naive",
        "conv_forward_naive",
        "max_pool_backward_naive",
        "max_pool_forward_naive",
        "spatial_batchnorm_backward",
        "spatial_batchnorm_forward",
        "spatial_groupnorm_backward",
        "spatial_groupnorm_forward",
    ),
    "conv_layer_utils": (
        "conv_bn_relu_backward",
        "conv_bn_relu_forward",
        "conv_relu_backward",
        "conv_relu_forward",
        "conv_relu_pool_backward",
        "conv_relu_pool_forward",
    ),
    "im2col": (
        "col2im_indices",
        "conv_backward_im2col",
        "conv_forward_im2col",
        "get_im2col_indices",
        "im2col_indices",
    ),
    "cnn": ("ConvNet", "ThreeLayerConvNet"),
    "solver": ("Solver",),
    "data_utils": (
        "augment",
        "get_CIFAR10_data",
        "load_CIFAR10",
        "load_CIFAR_batch",
        "load_digits",
        "load_mnist",
        "load_pickle",
        "synthetic_CIFAR10",
    ),
    "vis_utils": (
        "confusion_counts",
        "confusion_matrix",
        "misclassified",
        "training_curves",
        "vis_grid",
        "vis_nn",
        "visualize_grid",
    ),
    **{f"fast.{module}": names for module, names in _fast._HOMES.items()},
}
_MODULES = {home.split(".")[0] for home in _HOMES}
# Modules that have names of their own, or names that others have too.
_MODULES |= {"classifiers", "fast_layers", "layer_tests", "mistakes", "moves", "neural_net"}
_MODULES |= {"schedules"}
__all__, __getattr__, __dir__ = _lazily(__name__, __path__, _HOMES, {"__version__", *_MODULES})
