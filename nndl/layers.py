"""``nndl.layers``, in the order in which the book derives it.

Written by ``make chapters``. Do not edit it here: edit the chapter, then run
``make chapters`` again.

Chapter: book/foundations/batchnorm.md
"""

import numpy as np

from nndl.checks.batchnorm import check_batchnorm, check_batchnorm_backward


# Chapter: book/foundations/batchnorm.md
def batchnorm_forward(x, gamma, beta, bn_param):
    """Normalize each feature over the batch, then scale and shift it, equations (1) to (6).

    Parameters
    ----------
    x : ndarray, shape (N, D)
        A row for each example, of a floating dtype.
    gamma, beta : ndarray, shape (D,)
        Scale and shift of each feature.
    bn_param : dict
        ``mode``, ``"train"`` or ``"test"``. Optional: ``eps`` (1e-5), added to the variance;
        ``momentum`` (0.9), the share of the old value in the running averages, equation (20);
        ``running_mean`` and ``running_var``, shape (D,), zeros at first. In either mode the two
        are written back to the dict; the arrays themselves are not changed.

    Returns
    -------
    out : ndarray, shape (N, D)
        In the common dtype of x, gamma and beta. In mode ``"test"`` each row depends on itself
        and on the running averages alone.
    cache : tuple or None
        For ``batchnorm_backward``; None in mode ``"test"``.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_batchnorm("batchnorm_forward", x, gamma, beta, bn_param)
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], x.dtype))
    if bn_param["mode"] == "train":
        mean = x.mean(axis=0)  # (1)
        centered = x - mean  # (2)
        var = np.mean(centered**2, axis=0)  # (3)
        sigma = np.sqrt(var + eps)  # (4)
        running_mean = momentum * running_mean + (1 - momentum) * mean  # (20)
        running_var = momentum * running_var + (1 - momentum) * var
        cache = (centered, sigma, gamma)
    else:
        centered = x - running_mean
        sigma = np.sqrt(running_var + eps)
        cache = None
    x_hat = centered / sigma  # (5)
    out = (gamma * x_hat + beta).astype(np.result_type(x, gamma, beta), copy=False)  # (6)
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, cache


# Chapter: book/foundations/batchnorm.md
def batchnorm_backward(dout, cache):
    """Gradients of ``batchnorm_forward`` in mode ``"train"``, equations (8) to (15).

    Parameters
    ----------
    dout : ndarray, shape (N, D)
        Gradient of the loss with respect to the output.
    cache : tuple
        What the forward pass returned.

    Returns
    -------
    dx : ndarray, shape (N, D)
        Gradient with respect to x. Each column sums to zero.
    dgamma, dbeta : ndarray, shape (D,)
        Gradients with respect to gamma and beta.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; a cache of mode ``"test"`` is refused.
    """
    names = ("centered", "sigma", "gamma")
    check_batchnorm_backward("batchnorm_backward", dout, cache, names)
    centered, sigma, gamma = cache
    N = dout.shape[0]
    x_hat = centered / sigma  # (5)
    dbeta = dout.sum(axis=0)  # (8)
    dgamma = np.sum(dout * x_hat, axis=0)  # (9)
    dx_hat = gamma * dout  # (10)
    dsigma = -np.sum(dx_hat * centered, axis=0) / sigma**2  # (11)
    dvar = dsigma / (2 * sigma)  # (12)
    dcentered = dx_hat / sigma + 2 * centered / N * dvar  # (13)
    dmean = -dcentered.sum(axis=0)  # (14)
    dx = dcentered + dmean / N  # (15)
    dtype = np.result_type(centered, gamma, dout)
    return tuple(grad.astype(dtype, copy=False) for grad in (dx, dgamma, dbeta))
