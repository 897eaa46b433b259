"""The main layers in other ways, all right: vectorized, in other orders, by other views."""

# ruff: noqa: E501

RIGHT = """
#: conv_forward <- right
def conv_forward(x, w, b, conv_param):
    S, P = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    Ho, Wo = (H + 2*P - HH) // S + 1, (W + 2*P - WW) // S + 1
    xp = np.zeros((N, C, H + 2*P, W + 2*P), dtype=x.dtype)
    xp[:, :, P:P+H, P:P+W] = x
    out = np.tile(b.reshape(1, F, 1, 1), (N, 1, Ho, Wo)).astype(x.dtype)
    for p in range(HH):
        for q in range(WW):
            part = xp[:, :, p:p + S*(Ho-1) + 1:S, q:q + S*(Wo-1) + 1:S]
            out += np.einsum('nchw,fc->nfhw', part, w[:, :, p, q])
    return out, None
#: conv_forward <- right
def conv_forward(x, w, b, conv_param):
    S, P = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    Ho, Wo = (H + 2*P - HH) // S + 1, (W + 2*P - WW) // S + 1
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    a, c, d, e = xp.strides
    cols = np.lib.stride_tricks.as_strided(xp, (C, HH, WW, N, Ho, Wo), (c, d, e, a, S*d, S*e))
    out = w.reshape(F, -1) @ cols.reshape(C*HH*WW, -1) + b[:, None]
    return out.reshape(F, N, Ho, Wo).transpose(1, 0, 2, 3), None
#: conv_forward <- right
def conv_forward(x, w, b, conv_param):
    S, P = conv_param['stride'], conv_param['pad']
    Ho = (x.shape[2] + 2*P - w.shape[2]) // S + 1
    Wo = (x.shape[3] + 2*P - w.shape[3]) // S + 1
    out = np.empty((len(x), len(w), Ho, Wo), dtype=np.float32 if x.dtype == np.float32 else float)
    for j in range(Wo):
        for i in range(Ho):
            for f in range(len(w)):
                for n in range(len(x)):
                    total = b[f]
                    for c in range(x.shape[1]):
                        for p in range(w.shape[2]):
                            for q in range(w.shape[3]):
                                k, l = i*S + p - P, j*S + q - P
                                if 0 <= k < x.shape[2] and 0 <= l < x.shape[3]:
                                    total = total + x[n, c, k, l] * w[f, c, p, q]
                    out[n, f, i, j] = total
    return out, None
#: conv_backward <- right
def conv_backward(dout, cache):
    x, w, b, conv_param = cache
    S, P = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for p in range(HH):
        for q in range(WW):
            at = np.s_[:, :, p:p + S*(Ho-1) + 1:S, q:q + S*(Wo-1) + 1:S]
            dw[:, :, p, q] = np.einsum('nfhw,nchw->fc', dout, xp[at])
            dxp[at] += np.einsum('nfhw,fc->nchw', dout, w[:, :, p, q])
    if P:
        dxp = dxp[:, :, P:-P, P:-P]
    return dxp, dw, np.einsum('nfhw->f', dout)
#: conv_backward <- right
def conv_forward(x, w, b, conv_param):
    S, P = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    Ho, Wo = (H + 2*P - HH) // S + 1, (W + 2*P - WW) // S + 1
    xp = np.pad(x, ((0, 0), (0, 0), (P, P), (P, P)))
    rows = np.stack([xp[:, :, i*S:i*S+HH, j*S:j*S+WW].reshape(N, -1) for i in range(Ho) for j in range(Wo)], axis=1)
    out = (rows @ w.reshape(F, -1).T + b).reshape(N, Ho, Wo, F).transpose(0, 3, 1, 2)
    return out, (rows, w, x.shape, S, P)
def conv_backward(dout, cache):
    rows, w, (N, C, H, W), S, P = cache
    F, C, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    d = dout.transpose(0, 2, 3, 1).reshape(N, Ho * Wo, F)
    dw = np.tensordot(d, rows, ((0, 1), (0, 1))).reshape(w.shape)
    drows = (d @ w.reshape(F, -1)).reshape(N, Ho, Wo, C, HH, WW)
    dxp = np.zeros((N, C, H + 2*P, W + 2*P))
    for i in range(Ho):
        for j in range(Wo):
            dxp[:, :, i*S:i*S+HH, j*S:j*S+WW] += drows[:, i, j]
    return dxp[:, :, P:P+H, P:P+W], dw, d.sum((0, 1))
#: conv_backward <- right
def conv_backward(dout, cache):
    x, w, b, conv_param = cache
    S, P = conv_param['stride'], conv_param['pad']
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for j in range(dout.shape[3]):
        for i in range(dout.shape[2]):
            for p in range(w.shape[2]):
                for q in range(w.shape[3]):
                    k, l = i*S + p - P, j*S + q - P
                    if 0 <= k < x.shape[2] and 0 <= l < x.shape[3]:
                        dx[:, :, k, l] += dout[:, :, i, j] @ w[:, :, p, q]
                        dw[:, :, p, q] += dout[:, :, i, j].T @ x[:, :, k, l]
            db += dout[:, :, i, j].sum(0)
    return dx, dw, db
#: max_pool_forward <- right
def max_pool_forward(x, pool_param):
    ph, pw, s = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    v = np.lib.stride_tricks.sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s]
    return v.max(axis=(4, 5)), (x, pool_param)
#: max_pool_forward <- right
def max_pool_forward(x, pool_param):
    ph, pw, s = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    Ho, Wo = (x.shape[2] - ph) // s + 1, (x.shape[3] - pw) // s + 1
    out = np.full(x.shape[:2] + (Ho, Wo), -np.inf)
    for p in range(ph):
        for q in range(pw):
            out = np.maximum(out, x[:, :, p:p + s*(Ho-1) + 1:s, q:q + s*(Wo-1) + 1:s])
    return out, (x, pool_param)
#: max_pool_backward <- right
def max_pool_backward(dout, cache):
    x, pool_param = cache
    ph, pw, s = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    N, C, Ho, Wo = dout.shape
    v = np.lib.stride_tricks.sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s]
    at = v.reshape(N, C, Ho, Wo, -1).argmax(-1)
    dx = np.zeros_like(x)
    n, c, i, j = np.indices(dout.shape)
    np.add.at(dx, (n, c, i*s + at // pw, j*s + at % pw), dout)
    return dx
#: max_pool_backward <- right
def max_pool_backward(dout, cache):
    x, pool_param = cache
    ph, pw, s = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    dx = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    best, at = None, (0, 0)
                    for p in range(ph):
                        for q in range(pw):
                            value = x[n, c, i*s + p, j*s + q]
                            if best is None or value > best:
                                best, at = value, (i*s + p, j*s + q)
                    dx[n, c, at[0], at[1]] += dout[n, c, i, j]
    return dx
#: affine_forward <- right
def affine_forward(x, w, b):
    out = np.array([np.dot(x[i].ravel(), w) + b for i in range(len(x))])
    return out, (x, w, b)
#: affine_forward <- right
def affine_forward(x, w, b):
    return np.tensordot(x.reshape(-1, w.shape[0]), w, 1) + np.tile(b, (len(x), 1)), (x, w, b)
#: affine_backward <- right
def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for i in range(len(x)):
        dx[i] = w.dot(dout[i]).reshape(x[i].shape)
        dw += np.outer(x[i], dout[i])
        db += dout[i]
    return dx, dw, db
#: affine_backward <- right
def affine_forward(x, w, b):
    X = np.hstack([x.reshape(len(x), -1), np.ones((len(x), 1))])
    return X @ np.vstack([w, b]), (x.shape, X, w)
def affine_backward(dout, cache):
    shape, X, w = cache
    both = X.T @ dout
    return (dout @ w.T).reshape(shape), both[:-1], both[-1]
#: relu_forward <- right
def relu_forward(x):
    return np.where(x > 0, x, 0), x
#: relu_forward <- right
def relu_forward(x):
    return (np.abs(x) + x) / 2, x > 0
#: relu_forward <- right
def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x
#: relu_backward <- right
def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] = 0
    return dx
#: relu_backward <- right
def relu_backward(dout, cache):
    return np.array([d if c > 0 else 0.0 for d, c in zip(dout.ravel(), cache.ravel())]).reshape(dout.shape)
#: relu_backward <- right
def relu_forward(x):
    return x.clip(0), x > 0
def relu_backward(dout, cache):
    return cache * dout
#: svm_loss <- right
def svm_loss(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for i in range(len(x)):
        for j in range(x.shape[1]):
            if j == y[i]:
                continue
            margin = x[i, j] - x[i, y[i]] + 1
            if margin > 0:
                loss += margin
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / len(x), dx / len(x)
#: svm_loss <- right
def svm_loss(x, y):
    hot = np.eye(x.shape[1])[y]
    m = np.maximum(0, x - (x * hot).sum(1, keepdims=True) + 1 - hot)
    on = (m > 0).astype(float)
    return m.sum() / len(x), (on - hot * on.sum(1, keepdims=True)) / len(x)
#: softmax_loss <- right
def softmax_loss(x, y):
    z = x - np.amax(x, axis=1).reshape(-1, 1)
    loss = np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    return loss, (p - np.eye(x.shape[1])[y]) / len(y)
#: softmax_loss <- right
def softmax_loss(x, y):
    loss, dx = 0, np.zeros_like(x)
    for i, row in enumerate(x):
        top = max(row)
        total = sum(np.exp(s - top) for s in row)
        loss += top + np.log(total) - row[y[i]]
        for j, s in enumerate(row):
            dx[i, j] = (np.exp(s - top) / total - (j == y[i])) / len(x)
    return loss / len(x), dx
#: dropout_forward <- right
def dropout_forward(x, dropout_param):
    if dropout_param['mode'] == 'test':
        return x, (dropout_param, None)
    rng = np.random.RandomState(dropout_param.get('seed'))
    mask = rng.binomial(1, dropout_param['p'], size=x.shape) / dropout_param['p']
    return x * mask, (dropout_param, mask)
#: dropout_forward <- right
def dropout_forward(x, dropout_param):
    p = dropout_param['p']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    out, mask = x.copy(), None
    if dropout_param['mode'] == 'train':
        mask = np.random.uniform(size=x.shape) >= 1 - p
        out[~mask] = 0
        out /= p
    return out, (dropout_param, mask)
#: batchnorm_forward <- right
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    rm = bn_param.setdefault('running_mean', np.zeros(x.shape[1]))
    rv = bn_param.setdefault('running_var', np.zeros(x.shape[1]))
    if bn_param['mode'] == 'train':
        mean = x.sum(0) / len(x)
        var = (x * x).mean(0) - mean ** 2
        bn_param['running_mean'] = rm + (1 - m) * (mean - rm)
        bn_param['running_var'] = rv + (1 - m) * (var - rv)
    else:
        mean, var = rm, rv
    scale = gamma * (var + eps) ** -0.5
    return x * scale + (beta - mean * scale), (x, mean, var, scale)
#: batchnorm_forward <- right
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    N, D = x.shape
    rm, rv = bn_param.get('running_mean', np.zeros(D)), bn_param.get('running_var', np.zeros(D))
    out = np.zeros((N, D))
    mean, var = rm.copy(), rv.copy()
    for d in range(D):
        if bn_param['mode'] == 'train':
            mean[d], var[d] = np.average(x[:, d]), np.std(x[:, d]) ** 2
        for n in range(N):
            out[n, d] = gamma[d] * (x[n, d] - mean[d]) / np.sqrt(var[d] + eps) + beta[d]
    if bn_param['mode'] == 'train':
        rm, rv = m * rm + (1 - m) * mean, m * rv + (1 - m) * var
    bn_param.update(running_mean=rm, running_var=rv)
    return out, None
#: batchnorm_backward <- right
def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + bn_param.get('eps', 1e-5))
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    bn_param['running_mean'], bn_param['running_var'] = mu, var
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, bn_param.get('eps', 1e-5))
def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta
#: batchnorm_backward <- right
def batchnorm_forward(x, gamma, beta, bn_param):
    mu, var = x.mean(0), x.var(0)
    bn_param['running_mean'], bn_param['running_var'] = mu, var
    std = np.sqrt(var + bn_param.get('eps', 1e-5))
    return gamma * (x - mu) / std + beta, [x, mu, std, gamma]
def batchnorm_backward(dout, cache):
    x, mu, std, gamma = cache
    N, D = x.shape
    xhat = (x - mu) / std
    dx = np.zeros((N, D))
    for d in range(D):
        J = (np.eye(N) - 1 / N - np.outer(xhat[:, d], xhat[:, d]) / N) / std[d]
        dx[:, d] = J @ (gamma[d] * dout[:, d])
    return dx, (dout * xhat).sum(0), dout.sum(0)
#: spatial_batchnorm_backward <- right
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    eps = bn_param.get('eps', 1e-5)
    rows = np.moveaxis(x, 1, -1).reshape(-1, C)
    mu, var = rows.mean(0), rows.var(0)
    bn_param['running_mean'], bn_param['running_var'] = mu, var
    out = (rows - mu) / np.sqrt(var + eps) * gamma + beta
    return np.moveaxis(out.reshape(N, H, W, C), -1, 1), (rows, mu, var, gamma, eps)
def spatial_batchnorm_backward(dout, cache):
    rows, mu, var, gamma, eps = cache
    N, C, H, W = dout.shape
    d = np.moveaxis(dout, 1, -1).reshape(-1, C)
    xhat = (rows - mu) / np.sqrt(var + eps)
    dbeta, dgamma = d.sum(0), (d * xhat).sum(0)
    dx = gamma / np.sqrt(var + eps) * (d - dbeta / len(d) - xhat * dgamma / len(d))
    return np.moveaxis(dx.reshape(N, H, W, C), -1, 1), dgamma, dbeta
"""
