# Written by `python -m book._tools.stubs` from `__all__` and the table of homes.
from nndl.fast import (
    affine,
    avg_pool,
    batchnorm,
    conv,
    dropout,
    losses,
    max_pool,
    normalization_family,
    optim,
    relu,
    spatial_batchnorm,
    spatial_batchnorm_relu,
)
from nndl.fast.affine import affine_backward_fast, affine_forward_fast
from nndl.fast.avg_pool import avg_pool_backward_fast, avg_pool_forward_fast
from nndl.fast.batchnorm import batchnorm_backward_fast, batchnorm_forward_fast
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.dropout import dropout_backward_fast, dropout_forward_fast
from nndl.fast.losses import softmax_loss_fast, svm_loss_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.normalization_family import (
    layernorm_backward_fast,
    layernorm_forward_fast,
    spatial_groupnorm_backward_fast,
    spatial_groupnorm_forward_fast,
)
from nndl.fast.optim import (
    adam_fast,
    rmsprop_fast,
    sgd_fast,
    sgd_momentum_fast,
    sgd_nesterov_momentum_fast,
)
from nndl.fast.relu import (
    leaky_relu_backward_fast,
    leaky_relu_forward_fast,
    relu_backward_fast,
    relu_forward_fast,
)
from nndl.fast.runtime.memory import keep_freed_memory
from nndl.fast.runtime.threads import set_num_threads
from nndl.fast.runtime.warming import warm_up
from nndl.fast.spatial_batchnorm import (
    spatial_batchnorm_backward_fast,
    spatial_batchnorm_forward_fast,
)
from nndl.fast.spatial_batchnorm_relu import (
    spatial_batchnorm_relu_backward_fast,
    spatial_batchnorm_relu_forward_fast,
)

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

def __dir__() -> list[str]: ...
