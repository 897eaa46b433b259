"""Affine layers between compiled ones: ``affine_forward`` and ``affine_backward`` on one thread.

NumPy's matrix product is as fast as a core can be, and is left as it is. But its threads spin when
it is done, and the compiled layer that follows would have to share its cores with them: what they
win is lost twice over. So the product has one thread here, and the next layer all of them.

Where numba is missing, this makes no difference.
"""

from nndl.checks.layers import check_affine, check_affine_backward
from nndl.fast.runtime.threads import one_blas_thread
from nndl.layers import affine_backward, affine_forward

__all__ = ["affine_backward_fast", "affine_forward_fast"]


def affine_forward_fast(x, w, b):
    """``affine_forward``, between compiled layers.

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk)
        Inputs, which are flattened to (N, D).
    w : ndarray, shape (D, M)
        Weights.
    b : ndarray, shape (M,)
        Biases.

    Returns
    -------
    out : ndarray, shape (N, M)
        x w + b.
    cache : tuple
        (x, w, b), for ``affine_backward_fast``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_affine("affine_forward_fast", x, w, b, fast=True)
    with one_blas_thread():
        return affine_forward(x, w, b)


def affine_backward_fast(dout, cache):
    """``affine_backward``, between compiled layers.

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to the output.
    cache : tuple
        What ``affine_forward_fast`` returned.

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_affine_backward("affine_backward_fast", dout, cache, fast=True)
    with one_blas_thread():
        return affine_backward(dout, cache)
