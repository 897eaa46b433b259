"""The running averages of both batch normalizations: written in training, used in tests."""

import math

import numpy as np

from nndl.fast.runtime.jit import compiled, prepared
from nndl.internal.conversions import as_floats


def update_running(bn_param, batch, x):
    """Write the running averages back; return the mean and 1/σ to normalize with, in float64.

    Parameters
    ----------
    bn_param : dict
        Of the layer; ``running_mean`` and ``running_var`` start at 0.
    batch : sequence of two ndarrays or None
        Mean and variance of the batch, of shape (D,), in float64; None in test mode.
    x : ndarray
        The layer's input: its second axis has D entries.
    """
    D, dtype = x.shape[1], np.dtype(np.float64)
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    keys = "running_mean", "running_var"
    olds = [bn_param[k] if k in bn_param else np.zeros(D, x.dtype) for k in keys]
    _, *olds = as_floats(x, *olds)
    wide = [prepared(old, dtype, "C") for old in olds]
    batch, momentum = (wide, 1.0) if batch is None else (batch, momentum)
    news, inv_std = np.empty((2, D)), np.empty(D)
    kernel = compiled(_update, dtype, "1C 1C 1C 1C 2C! 1C!", floats=2)
    kernel(*batch, *wide, news, inv_std, eps, momentum, work=D)
    if batch is not wide:
        olds = [new.astype(np.result_type(old, x)) for old, new in zip(olds, news, strict=True)]
    bn_param["running_mean"], bn_param["running_var"] = olds
    return batch[0], inv_std


def room_for(dtype, inv_std):
    """The dtype to normalize in: products with deviations beyond 1e9 leave the range of float32."""
    # The ufunc's own method: .min() and .sum() take twice as long on the few numbers of a layer.
    large = dtype == np.float32 and inv_std.size and np.minimum.reduce(inv_std) < 1e-9
    return np.dtype(np.float64) if large else dtype


def has_overflowed(batch, dtype):
    """Whether a sum of squares was too large for ``dtype``, but will not be for float64."""
    return dtype == np.float32 and not math.isfinite(np.add.reduce(batch[1]))  # float64 holds it


def _update(mean, var, old_mean, old_var, news, inv_std, eps, momentum):
    for d in range(mean.size):
        news[0, d] = momentum * old_mean[d] + (1 - momentum) * mean[d]
        news[1, d] = momentum * old_var[d] + (1 - momentum) * var[d]
        inv_std[d] = 1 / np.sqrt(var[d] + eps)
