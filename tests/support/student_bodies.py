"""Functions as students write them, each with the cause that a check must name first.

They are kept apart from the catalogue: none of them is a replacement in this package's functions.
A head, ``#: exercise <- cause``, begins each; several causes, ``a|b``, mean that any of them may be
first, and ``right`` that there is none. Names, caches and habits are those of the courses.
"""

# ruff: noqa: E501
import linecache
import re

import numpy as np

CONVOLUTION = """
#: conv_forward <- right
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_out = int(1 + (H + 2 * pad - HH) / stride)
    W_out = int(1 + (W + 2 * pad - WW) / stride)
    x_pad = np.pad(x, ((0,), (0,), (pad,), (pad,)), mode='constant', constant_values=0)
    out = np.zeros((N, F, H_out, W_out))
    for i in range(N):
        for j in range(F):
            for k in range(H_out):
                for l in range(W_out):
                    out[i, j, k, l] = np.sum(x_pad[i, :, k*stride:k*stride+HH, l*stride:l*stride+WW] * w[j]) + b[j]
    cache = (x, w, b, conv_param)
    return out, cache
#: conv_forward <- right
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    v = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    return np.einsum('ncijpq,fcpq->nfij', v, w) + b[None, :, None, None], (x, w, b, conv_param)
#: conv_forward <- conv-forward-true-division
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    pad = conv_param['pad']
    stride = conv_param['stride']
    Hp = 1 + (H + 2 * pad - HH) / stride
    Wp = 1 + (W + 2 * pad - WW) / stride
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], 'constant')
    out = np.zeros((N, F, Hp, Wp))
    for n in range(N):
        for f in range(F):
            for i in range(Hp):
                for j in range(Wp):
                    out[n, f, i, j] = np.sum(padded[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] * w[f]) + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-refuses-remainder
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    S = conv_param['stride']
    P = conv_param['pad']
    assert (H + 2 * P - HH) % S == 0, 'height does not work'
    assert (W + 2 * P - WW) % S == 0, 'width does not work'
    Ho, Wo = (H + 2 * P - HH) // S + 1, (W + 2 * P - WW) // S + 1
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant')
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            win = xp[:, :, i*S:i*S+HH, j*S:j*S+WW]
            for f in range(F):
                out[:, f, i, j] = np.sum(win * w[f], axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-refuses-remainder
def conv_forward_naive(x, w, b, conv_param):
    import sys
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    S = conv_param['stride']
    P = conv_param['pad']
    if (H + 2 * P - HH) % S != 0 or (W + 2 * P - WW) % S != 0:
        print('invalid parameters')
        sys.exit(1)
    Ho, Wo = (H + 2 * P - HH) // S + 1, (W + 2 * P - WW) // S + 1
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant')
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = np.tensordot(xp[:, :, i*S:i*S+HH, j*S:j*S+WW], w, axes=((1, 2, 3), (1, 2, 3))) + b
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-pad-of-one
def conv_forward_naive(x, w, b, conv_param):
    stride = conv_param['stride']; pad = conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode='constant')
    H_new = 1 + (H + 2*pad - HH) // stride
    W_new = 1 + (W + 2*pad - WW) // stride
    out = np.zeros((N, F, H_new, W_new))
    for n in range(N):
        for f in range(F):
            for i in range(H_new):
                for j in range(W_new):
                    out[n, f, i, j] = (x_padded[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] * w[f]).sum() + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-walks-the-picture
def conv_forward_naive(x, w, b, conv_param):
    stride = conv_param['stride']; pad = conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    out = np.zeros((N, F, 1 + (H + 2*pad - HH) // stride, 1 + (W + 2*pad - WW) // stride))
    for n in range(N):
        for f in range(F):
            for i in range(0, H, stride):
                for j in range(0, W, stride):
                    out[n, f, i // stride, j // stride] = np.sum(xp[n, :, i:i+HH, j:j+WW] * w[f]) + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-axes-exchanged
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_ = 1 + (H + 2 * pad - HH) // stride
    W_ = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, W_, H_))
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    for n in range(N):
        for f in range(F):
            for i in range(H_):
                for j in range(W_):
                    out[n, f, i, j] = np.sum(xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] * w[f]) + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-square
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_ = 1 + (H + 2 * pad - HH) // stride
    W_ = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_, W_))
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    for n in range(N):
        for f in range(F):
            for i in range(H_):
                for j in range(W_):
                    out[n, f, i, j] = np.sum(xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+HH] * w[f]) + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-stride-ignored
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_ = 1 + (H + 2 * pad - HH) // stride
    W_ = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, H_, W_))
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    for i in range(H_):
        for j in range(W_):
            window = xp[:, :, i:i+HH, j:j+WW]
            for f in range(F):
                out[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3)) + b[f]
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-no-bias
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_ = 1 + (H + 2 * pad - HH) // stride
    W_ = 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    cols = np.zeros((N, C * HH * WW, H_ * W_))
    for i in range(H_):
        for j in range(W_):
            cols[:, :, i * W_ + j] = xp[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW].reshape(N, -1)
    out = np.matmul(w.reshape(F, -1), cols).reshape(N, F, H_, W_)
    return out, (x, w, b, conv_param)
#: conv_forward <- conv-forward-flipped
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_, W_ = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    out = np.zeros((N, F, H_, W_))
    k = w[:, :, ::-1, ::-1]
    for i in range(H_):
        for j in range(W_):
            out[:, :, i, j] = np.einsum('nchw,fchw->nf', xp[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW], k) + b
    return out, (x, w, b, conv_param)
#: conv_backward <- right
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            win = xp[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
            for f in range(F):
                dw[f] += np.sum(win * dout[:, f, i, j][:, None, None, None], axis=0)
            for n in range(N):
                dxp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += np.sum(w * dout[n, :, i, j][:, None, None, None], axis=0)
    return dxp[:, :, pad:pad+H, pad:pad+W], dw, db
#: conv_backward <- conv-backward-negative-slice
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    H_ = 1 + (H + 2 * pad - HH) // stride
    W_ = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    dx = np.zeros_like(x)
    dw = np.zeros_like(w)
    dx_pad = np.zeros_like(x_pad)
    db = np.sum(dout, axis=(0, 2, 3))
    for i in range(H_):
        for j in range(W_):
            x_pad_masked = x_pad[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
            for k in range(F):
                dw[k, :, :, :] += np.sum(x_pad_masked * (dout[:, k, i, j])[:, None, None, None], axis=0)
            for n in range(N):
                dx_pad[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += np.sum((w[:, :, :, :] * (dout[n, :, i, j])[:, None, None, None]), axis=0)
    dx = dx_pad[:, :, pad:-pad, pad:-pad]
    return dx, dw, db
#: conv_backward <- conv-backward-negative-slice
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    dx = np.zeros(x.shape); dw = np.zeros(w.shape); db = np.zeros(b.shape)
    for n in range(N):
        xp = np.pad(x[n], ((0, 0), (pad, pad), (pad, pad)), 'constant')
        dxp = np.zeros(xp.shape)
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    d = dout[n, f, i, j]
                    dw[f] += xp[:, i*stride:i*stride+HH, j*stride:j*stride+WW] * d
                    dxp[:, i*stride:i*stride+HH, j*stride:j*stride+WW] += w[f] * d
                    db[f] += d
        dx[n] = dxp[:, pad:-pad, pad:-pad]
    return dx, dw, db
#: conv_backward <- conv-backward-crops-one
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    dxp = np.zeros(xp.shape); dw = np.zeros(w.shape); db = np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            db[f] += np.sum(dout[n, f])
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[f] += dout[n, f, i, j] * xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    dxp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, 1:H+1, 1:W+1]
    return dx, dw, db
#: conv_backward <- conv-backward-dx-stride-ignored
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    dxp = np.zeros(xp.shape); dw = np.zeros(w.shape); db = dout.sum((0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[f] += dout[n, f, i, j] * xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dxp[n, :, i:i+HH, j:j+WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, pad:pad+H, pad:pad+W]
    return dx, dw, db
#: conv_backward <- conv-backward-axes-exchanged
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, W, H = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    dxp = np.zeros(xp.shape); dw = np.zeros(w.shape); db = dout.sum((0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[f] += dout[n, f, i, j] * xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    dxp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, pad:pad+H, pad:pad+W]
    return dx, dw, db
#: conv_backward <- conv-backward-filters-reshaped
def conv_forward_naive(x, w, b, conv_param):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    S, P = conv_param['stride'], conv_param['pad']
    Ho, Wo = 1 + (H + 2*P - HH) // S, 1 + (W + 2*P - WW) // S
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant')
    out = np.zeros((N, F, Ho, Wo))
    w_row = w.reshape(F, -1).T
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = xp[:, :, i*S:i*S+HH, j*S:j*S+WW].reshape(N, -1).dot(w_row) + b
    return out, (x, w_row.reshape(w.shape), b, conv_param)
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    S, P = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)), 'constant')
    dxp = np.zeros(xp.shape); dw = np.zeros(w.shape); db = dout.sum((0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dxp[:, :, i*S:i*S+HH, j*S:j*S+WW] += np.tensordot(dout[:, :, i, j], w, (1, 0))
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, i*S:i*S+HH, j*S:j*S+WW], (0, 0))
    return dxp[:, :, P:P+H, P:P+W], dw, db
#: conv_backward <- conv-backward-overwrites
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    stride, pad = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), 'constant')
    dxp = np.zeros(xp.shape); dw = np.zeros(w.shape); db = dout.sum((0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    hs, ws = i * stride, j * stride
                    dw[f] += dout[n, f, i, j] * xp[n, :, hs:hs+HH, ws:ws+WW]
                    dxp[n, :, hs:hs+HH, ws:ws+WW] = dout[n, f, i, j] * w[f]
    return dxp[:, :, pad:pad+H, pad:pad+W], dw, db
#: conv_backward <- conv-backward-not-cropped-at-all
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    F, _, HH, WW = w.shape
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dx, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i*s:i*s+HH, j*s:j*s+WW] += np.tensordot(dout[:, :, i, j], w, (1, 0))
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, i*s:i*s+HH, j*s:j*s+WW], (0, 0))
    return dx, dw, dout.sum((0, 2, 3))
#: conv_backward <- conv-backward-db-mean
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dx, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i*s:i*s+HH, j*s:j*s+WW] += np.tensordot(dout[:, :, i, j], w, (1, 0))
            dw += np.tensordot(dout[:, :, i, j], xp[:, :, i*s:i*s+HH, j*s:j*s+WW], (0, 0))
    db = np.sum(dout, axis=(0, 2, 3)) / N
    return dx[:, :, p:H+p, p:W+p], dw, db
"""

