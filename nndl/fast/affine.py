"""Affine layers between compiled ones: ``affine_forward`` and ``affine_backward`` on one thread.

NumPy's matrix product is as fast as a core can be, and is left as it is. But its threads spin when
it is done, and the compiled layer that follows would have to share its cores with them: what they
win is lost twice over. So the product has one thread here, and the next layer all of them.

Where numba is missing, this makes no difference.
"""

from nndl.checks.layers import check_affine, check_affine_backward
from nndl.fast.runtime.threads import one_blas_thread
from nndl.internal.types import Array, Cache
from nndl.layers import affine_backward, affine_forward

__all__ = ["affine_backward_fast", "affine_forward_fast"]


def affine_forward_fast(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """``affine_forward``, between compiled layers: its matrix product has one thread."""
    check_affine("affine_forward_fast", x, w, b, fast=True)
    with one_blas_thread():
        return affine_forward(x, w, b)


def affine_backward_fast(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """``affine_backward``, between compiled layers: its matrix products have one thread."""
    check_affine_backward("affine_backward_fast", dout, cache, fast=True)
    with one_blas_thread():
        return affine_backward(dout, cache)
