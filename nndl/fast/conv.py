"""Convolution, compiled: ``conv_forward_naive`` and ``conv_backward_naive`` for the machine.

Both loops take the sum in the order of equation (8) of the chapter ``convolution/conv_forward``:
one entry of the filters at a time, for all places of a picture. The pixels that lie under that
entry are first collected side by side, so that the innermost loop runs through contiguous memory,
whatever the stride and the caller's layout. Pictures are shared out among the threads.

Where numba is missing, both functions are the naive ones.
"""

import numpy as np

from nndl.checks.conv import check_conv, check_conv_backward, conv_out_shape
from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.fast.compiled import compiled, inlined, numba, prange, prepared

# Gradients of w are summed in this many groups of pictures, then over the groups in order: the
# result does not depend on the number of threads.
GROUPS = 16
SHARED = 2**12  # pixels from which on several threads are worth waking


def conv_forward_fast(x, w, b, conv_param):
    """Convolve pictures with filters: ``conv_forward_naive``, compiled.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W), float32 or float64
        Pictures, in any memory layout.
    w : ndarray, shape (F, C, HH, WW)
        Filters.
    b : ndarray, shape (F,)
        Biases.
    conv_param : dict
        ``stride`` and ``pad``, integers, in pixels.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        With H' = 1 + (H + 2 pad - HH) // stride, W' alike, in the common dtype of x, w and b.
    cache : tuple
        (x, w, b, conv_param), for ``conv_backward_fast``. No copy of x.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_conv("conv_forward_fast", x, w, b, conv_param, fast=True)
    dtype = np.result_type(x, w, b)
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    out = np.empty(conv_out_shape(x, w, conv_param), dtype)
    kernel = compiled(_forward, dtype, "4A 4C 1C 4C!", integers=2, least=SHARED)
    w_c, b_c = prepared(w, dtype, "C"), prepared(b, dtype, "C")
    kernel(prepared(x, dtype), w_c, b_c, out, stride, pad)
    return out, (x, w, b, conv_param)


def conv_backward_fast(dout, cache):
    """Gradients of a convolution: ``conv_backward_naive``, compiled.

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W'), float32 or float64
        Gradient of the loss with respect to the output, in any memory layout.
    cache : tuple
        What ``conv_forward_fast`` returned.

    Returns
    -------
    dx, dw, db : ndarray
        Gradients of the loss, in the shapes of x, w and b.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit; the message names the argument.
    """
    check_conv_backward("conv_backward_fast", dout, cache, fast=True)
    x, w, b, conv_param = cache
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    dtype = np.result_type(x, w, b, dout)
    dx = np.empty(x.shape, dtype)
    dw = np.zeros((GROUPS, *w.shape), dtype)
    db = np.zeros((GROUPS, *b.shape), dtype)
    kernel = compiled(_backward, dtype, "4A 4A 4C 4C! 5C! 2C!", integers=2, least=SHARED)
    x_a, dout_a, w_c = prepared(x, dtype), prepared(dout, dtype), prepared(w, dtype, "C")
    kernel(x_a, dout_a, w_c, dx, dw, db, stride, pad)
    return dx, dw.sum(axis=0), db.sum(axis=0)


@inlined
def _padded(picture, pad):
    """A contiguous copy of ``picture`` (C, H, W) in a frame of ``pad`` zeros."""
    C, H, W = picture.shape
    frame = np.zeros((C, H + 2 * pad, W + 2 * pad), picture.dtype)
    for c in range(C):
        for u in range(H):
            for v in range(W):
                frame[c, u + pad, v + pad] = picture[c, u, v]
    return frame


@inlined
def _seen(frame, p, q, stride, shape, seen):
    """Collect in ``seen`` the pixels of ``frame`` that lie under filter entry (p, q)."""
    for i in range(shape[0]):
        for j in range(shape[1]):
            seen[i * shape[1] + j] = frame[i * stride + p, j * stride + q]


@inlined
def _scatter(d_seen, p, q, stride, shape, d_frame):
    """Add ``d_seen`` to the pixels of ``d_frame`` from which ``_seen`` collects."""
    for i in range(shape[0]):
        for j in range(shape[1]):
            d_frame[i * stride + p, j * stride + q] += d_seen[i * shape[1] + j]


def _forward(x, w, b, out, stride, pad):
    F, C, HH, WW = w.shape
    for n in prange(x.shape[0]):
        frame = _padded(x[n], pad)
        maps = out[n].reshape(F, -1)
        seen = np.empty(maps.shape[1], x.dtype)
        for f in range(F):
            maps[f] = b[f]
        for c in range(C):
            for p in range(HH):
                for q in range(WW):
                    _seen(frame[c], p, q, stride, out.shape[2:], seen)
                    for f in range(F):
                        weight = w[f, c, p, q]
                        for k in range(seen.size):
                            maps[f, k] += weight * seen[k]


def _backward(x, dout, w, dx, dw, db, stride, pad):
    F, C, HH, WW = w.shape
    N, _, H, W = x.shape
    for group in prange(dw.shape[0]):
        for n in range(group, N, dw.shape[0]):
            frame, maps = _padded(x[n], pad), _padded(dout[n], 0).reshape(F, -1)
            d_frame, zero = np.zeros_like(frame), x.dtype.type(0)
            seen, d_seen = np.empty(maps.shape[1], x.dtype), np.empty(maps.shape[1], x.dtype)
            for f in range(F):
                db[group, f] += maps[f].sum()
            for c in range(C):
                for p in range(HH):
                    for q in range(WW):
                        _seen(frame[c], p, q, stride, dout.shape[2:], seen)
                        d_seen[:] = 0
                        for f in range(F):
                            weight, total = w[f, c, p, q], zero
                            for k in range(seen.size):
                                total += maps[f, k] * seen[k]
                                d_seen[k] += maps[f, k] * weight
                            dw[group, f, c, p, q] += total
                        _scatter(d_seen, p, q, stride, dout.shape[2:], d_frame[c])
            dx[n] = d_frame[:, pad : pad + H, pad : pad + W]


if numba is None:
    conv_forward_fast, conv_backward_fast = conv_forward_naive, conv_backward_naive