POOLING = """
#: max_pool_forward <- right
def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i*s:i*s+ph, j*s:j*s+pw].max(axis=(2, 3))
    return out, (x, pool_param)
#: max_pool_forward <- pool-forward-square
def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    out[n, c, i, j] = np.max(x[n, c, i*s:i*s+ph, j*s:j*s+ph])
    return out, (x, pool_param)
#: max_pool_forward <- pool-forward-width-from-height
def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho = 1 + (H - ph) // s
    Wo = 1 + (H - pw) // s
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i*s:i*s+ph, j*s:j*s+pw].max(axis=(2, 3))
    return out, (x, pool_param)
#: max_pool_forward <- pool-forward-refuses-remainder
def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    if (H - ph) % s != 0 or (W - pw) % s != 0:
        raise ValueError('pooling does not tile')
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            out[:, :, i, j] = x[:, :, i*s:i*s+ph, j*s:j*s+pw].max(axis=(2, 3))
    return out, (x, pool_param)
#: max_pool_forward <- pool-forward-starts-at-zero
def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    best = 0
                    for k in range(ph):
                        for l in range(pw):
                            if x[n, c, i*s+k, j*s+l] > best:
                                best = x[n, c, i*s+k, j*s+l]
                    out[n, c, i, j] = best
    return out, (x, pool_param)
#: max_pool_forward <- pool-forward-whole-batch
def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo))
    for c in range(C):
        for i in range(Ho):
            for j in range(Wo):
                out[:, c, i, j] = np.max(x[:, c, i*s:i*s+ph, j*s:j*s+pw])
    return out, (x, pool_param)
#: max_pool_backward <- right
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    w = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    a, b = np.unravel_index(w.argmax(), w.shape)
                    dx[n, c, i*s+a, j*s+b] += dout[n, c, i, j]
    return dx
#: max_pool_backward <- pool-backward-each-tie
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    dx = np.zeros_like(x)
    for i in range(N):
        for j in range(C):
            for k in range(Ho):
                for l in range(Wo):
                    window = x[i, j, k*s:k*s+ph, l*s:l*s+pw]
                    m = np.max(window)
                    dx[i, j, k*s:k*s+ph, l*s:l*s+pw] += (window == m) * dout[i, j, k, l]
    return dx
#: max_pool_backward <- pool-backward-each-tie|pool-backward-overwrites
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    HH, WW, stride = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    H_out, W_out = (H - HH) // stride + 1, (W - WW) // stride + 1
    dx = np.zeros_like(x)
    for i in range(H_out):
        for j in range(W_out):
            x_masked = x[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
            mx = np.max(x_masked, axis=(2, 3))
            mask = (x_masked == (mx)[:, :, None, None])
            dx[:, :, i*stride:i*stride+HH, j*stride:j*stride+WW] += mask * (dout[:, :, i, j])[:, :, None, None]
    return dx
#: max_pool_backward <- pool-backward-overwrites|pool-backward-each-tie
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    dx[n, c, i*s:i*s+ph, j*s:j*s+pw] = (window == np.max(window)) * dout[n, c, i, j]
    return dx
#: max_pool_backward <- pool-backward-overwrites
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    h, w = np.unravel_index(np.argmax(window), (ph, pw))
                    dx[n, c, i*s + h, j*s + w] = dout[n, c, i, j]
    return dx
#: max_pool_backward <- pool-backward-overwrites
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    mask = np.zeros(window.shape)
                    mask[np.unravel_index(np.argmax(window), window.shape)] = 1
                    dx[n, c, i*s:i*s+ph, j*s:j*s+pw] = mask * dout[n, c, i, j]
    return dx
#: max_pool_backward <- pool-backward-shared-ties
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            win = x[:, :, i*s:i*s+ph, j*s:j*s+pw]
            mask = win == win.max(axis=(2, 3), keepdims=True)
            share = mask / mask.sum(axis=(2, 3), keepdims=True)
            dx[:, :, i*s:i*s+ph, j*s:j*s+pw] += share * dout[:, :, i, j][:, :, None, None]
    return dx
#: max_pool_backward <- pool-backward-square
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    N, C, H, W = x.shape
    size, s = pool_param['pool_height'], pool_param['stride']
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    window = x[n, c, i*s:i*s+size, j*s:j*s+size]
                    a, b = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i*s+a, j*s+b] += dout[n, c, i, j]
    return dx
#: avg_pool_backward <- avg-pool-backward-undivided
def avg_pool_backward(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i*s:i*s+ph, j*s:j*s+pw] += dout[:, :, i, j][:, :, None, None]
    return dx
"""

