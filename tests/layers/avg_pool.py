"""Average pooling, as the shared tests see it."""

import numpy as np

import nndl.conv_layers
import nndl.fast.avg_pool
from tests.layers import Layer
from tests.layers.max_pool import poolings


def mean_of_windows(x, pool_param):
    """Average pooling of NumPy's own windows."""
    window = pool_param["pool_height"], pool_param["pool_width"]
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))
    stride = pool_param["stride"]
    return windows[:, :, ::stride, ::stride].mean(axis=(4, 5))


def torch_avg_pool(torch, x, pool_param):
    window = pool_param["pool_height"], pool_param["pool_width"]
    return torch.nn.functional.avg_pool2d(x, window, stride=pool_param["stride"])


LAYERS = [
    Layer(
        name="avg_pool",
        naive=(nndl.conv_layers, "avg_pool_forward_naive", "avg_pool_backward_naive"),
        fast=(nndl.fast.avg_pool, "avg_pool_forward_fast", "avg_pool_backward_fast"),
        inputs=("x",),
        arguments=poolings,
        reference=mean_of_windows,
        torch=torch_avg_pool,
    )
]
