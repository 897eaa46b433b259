"""The faster layers under the module name that the course's notebooks import.

The course has them compiled by a command of its own before it imports them, and then times their
first call. So importing this module compiles them, if this machine has not yet, and says so in a
line; ``nndl.fast.conv`` and ``nndl.fast.max_pool`` have the same functions and compile each when it
is first called.
"""

from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.runtime.warming import warm_up
from nndl.im2col import conv_backward_im2col, conv_forward_im2col

__all__ = [
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_forward_fast",
    "conv_forward_im2col",
    "max_pool_backward_fast",
    "max_pool_forward_fast",
]

warm_up()
