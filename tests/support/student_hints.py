"""Bodies with one mistake that a rule finds, and words that their hints must have.

Each is what a student would write, with the cause that is found first, and a word of each hint: the
question, the equation, and the line that it points at.
"""

CONV = """
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, Ho, Wo = dout.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    db[f] += dout[n, f, i, j]
                    dw[f] += dout[n, f, i, j] * xp[n, :, i*s:i*s+HH, j*s:j*s+WW]
                    dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, pad:pad+H, pad:pad+W]
    return dx, dw, db
""".lstrip()

NORM = """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    mu, var = x.mean(axis=0), x.var(axis=0)
    xhat = (x - mu) / np.sqrt(var + eps)
    return gamma * xhat + beta, (x, xhat, mu, var, gamma, eps)

def batchnorm_backward(dout, cache):
    x, xhat, mu, var, gamma, eps = cache
    N, D = x.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    istd = 1 / np.sqrt(var + eps)
    dvar = np.sum(dxhat * (x - mu) * -0.5 * istd**3, axis=0)
    dmu = np.sum(-dxhat * istd, axis=0)
    dx = dxhat * istd + dvar * 2 * (x - mu) / N + dmu / N
    return dx, dgamma, dbeta
""".lstrip()

LOSS = """
def softmax_loss(x, y):
    N = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    loss = -np.sum(logp[np.arange(N), y]) / N
    dx = np.exp(logp)
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
""".lstrip()

FORWARD = """
def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    win = xp[n, :, i*stride:i*stride+HH, j*stride:j*stride+WW]
                    out[n, f, i, j] = np.sum(win * w[f]) + b[f]
    return out, (x, w, b, conv_param)
""".lstrip()

AFFINE = """
def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(x.shape[0], -1)
    dx = dout.dot(w.T).reshape(x.shape)
    dw = flat.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db
""".lstrip()

POOL = """
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    _, _, Ho, Wo = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(Ho):
                for j in range(Wo):
                    win = x[n, c, i*s:i*s+ph, j*s:j*s+pw]
                    p, q = np.unravel_index(np.argmax(win), win.shape)
                    dx[n, c, i*s+p, j*s+q] += dout[n, c, i, j]
    return dx
""".lstrip()

DROPOUT = """
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    mask = (np.random.rand(*x.shape) < p) / p if mode == 'train' else None
    return (x * mask if mode == 'train' else x), (dropout_param, mask)

def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'test':
        return dout
    dx = dout * mask
    return dx
""".lstrip()


def changed(base, old, new):
    """A body with one line that is another one."""
    assert base.count(old) == 1, old
    return base.replace(old, new)