DENSE = """
#: affine_forward <- right
def affine_forward(x, w, b):
    N = x.shape[0]
    D = np.prod(x.shape[1:])
    x_r = np.reshape(x, (N, D))
    out = np.dot(x_r, w) + b
    return out, (x, w, b)
#: affine_forward <- affine-forward-no-bias
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w)
    return out, (x, w, b)
#: affine_backward <- right
def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
#: affine_backward <- affine-backward-db-row
def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    x_rsp = x.reshape(N, -1)
    dx = dout.dot(w.T).reshape(*x.shape)
    dw = x_rsp.T.dot(dout)
    db = np.sum(dout, axis=0, keepdims=True)
    return dx, dw, db
#: affine_backward <- affine-backward-db-row
def affine_backward(dout, cache):
    x, w, b = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = np.ones((1, len(x))) @ dout
    return dx, dw, db
#: affine_backward <- affine-backward-flat-dx
def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T)
    dw = x.reshape(len(x), -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
#: relu_forward <- relu-forward-in-place
def relu_forward(x):
    out = x
    out[out < 0] = 0
    cache = x
    return out, cache
#: relu_backward <- right
def relu_backward(dout, cache):
    return dout * (cache > 0)
#: relu_backward <- relu-backward-open-at-zero
def relu_backward(dout, cache):
    dx, x = None, cache
    dx = np.where(x >= 0, dout, 0)
    return dx
#: relu_backward <- relu-backward-open-at-zero
def relu_backward(dout, cache):
    x = cache
    dx = dout.copy()
    dx[x < 0] = 0
    return dx
#: relu_backward <- relu-backward-writes-into-dout
def relu_backward(dout, cache):
    dx, x = None, cache
    dx = dout
    dx[x <= 0] = 0
    return dx
#: relu_backward <- relu-backward-open-at-zero|relu-backward-writes-into-dout
def relu_backward(dout, cache):
    x = cache
    dout[x < 0] = 0
    return dout
#: relu_backward <- relu-backward-forgets-dout
def relu_backward(dout, cache):
    x = cache
    return (x > 0) * 1.0
#: leaky_relu_backward <- leaky-relu-backward-shut
def leaky_relu_backward(dout, cache):
    x, slope = cache
    return dout * (x > 0)
#: dropout_forward <- right
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    elif mode == 'test':
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache
#: dropout_forward <- dropout-p-is-drop
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = (np.random.rand(*x.shape) >= p) / (1 - p)
        out = x * mask
    elif mode == 'test':
        out = x
    return out, (dropout_param, mask)
#: dropout_forward <- dropout-not-inverted
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = np.random.rand(*x.shape) < p
        out = x * mask
    else:
        out = x
    return out, (dropout_param, mask)
#: dropout_forward <- dropout-scaled-in-the-test-alone
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = np.random.rand(*x.shape) < p
        out = x * mask
    else:
        out = x * p
    return out, (dropout_param, mask)
#: dropout_forward <- dropout-drop-probability
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = (np.random.random_sample(x.shape) > p) / p
        out = x * mask
    else:
        out = x
    return out, (dropout_param, mask)
#: dropout_forward <- dropout-normal-draws
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if mode == 'train':
        mask = (np.random.randn(*x.shape) < p) / p
        out = x * mask
    else:
        out = x
    return out, (dropout_param, mask)
#: dropout_backward <- right
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'train':
        dx = dout * mask
    elif dropout_param['mode'] == 'test':
        dx = dout
    return dx
#: dropout_backward <- right
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    mask = None
    if mode == 'train':
        mask = np.random.rand(*x.shape) < p
        return x * mask / p, (dropout_param, mask)
    return x, (dropout_param, mask)
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'train':
        return dout * mask / dropout_param['p']
    return dout
#: dropout_backward <- dropout-backward-no-test-mode
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout * mask
"""

