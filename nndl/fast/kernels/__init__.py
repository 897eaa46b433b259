"""The kernels of the convolution, and the plans that say how its work is cut.

A plan follows from shapes (``direct_plan``, ``winograd_plan``, ``blocking``) and holds ``records``;
a kernel (``direct``, ``direct_weights``, ``winograd``, ``winograd_weights``) reads them and walks.
Below both is the micro-kernel, a register tile.
"""
