"""The running averages of both batch normalizations: written in training, used in tests."""

import math

import numpy as np

from nndl.fast.runtime.jit import as_contiguous, compile_kernel
from nndl.internal.conversions import as_floats

# A 1/σ below which float32 is left: products with deviations beyond 1e9 leave its range. It follows
# from the format, and is not measured.
TINY = 1e-9


def update_running(bn_param, batch, x):
    """Write the running averages back; return the mean and 1/σ to normalize with.

    Parameters
    ----------
    bn_param : dict
        Of the layer; ``running_mean`` and ``running_var`` start at 0.
    batch : sequence of two ndarrays or None
        Mean and variance of the batch, of shape (D,), in float64; None in test mode.
    x : ndarray
        The layer's input: its second axis has D entries.

    Returns
    -------
    mean, inv_std : ndarray, shape (D,)
        In float64.
    tiny : float
        The number of entries of ``inv_std`` below ``TINY``, for ``room_for``.
    """
    D, dtype = x.shape[1], np.dtype(np.float64)
    eps, momentum = float(bn_param.get("eps", 1e-5)), float(bn_param.get("momentum", 0.9))
    keys = "running_mean", "running_var"
    olds = [bn_param[k] if k in bn_param else np.zeros(D, x.dtype) for k in keys]
    _, *olds = as_floats(x, *olds)
    wide = [as_contiguous(old, dtype) for old in olds]
    batch, momentum = (wide, 1.0) if batch is None else (batch, momentum)
    rows = np.empty((4, D))  # new averages, 1/σ, and, at the end, how many of these are tiny
    kernel = compile_kernel(_update, dtype, "1C 1C 1C 1C 2C!", floats=2)
    kernel(*batch, *wide, rows, eps, momentum, work=D)
    if batch is not wide:
        pairs = zip(olds, rows[:2], strict=True)
        olds = [new.astype(np.result_type(old, x)) for old, new in pairs]
    bn_param["running_mean"], bn_param["running_var"] = olds
    return batch[0], rows[2], rows.item(-1) if D else 0.0


def room_for(dtype, tiny):
    """The dtype to normalize in, where ``tiny`` entries of 1/σ are below ``TINY``."""
    return np.dtype(np.float64) if tiny and dtype == np.float32 else dtype


def has_overflowed(total, dtype):
    """Whether a sum of squares was too large for ``dtype``, but will not be for float64."""
    return not math.isfinite(total) and dtype == np.float32  # float64 holds it


def _update(mean, var, old_mean, old_var, rows, eps, momentum):
    tiny = 0.0
    for d in range(mean.size):
        rows[0, d] = momentum * old_mean[d] + (1 - momentum) * mean[d]
        rows[1, d] = momentum * old_var[d] + (1 - momentum) * var[d]
        rows[2, d] = inv_std = 1 / np.sqrt(var[d] + eps)
        tiny += 1.0 if inv_std < TINY else 0.0  # a sum is vectorized, the smallest is not
    if mean.size:
        rows[3, mean.size - 1] = tiny