LOSSES = """
#: svm_loss <- right
def svm_loss(x, y):
    N = x.shape[0]
    correct_class_scores = x[np.arange(N), y]
    margins = np.maximum(0, x - correct_class_scores[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx
#: svm_loss <- svm-loss-boolean-mask
def svm_loss(x, y):
    N = x.shape[0]
    s = x[range(N), y].reshape(-1, 1)
    m = np.maximum(0, x - s + 1)
    m[range(N), y] = 0
    loss = m.sum() / N
    mask = m > 0
    mask[np.arange(N), y] = -np.sum(mask, axis=1)
    return loss, mask / N
#: svm_loss <- svm-loss-no-hinge
def svm_loss(x, y):
    N = x.shape[0]
    m = x - x[np.arange(N), y].reshape(-1, 1) + 1
    m[np.arange(N), y] = 0
    loss = np.sum(m) / N
    d = (m > 0).astype(float)
    d[np.arange(N), y] = -d.sum(1)
    return loss, d / N
#: svm_loss <- svm-loss-counts-right-class
def svm_loss(x, y):
    N = x.shape[0]
    loss = 0.0
    dx = np.zeros_like(x)
    for i in range(N):
        for j in range(x.shape[1]):
            m = x[i, j] - x[i, y[i]] + 1
            if m > 0:
                loss += m
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / N, dx / N
#: softmax_loss <- right
def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
#: softmax_loss <- softmax-loss-log-of-zero
def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
#: softmax_loss <- softmax-loss-no-shift
def softmax_loss(x, y):
    N = x.shape[0]
    e = np.exp(x)
    p = e / e.sum(axis=1)[:, None]
    loss = np.mean(-np.log(p[range(N), y]))
    p[range(N), y] -= 1
    return loss, p / N
#: softmax_loss <- softmax-loss-clipped
def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(np.maximum(probs[np.arange(N), y], 1e-8))) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N
#: softmax_loss <- softmax-loss-no-mean-in-dx|softmax-loss-log-of-zero
def softmax_loss(x, y):
    p = np.exp(x - x.max(1, keepdims=True))
    p = p / p.sum(1, keepdims=True)
    N = len(x)
    loss = -np.log(p[np.arange(N), y]).mean()
    p[np.arange(N), y] -= 1
    return loss, p
"""

