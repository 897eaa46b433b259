"""``nndl.layers``, in the order in which the book derives it.

Written by ``make chapters``. Do not edit it here: edit the chapter, then run
``make chapters`` again.

Chapter: book/foundations/affine_relu.md
"""

import numpy as np

from nndl.checks.affine_relu import (
    check_affine,
    check_affine_backward,
    check_relu,
    check_relu_backward,
)


# Chapter: book/foundations/affine_relu.md
def affine_forward(x, w, b):
    """Multiply the examples by a matrix and add a bias, equation (3).

    Parameters
    ----------
    x : ndarray, shape (N, d1, ..., dk)
        Examples of any shape, of a floating dtype; D = d1 * ... * dk numbers each.
    w : ndarray, shape (D, M)
        Weights, a column for each output.
    b : ndarray, shape (M,)
        Biases.

    Returns
    -------
    out : ndarray, shape (N, M)
        In the common dtype of x, w and b.
    cache : tuple
        (x, w, b), for ``affine_backward``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_affine("affine_forward", x, w, b)
    rows = x.reshape(x.shape[0], w.shape[0])  # (2)
    out = rows @ w + b  # (3)
    return out, (x, w, b)


def affine_backward(dout, cache):
    """Gradients of ``affine_forward``, equations (5) to (7).

    Parameters
    ----------
    dout : ndarray, shape (N, M)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned: (x, w, b).

    Returns
    -------
    dx : ndarray, shape (N, d1, ..., dk)
        Gradient with respect to x.
    dw : ndarray, shape (D, M)
        Gradient with respect to w.
    db : ndarray, shape (M,)
        Gradient with respect to b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_affine_backward("affine_backward", dout, cache)
    x, w, b = cache
    dout = dout.astype(np.result_type(x, w, b, dout), copy=False)
    rows = x.reshape(x.shape[0], w.shape[0])
    dx = (dout @ w.T).reshape(x.shape)  # (5)
    dw = rows.T @ dout  # (6)
    db = dout.sum(axis=0)  # (7)
    return dx, dw, db


# Chapter: book/foundations/affine_relu.md
def relu_forward(x):
    """Replace what is below 0 by 0, equation (9).

    Parameters
    ----------
    x : ndarray, any shape
        Input, of a floating dtype.

    Returns
    -------
    out : ndarray, in the shape and dtype of x
        max(0, x). NaN stays NaN.
    cache : ndarray
        x itself, for ``relu_backward``.

    Raises
    ------
    TypeError
        x is not an array of a floating dtype.
    """
    check_relu("relu_forward", x)
    out = np.maximum(0, x)  # (9)
    return out, x


def relu_backward(dout, cache):
    """Gradient of ``relu_forward``, equation (10).

    Parameters
    ----------
    dout : ndarray, in the shape of x
        Gradient of the loss with respect to the output.
    cache : ndarray
        What the forward pass returned: x.

    Returns
    -------
    dx : ndarray, in the shape of x
        Gradient with respect to x: dout where x > 0, and 0 where x <= 0.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_relu_backward("relu_backward", dout, cache)
    x = cache
    dx = np.where(x <= 0, 0, dout)  # (10)
    return dx.astype(np.result_type(x, dout), copy=False)