# The exercise, the cause, a word of each hint, and the body.
BODIES = [
    ("conv_backward", "result-doubled", ("2 come from", "dx_pad[", "dx = 2 * dxp"),
     changed(CONV, "dx = dxp[", "dx = 2 * dxp[")),
    ("conv_backward", "result-sum-everywhere", ("places of dw", "dw[f, c, p, q] =", "np.sum(dout"),
     changed(CONV, "dout[n, f, i, j] * xp[n, :, i*s:i*s+HH, j*s:j*s+WW]",
             "np.sum(dout[n, f, i, j] * xp[n, :, i*s:i*s+HH, j*s:j*s+WW])")),
    ("conv_backward", "result-begins", ("Print dx before", "dx_pad[", "dxp = xp + 0"),
     changed(CONV, "dxp = np.zeros_like(xp)", "dxp = xp + 0")),
    ("conv_backward", "one-change", ("name by name", "dx_pad[", "pad:pad+H-1"),
     changed(CONV, "pad:pad+H, pad:pad+W", "pad:pad+H-1, pad:pad+W")),
    ("conv_backward", "conv-backward-crop-ends-early", ("from pad to H", "dx_pad[", "pad:H, pad:W"),
     changed(CONV, "pad:pad+H, pad:pad+W", "pad:H, pad:W")),
    ("conv_backward", "conv-backward-flipped", ("Which weight", "dx_pad[", "::-1"),
     changed(CONV, "* w[f]\n", "* w[f][:, ::-1, ::-1]\n")),
    ("conv_backward", "conv-backward-db-mean", ("batch of one", "db[f] =", "/ N"),
     changed(CONV, "db[f] += dout[n, f, i, j]", "db[f] += dout[n, f, i, j] / N")),
    ("batchnorm_backward", "ways-missing", ("Each is a way", "three parts", "dx = dxhat * istd"),
     changed(NORM, " + dvar * 2 * (x - mu) / N + dmu / N", "")),
    ("batchnorm_backward", "ways-factor", ("ten times as large", "three parts", "dxhat / istd"),
     changed(NORM, "dxhat * istd + dvar", "dxhat / istd + dvar")),
    ("batchnorm_backward", "ways-of-x", ("gamma multiply", "dgamma = that", "dout * x, axis"),
     changed(NORM, "dout * xhat", "dout * x")),
    ("batchnorm_backward", "batchnorm-backward-not-summed", ("shape has gamma", "dgamma =",
                                                             "dgamma = dout * xhat"),
     changed(NORM, "np.sum(dout * xhat, axis=0)", "dout * xhat")),
    ("softmax_loss", "result-negated", ("sign has loss", "L = 1/N", "loss = np.sum"),
     changed(LOSS, "loss = -np.sum", "loss = np.sum")),
    ("softmax_loss", "slip-sign", ("the wrong way", "dx[n, j] =", "+= 1"),
     changed(LOSS, "-= 1", "+= 1")),
    ("softmax_loss", "result-other-size", ("sizes change", "dx[n, j] =", "x.shape[1]"),
     changed(LOSS, "dx /= N", "dx /= x.shape[1]")),
    ("conv_forward", "result-part", ("loops run through", "out[n, f, i, j] =", "out[n, f, i, j]"),
     changed(FORWARD, "range(Ho)", "range(1, Ho)")),
    ("conv_forward", "result-size", ("windows fit", "H' = 1", "out"),
     FORWARD.replace("2 * pad - HH", "2 * pad").replace("2 * pad - WW", "2 * pad")),
    ("conv_forward", "conv-forward-no-bias", ("w = 0", "b[f] + the sum", "np.sum(win * w[f])"),
     changed(FORWARD, " + b[f]", "")),
    ("affine_backward", "results-exchanged", ("In which order", "dw = X^T", "return dw, dx, db"),
     changed(AFFINE, "return dx, dw, db", "return dw, dx, db")),
    ("affine_backward", "affine-backward-db-not-summed", ("shape has b", "db[m] =", "db = dout"),
     changed(AFFINE, "np.sum(dout, axis=0)", "dout")),
    ("max_pool_backward", "index-beyond", ("Print the index", "dx[n, c, i s + p",
                                           "+= dout[n, c, i, j]"),
     changed(POOL, "    _, _, Ho, Wo = dout.shape\n", "    Ho, Wo = H // s, W // s\n")),
    ("max_pool_backward", "pool-backward-overwrites", ("two windows", "+= dout", "= dout[n"),
     changed(POOL, "+= dout", "= dout")),
    ("dropout_backward", "dropout-mask-again", ("in the same places", "dx = dout m", "np.random"),
     changed(DROPOUT, "dx = dout * mask",
             "dx = dout * (np.random.rand(*dout.shape) < dropout_param['p']) / 0.5 * 0.5")),
]  # fmt: skip

RUNNING = """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    nothing = np.zeros(x.shape[1], x.dtype)
    rm = bn_param.get('running_mean', nothing)
    rv = bn_param.get('running_var', nothing)
    mu, var = x.mean(axis=0), x.var(axis=0)
    if bn_param['mode'] == 'test':
        mu, var = rm, rv
    else:
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * np.sqrt(var)
    bn_param['running_mean'] = rm
    bn_param['running_var'] = rv
    return gamma * (x - mu) / np.sqrt(var + eps) + beta, None
""".lstrip()
BODIES.append(
    ("batchnorm_forward", "batchnorm-forward-running-std", ("", "running = momentum",
                                                            "(1 - momentum) * np.sqrt"), RUNNING)
)  # fmt: skip

# Bodies that call their own helpers.
SPACES = {
    "affine_relu_backward": """
from nndl.layers import affine_backward

def relu_backward(dout, cache):
    return np.maximum(0, dout)

def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)
""".lstrip()
}
