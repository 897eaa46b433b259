"""Compile what will be needed before it is timed.

A loop is compiled when it is first called, which takes seconds, and its machine code is kept on
disk for all later processes. So the first call on a machine is far slower than the second, and who
times it measures the compiler.
"""

import sys
from contextlib import nullcontext
from typing import Any

import numpy as np

from nndl.checks.arguments import check_dtype
from nndl.fast.conv import conv_backward_fast, conv_forward_fast
from nndl.fast.max_pool import max_pool_backward_fast, max_pool_forward_fast
from nndl.fast.runtime.jit import numba

__all__ = ["warm_up"]

SAYING = "nndl: compiling the fast layers, once on this machine; this takes some seconds"


def warm_up(dtype: Any = np.float64, verbose: bool = True) -> None:
    """Compile convolution and max pooling, and wait until that is done.

    Each is called once on arrays of the size that the course times. On a machine that has compiled
    them before, their machine code is loaded instead, in a fraction of a second.

    Parameters
    ----------
    dtype : numpy.dtype
        float32 or float64: of the arrays that will come. The course's are float64.
    verbose : bool
        Whether to print a line when there is something to compile.

    Raises
    ------
    TypeError
        For another dtype.
    """
    check_dtype("warm_up", dtype)
    if numba is None or numba.config.DISABLE_JIT:  # nothing is compiled, and loops are slow
        return
    x, w, b = (np.zeros(shape, dtype) for shape in ((100, 3, 31, 31), (25, 3, 3, 3), 25))
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    with saying_so() if verbose else nullcontext():
        out, cache = conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
        conv_backward_fast(out, cache)
        out, cache = max_pool_forward_fast(x, pool_param)
        max_pool_backward_fast(out, cache)


def saying_so():
    """Within it a line is printed when numba begins to compile a layer's loop, the first time."""
    from numba.core import event

    class Once(event.Listener):
        """Waits for the first loop."""

        said = False

        def on_start(self, event):
            """Print the line; not for a ``device_function`` that a loop calls."""
            if not self.said and event.data["dispatcher"].targetoptions.get("nogil"):
                self.said = True
                print(SAYING, file=sys.stdout, flush=True)

        def on_end(self, event):
            """Say nothing."""

    return event.install_listener("numba:compile", Once())
