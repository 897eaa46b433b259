"""The faster layers under the module name that the course's notebooks import."""

from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.im2col import conv_backward_im2col, conv_forward_im2col

__all__ = [
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_forward_fast",
    "conv_forward_im2col",
    "max_pool_backward_fast",
    "max_pool_forward_fast",
]
