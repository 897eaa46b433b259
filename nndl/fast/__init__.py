"""Compiled twins: what the naive layers compute, at the speed of the machine.

A module here has the name of its chapter; a function has the name of its naive twin with ``_fast``,
and ``from nndl.fast import conv_forward_fast`` finds it, too. It takes, returns and raises what
that one does, whose docstring says the shapes and dtypes; its own says what differs. Arrays may
have any memory layout, and are left as they are, but by the update rules, which work in place.

Where numba does not exist (in the browser), the ``_fast`` functions are the NumPy ones. A loop is
compiled when it is first called; ``nndl.fast.warm_up()`` does it before.
"""

from nndl.internal.lazy import lazily as _lazily

__all__ = [
    "adam_fast",
    "affine",
    "affine_backward_fast",
    "affine_forward_fast",
    "avg_pool",
    "avg_pool_backward_fast",
    "avg_pool_forward_fast",
    "batchnorm",
    "batchnorm_backward_fast",
    "batchnorm_forward_fast",
    "conv",
    "conv_backward_fast",
    "conv_forward_fast",
    "dropout",
    "dropout_backward_fast",
    "dropout_forward_fast",
    "keep_freed_memory",
    "layernorm_backward_fast",
    "layernorm_forward_fast",
    "leaky_relu_backward_fast",
    "leaky_relu_forward_fast",
    "losses",
    "max_pool",
    "max_pool_backward_fast",
    "max_pool_forward_fast",
    "normalization_family",
    "optim",
    "relu",
    "relu_backward_fast",
    "relu_forward_fast",
    "rmsprop_fast",
    "set_num_threads",
    "sgd_fast",
    "sgd_momentum_fast",
    "sgd_nesterov_momentum_fast",
    "softmax_loss_fast",
    "spatial_batchnorm",
    "spatial_batchnorm_backward_fast",
    "spatial_batchnorm_forward_fast",
    "spatial_batchnorm_relu",
    "spatial_batchnorm_relu_backward_fast",
    "spatial_batchnorm_relu_forward_fast",
    "spatial_groupnorm_backward_fast",
    "spatial_groupnorm_forward_fast",
    "svm_loss_fast",
    "warm_up",
]

# Where each name is: the module, which is imported when one of its names is first used.
_HOMES = {
    "affine": ("affine_backward_fast", "affine_forward_fast"),
    "avg_pool": ("avg_pool_backward_fast", "avg_pool_forward_fast"),
    "batchnorm": ("batchnorm_backward_fast", "batchnorm_forward_fast"),
    "conv": ("conv_backward_fast", "conv_forward_fast"),
    "dropout": ("dropout_backward_fast", "dropout_forward_fast"),
    "losses": ("softmax_loss_fast", "svm_loss_fast"),
    "max_pool": ("max_pool_backward_fast", "max_pool_forward_fast"),
    "runtime.memory": ("keep_freed_memory",),
    "normalization_family": (
        "layernorm_backward_fast",
        "layernorm_forward_fast",
        "spatial_groupnorm_backward_fast",
        "spatial_groupnorm_forward_fast",
    ),
    "optim": (
        "adam_fast",
        "rmsprop_fast",
        "sgd_fast",
        "sgd_momentum_fast",
        "sgd_nesterov_momentum_fast",
    ),
    "relu": (
        "leaky_relu_backward_fast",
        "leaky_relu_forward_fast",
        "relu_backward_fast",
        "relu_forward_fast",
    ),
    "spatial_batchnorm": ("spatial_batchnorm_backward_fast", "spatial_batchnorm_forward_fast"),
    "spatial_batchnorm_relu": (
        "spatial_batchnorm_relu_backward_fast",
        "spatial_batchnorm_relu_forward_fast",
    ),
    "runtime.threads": ("set_num_threads",),
    "runtime.warming": ("warm_up",),
}
__getattr__, __dir__ = _lazily(__name__, __path__, _HOMES, __all__)
