"""Argument checks of the layers: one place, so that every layer says the same thing the same way.

A layer calls one function of this package first, from the module that has its name. A message names
the layer, the argument, what came and what was expected:
``conv_forward_naive: x has 3 channels, w expects 4``. Checks raise; what they let through is made
floats and plain arrays by ``nndl.internal.conversions``.
"""
