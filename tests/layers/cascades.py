"""Cascades, as the shared tests see them: layers that are made of layers."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import nndl.conv_layer_utils
import nndl.layer_utils
from tests.layers import Layer
from tests.layers.conv import convolutions, one_sum, torch_conv
from tests.support.strategies import arrays_of

MARGIN = 1e-3  # how far every input of a ReLU or a maximum stays from where its slope jumps
DOUBLE = (np.float64,)  # batch norm of a few numbers loses too many digits in float32


def affine(x, w, b):
    return np.einsum("nd,dm->nm", x.reshape(len(x), -1), w) + b


def torch_affine(torch, x, w, b):
    return x.flatten(1) @ w + b


def normalized(z, gamma, beta):
    """Batch norm in training: per column, or per channel where z has images."""
    axes = tuple(axis for axis in range(z.ndim) if axis != 1)
    column = (1, -1) + (1,) * (z.ndim - 2)
    mean, var = z.mean(axis=axes, keepdims=True), z.var(axis=axes, keepdims=True)
    return gamma.reshape(column) * (z - mean) / np.sqrt(var + 1e-5) + beta.reshape(column)


def torch_normalized(torch, z, gamma, beta):
    return torch.nn.functional.batch_norm(z, None, None, gamma, beta, training=True, eps=1e-5)


def pooled_windows(a, pool_param):
    """The windows of max pooling, (N, F, H'', W'', entries)."""
    sizes, stride = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
    windows = np.lib.stride_tricks.sliding_window_view(a, sizes, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return windows.reshape(*windows.shape[:4], -1)


def away_from_kinks(z):
    """Keep only examples in which no ReLU is near its kink."""
    assume(np.abs(z).min() > MARGIN)


@st.composite
def affines(draw, dtypes, layouts):
    """Arguments of an affine layer and a ReLU."""
    N, H, W, M = (draw(st.integers(1, 4)) for _ in range(4))
    shapes = {"x": (N, H, W), "w": (H * W, M), "b": (M,), "dout": (N, M)}
    arguments = draw(arrays_of(shapes, dtypes, layouts))
    away_from_kinks(affine(*(arguments[name] for name in "xwb")))
    return arguments


@st.composite
def with_norm(draw, dtypes, layouts, base, linear):
    """Arguments of ``base`` with gamma, beta and bn_param; no column is nearly constant."""
    arguments = draw(base(DOUBLE, layouts))
    dout = arguments.pop("dout")
    M = dout.shape[1]
    z = linear(**arguments)
    assume(dout.size // M > 2)
    assume(z.var(axis=tuple(k for k in range(z.ndim) if k != 1)).min() > 0.05)
    arguments |= draw(arrays_of({"gamma": (M,), "beta": (M,)}, DOUBLE, layouts))
    away_from_kinks(normalized(z, arguments["gamma"], arguments["beta"]))
    return arguments | {"bn_param": {"mode": "train"}, "dout": dout}


@st.composite
def relu_convolutions(draw, dtypes, layouts):
    """Arguments of a convolution and a ReLU."""
    arguments = draw(convolutions(dtypes, layouts))
    away_from_kinks(one_sum(**{k: v for k, v in arguments.items() if k != "dout"}))
    return arguments


@st.composite
def pooled_convolutions(draw, dtypes, layouts):
    """Arguments of a convolution, a ReLU and a pool; windows have one winner, or only zeros."""
    arguments = draw(relu_convolutions(dtypes, layouts))
    shape, dtype = arguments["dout"].shape, arguments.pop("dout").dtype
    a = np.maximum(0, one_sum(**arguments))
    sizes = [draw(st.integers(1, min(3, size))) for size in shape[2:]]
    pool_param = {
        "pool_height": sizes[0],
        "pool_width": sizes[1],
        "stride": draw(st.integers(1, 3)),
    }
    windows = np.sort(pooled_windows(a, pool_param), axis=-1)
    if windows.shape[-1] > 1:
        first, second = windows[..., -1], windows[..., -2]
        assume(np.all((first == 0) | (first - second > MARGIN)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dout = rng.normal(size=windows.shape[:4]).astype(dtype)
    return arguments | {"pool_param": pool_param, "dout": dout}


def relu_of(linear):
    return lambda **arguments: np.maximum(0, linear(**arguments))


def torch_relu_of(linear):
    return lambda torch, **arguments: torch.relu(linear(torch, **arguments))


def relu_norm_of(linear):
    def formula(gamma, beta, bn_param, **arguments):
        return np.maximum(0, normalized(linear(**arguments), gamma, beta))

    return formula


def torch_relu_norm_of(linear):
    def formula(torch, gamma, beta, bn_param, **arguments):
        return torch.relu(torch_normalized(torch, linear(torch, **arguments), gamma, beta))

    return formula


def pool_of_relu(pool_param, **arguments):
    return pooled_windows(np.maximum(0, one_sum(**arguments)), pool_param).max(axis=-1)


def torch_pool_of_relu(torch, pool_param, **arguments):
    sizes = (pool_param["pool_height"], pool_param["pool_width"])
    a = torch.relu(torch_conv(torch, **arguments))
    return torch.nn.functional.max_pool2d(a, sizes, stride=pool_param["stride"])


def cascade(module, name, inputs, arguments, reference, torch):
    """A Layer without a twin: its layers are the twins already."""
    pair = (module, f"{name}_forward", f"{name}_backward")
    return Layer(name, pair, None, inputs, arguments, reference, torch)


AFFINE, CONVOLUTION = nndl.layer_utils, nndl.conv_layer_utils
WEIGHTS = ("x", "w", "b")
NORMS = (*WEIGHTS, "gamma", "beta")


def affines_with_norm(dtypes, layouts):
    return with_norm(dtypes, layouts, affines, affine)


def convolutions_with_norm(dtypes, layouts):
    return with_norm(dtypes, layouts, convolutions, one_sum)


LAYERS = [
    cascade(AFFINE, "affine_relu", WEIGHTS, affines, relu_of(affine), torch_relu_of(torch_affine)),
    cascade(
        AFFINE,
        "affine_batchnorm_relu",
        NORMS,
        affines_with_norm,
        relu_norm_of(affine),
        torch_relu_norm_of(torch_affine),
    ),
    cascade(
        CONVOLUTION,
        "conv_relu",
        WEIGHTS,
        relu_convolutions,
        relu_of(one_sum),
        torch_relu_of(torch_conv),
    ),
    cascade(
        CONVOLUTION,
        "conv_relu_pool",
        WEIGHTS,
        pooled_convolutions,
        pool_of_relu,
        torch_pool_of_relu,
    ),
    cascade(
        CONVOLUTION,
        "conv_bn_relu",
        NORMS,
        convolutions_with_norm,
        relu_norm_of(one_sum),
        torch_relu_norm_of(torch_conv),
    ),
]
