"""``nndl.layers``, in the order in which the book derives it.

Written by ``make chapters``. Do not edit it here: edit the chapter, then run
``make chapters`` again.

Chapter: book/foundations/dropout.md
"""

import numpy as np

from nndl.checks.dropout import check_dropout, check_dropout_backward


# Chapter: book/foundations/dropout.md
def dropout_forward(x, dropout_param):
    """Zero random entries and scale the rest, so that the mean stays: equation (3).

    Parameters
    ----------
    x : ndarray, any shape
        Input, of a floating dtype.
    dropout_param : dict
        ``p``, the probability of keeping an entry, 0 < p <= 1; ``mode``, 'train' or 'test'.
        Optionally ``seed``, an integer, which draws the same mask at every call, or ``rng``, a
        ``numpy.random.Generator``, which draws a new one. The global random state is not touched.

    Returns
    -------
    out : ndarray, shape and dtype of x
        In mode 'train', x times the mask. In mode 'test', x itself.
    cache : tuple
        (dropout_param, mask), for ``dropout_backward``. The mask, of the shape and dtype of x, is
        0 or 1/p; in mode 'test' it is None.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_dropout("dropout_forward", x, dropout_param)
    if dropout_param["mode"] == "test":
        return x, (dropout_param, None)
    p = float(dropout_param["p"])
    rng = np.random.default_rng(dropout_param.get("rng", dropout_param.get("seed")))
    kept = rng.random(x.shape) < p  # (1)
    mask = (kept / p).astype(x.dtype)
    return x * mask, (dropout_param, mask)  # (3)


def dropout_backward(dout, cache):
    """Gradient of ``dropout_forward``, equation (7).

    Parameters
    ----------
    dout : ndarray, shape of x
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (dropout_param, mask).

    Returns
    -------
    ndarray, shape of x
        Gradient with respect to x: dout times the mask. In mode 'test', dout itself.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_dropout_backward("dropout_backward", dout, cache)
    _, mask = cache
    if mask is None:
        return dout
    return dout * mask  # (7)