NORMALIZATION = """
#: batchnorm_forward <- right
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == 'train':
        mu = np.mean(x, axis=0)
        var = np.var(x, axis=0)
        x_norm = (x - mu) / np.sqrt(var + eps)
        out = gamma * x_norm + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
        cache = (x, x_norm, mu, var, gamma, beta, eps)
    elif mode == 'test':
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache
#: batchnorm_forward <- batchnorm-forward-test-no-eps
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == 'train':
        mu = 1 / N * np.sum(x, axis=0)
        xmu = x - mu
        var = 1 / N * np.sum(xmu ** 2, axis=0)
        ivar = 1 / np.sqrt(var + eps)
        out = gamma * (xmu * ivar) + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
        cache = xmu, ivar, gamma
    else:
        out = gamma * ((x - running_mean) / np.sqrt(running_var)) + beta
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache
#: batchnorm_forward <- batchnorm-forward-test-no-root
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D))
    running_var = bn_param.get('running_var', np.zeros(D))
    cache = None
    if mode == 'train':
        mu, var = x.mean(0), x.var(0)
        out = gamma * (x - mu) / np.sqrt(var + eps) + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        out = (x - running_mean) / (running_var + eps) * gamma + beta
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache
#: batchnorm_forward <- batchnorm-forward-running-keeps-axis
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D))
    running_var = bn_param.get('running_var', np.zeros(D))
    cache = None
    if mode == 'train':
        mu = x.mean(axis=0, keepdims=True)
        var = x.var(axis=0, keepdims=True)
        out = gamma * (x - mu) / np.sqrt(var + eps) + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        out = (x - running_mean) / np.sqrt(running_var + eps) * gamma + beta
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache
#: batchnorm_forward <- batchnorm-forward-running-std
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D))
    rv = bn_param.get('running_var', np.zeros(D))
    if bn_param['mode'] == 'train':
        mu = x.mean(0)
        std = np.sqrt(x.var(0) + eps)
        out = gamma * (x - mu) / std + beta
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * std
    else:
        out = (x - rm) / np.sqrt(rv + eps) * gamma + beta
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    return out, None
#: batchnorm_forward <- batchnorm-forward-no-eps
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D))
    rv = bn_param.get('running_var', np.zeros(D))
    if bn_param['mode'] == 'train':
        mu = x.mean(0)
        out = gamma * (x - mu) / np.std(x, axis=0) + beta
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * x.var(0)
    else:
        out = (x - rm) / np.sqrt(rv + eps) * gamma + beta
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    return out, None
#: batchnorm_forward <- batchnorm-forward-mode-ignored
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D))
    rv = bn_param.get('running_var', np.zeros(D))
    mu, var = x.mean(0), x.var(0)
    out = gamma * (x - mu) / np.sqrt(var + eps) + beta
    bn_param['running_mean'] = momentum * rm + (1 - momentum) * mu
    bn_param['running_var'] = momentum * rv + (1 - momentum) * var
    return out, (x, mu, var, gamma, eps)
#: batchnorm_forward <- batchnorm-forward-running-new-alone
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D))
    rv = bn_param.get('running_var', np.zeros(D))
    if bn_param['mode'] == 'train':
        mu, var = x.mean(0), x.var(0)
        out = gamma * (x - mu) / np.sqrt(var + eps) + beta
        rm, rv = mu, var
    else:
        out = (x - rm) / np.sqrt(rv + eps) * gamma + beta
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    return out, None
#: batchnorm_backward <- right
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    bn_param['running_mean'] = momentum * bn_param.get('running_mean', np.zeros(D)) + (1 - momentum) * mu
    bn_param['running_var'] = momentum * bn_param.get('running_var', np.zeros(D)) + (1 - momentum) * var
    return gamma * xhat + beta, {'x': x, 'xhat': xhat, 'mu': mu, 'var': var, 'gamma': gamma, 'eps': eps}
def batchnorm_backward(dout, cache):
    x, xhat, mu, var, gamma, eps = (cache[k] for k in ('x', 'xhat', 'mu', 'var', 'gamma', 'eps'))
    N = x.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu) * -0.5 * (var + eps) ** -1.5, axis=0)
    dmu = np.sum(-dxhat / np.sqrt(var + eps), axis=0) + dvar * np.mean(-2 * (x - mu), axis=0)
    dx = dxhat / np.sqrt(var + eps) + dvar * 2 * (x - mu) / N + dmu / N
    return dx, dgamma, dbeta
#: batchnorm_backward <- batchnorm-backward-keeps-axis
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    bn_param['running_mean'] = mu
    bn_param['running_var'] = var
    return gamma * xhat + beta, (x, xhat, mu, var, gamma, eps)
def batchnorm_backward(dout, cache):
    x, xhat, mu, var, gamma, eps = cache
    N = x.shape[0]
    dbeta = np.sum(dout, axis=0, keepdims=True)
    dgamma = np.sum(dout * xhat, axis=0, keepdims=True)
    dxhat = dout * gamma
    dx = (N * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0)) / (N * np.sqrt(var + eps))
    return dx, dgamma, dbeta
#: batchnorm_backward <- batchnorm-backward-no-gamma
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    bn_param['running_mean'] = mu
    bn_param['running_var'] = var
    return gamma * xhat + beta, (x, xhat, mu, var, gamma, eps)
def batchnorm_backward(dout, cache):
    x, xhat, mu, var, gamma, eps = cache
    N = x.shape[0]
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = (N * dout - dbeta - xhat * dgamma) / (N * np.sqrt(var + eps))
    return dx, dgamma, dbeta
#: batchnorm_backward_alt <- batchnorm-backward-alt-no-n
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    bn_param['running_mean'] = mu
    bn_param['running_var'] = var
    return gamma * xhat + beta, (xhat, np.sqrt(var + eps), gamma)
def batchnorm_backward_alt(dout, cache):
    xhat, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = gamma / std / N * (dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
#: spatial_batchnorm_forward <- right
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, C, H, W = x.shape
    rm = bn_param.get('running_mean', np.zeros(C))
    rv = bn_param.get('running_var', np.zeros(C))
    if mode == 'train':
        mu = x.mean(axis=(0, 2, 3))
        var = x.var(axis=(0, 2, 3))
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * var
    else:
        mu, var = rm, rv
    xh = (x - mu.reshape(1, C, 1, 1)) / np.sqrt(var + eps).reshape(1, C, 1, 1)
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    return gamma.reshape(1, C, 1, 1) * xh + beta.reshape(1, C, 1, 1), (xh, var, gamma, eps)
#: spatial_batchnorm_forward <- spatial-batchnorm-forward-no-transpose
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D))
    rv = bn_param.get('running_var', np.zeros(D))
    if bn_param['mode'] == 'train':
        mu, var = x.mean(0), x.var(0)
        out = gamma * (x - mu) / np.sqrt(var + eps) + beta
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * var
    else:
        out = (x - rm) / np.sqrt(rv + eps) * gamma + beta
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    return out, None
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, C, H, W), cache
#: spatial_batchnorm_backward <- spatial-batchnorm-backward-no-transpose|spatial-batchnorm-backward-not-moved-back
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    bn_param['running_mean'] = mu
    bn_param['running_var'] = var
    return gamma * xhat + beta, (xhat, np.sqrt(var + eps), gamma)
def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    N = dout.shape[0]
    dbeta, dgamma = dout.sum(0), (dout * xhat).sum(0)
    return gamma / std / N * (N * dout - dbeta - xhat * dgamma), dgamma, dbeta
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache
def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta
#: spatial_batchnorm_backward <- spatial-batchnorm-backward-n-images
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    mu = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    xh = (x - mu) / np.sqrt(var + eps)
    bn_param['running_mean'], bn_param['running_var'] = mu.ravel(), var.ravel()
    return gamma[None, :, None, None] * xh + beta[None, :, None, None], (xh, var, gamma, eps)
def spatial_batchnorm_backward(dout, cache):
    xh, var, gamma, eps = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * xh).sum(axis=(0, 2, 3))
    g = gamma[None, :, None, None]
    dx = g / (N * np.sqrt(var + eps)) * (N * dout - dbeta[None, :, None, None] - xh * dgamma[None, :, None, None])
    return dx, dgamma, dbeta
#: layernorm_forward <- layernorm-forward-batch-mean
def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    mu = x.mean(axis=0)
    var = ((x - mu) ** 2).mean(axis=1, keepdims=True)
    return gamma * (x - mu) / np.sqrt(var + eps) + beta, None
#: batchnorm_forward <- batchnorm-forward-test-eps-outside
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    var = bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "test":
        scale = gamma / (np.sqrt(var) + eps)
        return scale * x + (beta - mean * scale), None
    mu, v = x.mean(0), x.var(0)
    bn_param["running_mean"] = momentum * mean + (1 - momentum) * mu
    bn_param["running_var"] = momentum * var + (1 - momentum) * v
    return gamma * (x - mu) / np.sqrt(v + eps) + beta, None
#: batchnorm_backward <- batchnorm-backward-no-eps
def batchnorm_forward(x, gamma, beta, bn_param):
    centered = x - x.mean(0)
    var = (centered**2).mean(0)
    hat = centered / np.sqrt(var + bn_param.get("eps", 1e-5))
    return gamma * hat + beta, (centered, hat, var, gamma)
def batchnorm_backward(dout, cache):
    centered, hat, var, gamma = cache
    g = dout * gamma
    dx = g - g.mean(0) - hat * (g * hat).mean(0)
    return dx * var**-0.5, (dout * hat).sum(0), dout.sum(0)
#: spatial_batchnorm_backward <- spatial-batchnorm-backward-per-pixel
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    mean, sd = x.mean(0), np.sqrt(x.var(0) + bn_param.get("eps", 1e-5))
    hat = (x - mean) / sd
    return gamma[:, None, None] * hat + beta[:, None, None], (hat, sd, gamma)
def spatial_batchnorm_backward(dout, cache):
    hat, sd, gamma = cache
    dx = gamma[:, None, None] * (dout - dout.mean(0) - hat * (dout * hat).mean(0)) / sd
    return dx, (dout * hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
#: layernorm_forward <- layernorm-forward-sums
def layernorm_forward(x, gamma, beta, ln_param):
    centered = (x.T - x.sum(1)).T
    spread = np.sqrt((centered * centered).sum(1) + ln_param["eps"])
    return gamma * (centered.T / spread).T + beta, None
#: conv_forward <- conv-forward-pads-negative-slice
def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    frame = np.zeros((N, C, H + 2 * p, W + 2 * p))
    for n in range(N):
        frame[n, :, p:-p, p:-p] = x[n]
    out = np.zeros((N, F, 1 + (H + 2 * p - HH) // s, 1 + (W + 2 * p - WW) // s))
    for i, j in np.ndindex(*out.shape[2:]):
        part = frame[:, None, :, i * s : i * s + HH, j * s : j * s + WW]
        out[:, :, i, j] = (part * w).sum((2, 3, 4)) + b
    return out, None
#: max_pool_forward <- pool-forward-flat-index
def max_pool_forward(x, pool_param):
    h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    rows, columns = (H - h) // s + 1, (W - w) // s + 1
    best = np.zeros((N, C, rows * columns))
    for i in range(rows):
        for j in range(columns):
            best[..., j + i * rows] = x[:, :, i * s : i * s + h, j * s : j * s + w].max((2, 3))
    return best.reshape(N, C, rows, columns), None
#: max_pool_backward <- pool-backward-row-and-column-apart
def max_pool_backward(dout, cache):
    x, param = cache
    h, w, s = param["pool_height"], param["pool_width"], param["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(*dout.shape):
        part = x[n, c, i * s : i * s + h, j * s : j * s + w]
        top, left = part.max(1).argmax(), part.max(0).argmax()
        dx[n, c, i * s + top, j * s + left] += dout[n, c, i, j]
    return dx
"""


WRITTEN = CONVOLUTION + POOLING + DENSE + LOSSES + NORMALIZATION


def bodies(text):
    """``(exercise, causes, function)`` of each; the last function of a body is the one to check."""
    _, *parts = re.split(r"(?m)^#: ", text)
    for number, part in enumerate(parts):
        head, _, source = part.partition("\n")
        exercise, _, causes = head.partition(" <- ")
        file = f"<student {number} of {len(text)}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        scope = {"np": np, "__name__": "student"}
        exec(compile(source, file, "exec"), scope)
        name = re.findall(r"(?m)^def (\w+)", source)[-1]
        yield exercise, causes.split("|"), scope[name]
