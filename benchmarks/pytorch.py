"""The same layers in PyTorch, called so that PyTorch looks its best.

Forward without autograd's record of what was done, which ``set_up`` switches off. Backward by the
operator that autograd itself would call, with all gradients asked for: its kernels and nothing
around them. Tensors are PyTorch's own copies, aligned as it likes them. What forward keeps for
backward is computed before the clock starts.
"""

import torch
from torch.nn.functional import avg_pool2d, batch_norm, conv2d, dropout, leaky_relu, max_pool2d

from benchmarks.layers import LAYERS

aten = torch.ops.aten


def tensors(*arrays):
    """Copies in PyTorch's memory."""
    return [torch.from_numpy(array).clone() for array in arrays]


def conv(x, w, b, param, dout):
    x, w, b, dout = tensors(x, w, b, dout)
    stride, pad = [param["stride"]] * 2, [param["pad"]] * 2
    rest = (w.shape[:1], stride, pad, [1, 1], False, [0, 0], 1, [True, True, True])
    return {
        "forward": lambda: conv2d(x, w, b, stride, pad),
        "backward": lambda: aten.convolution_backward(dout, x, w, *rest),
    }


def max_pool(x, param, dout):
    x, dout = tensors(x, dout)
    window, stride = [param["pool_height"], param["pool_width"]], [param["stride"]] * 2
    rest = (window, stride, [0, 0], [1, 1], False)
    _, where = aten.max_pool2d_with_indices(x, *rest)
    return {
        "forward": lambda: max_pool2d(x, window, stride),
        "backward": lambda: aten.max_pool2d_with_indices_backward(dout, x, *rest, where),
    }


def avg_pool(x, param, dout):
    x, dout = tensors(x, dout)
    window, stride = [param["pool_height"], param["pool_width"]], [param["stride"]] * 2
    rest = (window, stride, [0, 0], False, True, None)
    return {
        "forward": lambda: avg_pool2d(x, window, stride),
        "backward": lambda: aten.avg_pool2d_backward(dout, x, *rest),
    }


def norm(x, gamma, beta, param, dout):
    x, gamma, beta, dout = tensors(x, gamma, beta, dout)
    running = torch.zeros_like(gamma), torch.zeros_like(gamma)
    _, *saved = aten.native_batch_norm(x, gamma, beta, *running, True, 0.1, 1e-5)
    rest = (*running, *saved, True, 1e-5, [True, True, True])
    return {
        "forward": lambda: batch_norm(x, *running, gamma, beta, True, 0.1, 1e-5),
        "backward": lambda: aten.native_batch_norm_backward(dout, x, gamma, *rest),
    }


def layer_norm(x, gamma, beta, param, dout):
    x, gamma, beta, dout = tensors(x, gamma, beta, dout)
    sizes, eps = x.shape[1:], 1e-5
    _, *saved = aten.native_layer_norm(x, sizes, gamma, beta, eps)
    rest = (*saved, gamma, beta, [True, True, True])
    return {
        "forward": lambda: aten.native_layer_norm(x, sizes, gamma, beta, eps)[0],
        "backward": lambda: aten.native_layer_norm_backward(dout, x, sizes, *rest),
    }


def group_norm(x, gamma, beta, groups, param, dout):
    x, gamma, beta, dout = tensors(x, gamma, beta, dout)
    sizes, eps = (*x.shape[:2], x.shape[2] * x.shape[3], groups), 1e-5
    _, *saved = aten.native_group_norm(x, gamma, beta, *sizes, eps)
    rest = (*saved, gamma, *sizes, [True, True, True])
    return {
        "forward": lambda: aten.native_group_norm(x, gamma, beta, *sizes, eps)[0],
        "backward": lambda: aten.native_group_norm_backward(dout, x, *rest),
    }


def relu(x, dout):
    x, dout = tensors(x, dout)
    out = torch.relu(x)
    return {
        "forward": lambda: torch.relu(x),
        "backward": lambda: aten.threshold_backward(dout, out, 0),
    }


def leaky(x, slope, dout):
    x, dout = tensors(x, dout)
    return {
        "forward": lambda: leaky_relu(x, slope),
        "backward": lambda: aten.leaky_relu_backward(dout, x, slope, False),
    }


def drop(x, param, dout):
    x, dout = tensors(x, dout)
    # On CPUs dropout is a product with a mask of 0 and 1/p, and so is its gradient.
    mask = torch.empty_like(x).bernoulli_(param["p"]).div_(param["p"])
    return {
        "forward": lambda: dropout(x, 1 - param["p"], training=True),
        "backward": lambda: dout * mask,
    }


def softmax(x, y, dout):
    x, y = tensors(x, y)
    one = torch.ones((), dtype=x.dtype)

    def both():  # cross_entropy and its gradient are these four
        scores = aten._log_softmax(x, 1, False)
        loss, weight = aten.nll_loss_forward(scores, y, None, 1, -100)
        d_scores = aten.nll_loss_backward(one, scores, y, None, 1, -100, weight)
        return loss, aten._log_softmax_backward_data(d_scores, scores, 1, x.dtype)

    return {"both": both}


def svm(x, y, dout):
    x, y = tensors(x, y)
    one = torch.ones((), dtype=x.dtype)
    # PyTorch divides by the number of classes; this weight of each class multiplies by it.
    rest = (y, 1, 1, torch.full(x.shape[1:], x.shape[1], dtype=x.dtype))

    def both():
        return aten.multi_margin_loss(x, *rest), aten.multi_margin_loss_backward(one, x, *rest)

    return {"both": both}


def calls(layer, given, dout):
    """The layer in PyTorch as functions without arguments, by direction."""
    return globals()[LAYERS[layer].theirs](*given, dout)
