"""Convolution, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st
from strategies import arrays_of

import nndl.conv_layers
import nndl.fast.conv
from layers import Layer


@st.composite
def convolutions(draw, dtypes, layouts):
    """Arguments of a convolution: strides need not tile, filters need not be square."""
    small, size = st.integers(1, 3), st.integers(1, 4)
    N, C, F = draw(small), draw(small), draw(size)
    HH, WW, stride = draw(size), draw(size), draw(size)
    pad = draw(st.integers(0, 3))
    H = draw(st.integers(max(1, HH - 2 * pad), HH + 6))
    W = draw(st.integers(max(1, WW - 2 * pad), WW + 6))
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    shapes = {"x": (N, C, H, W), "w": (F, C, HH, WW), "b": (F,), "dout": (N, F, H_out, W_out)}
    arrays = draw(arrays_of(shapes, dtypes, layouts))
    return arrays | {"conv_param": {"stride": stride, "pad": pad}}


def one_sum(x, w, b, conv_param):
    """A convolution as one sum over all indices of NumPy's own windows."""
    pad, stride = conv_param["pad"], conv_param["stride"]
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x_pad, w.shape[2:], axis=(2, 3))
    return np.einsum("ncijpq,fcpq->nfij", windows[:, :, ::stride, ::stride], w) + b[:, None, None]


def torch_conv(torch, x, w, b, conv_param):
    stride, padding = conv_param["stride"], conv_param["pad"]
    return torch.nn.functional.conv2d(x, w, b, stride=stride, padding=padding)


def more_pictures_than_groups():
    """The compiled backward pass sums over groups of pictures: all pictures must be in one."""
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=s) for s in ((37, 2, 3, 4), (3, 2, 3, 2), (3,)))
    cache = (x, w, b, {"stride": 1, "pad": 1})
    dout = rng.normal(size=(37, 3, 3, 5))
    fast = nndl.fast.conv.conv_backward_fast(dout, cache)
    for one, other in zip(fast, nndl.conv_layers.conv_backward_naive(dout, cache), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


LAYERS = [
    Layer(
        name="conv",
        naive=(nndl.conv_layers, "conv_forward_naive", "conv_backward_naive"),
        fast=(nndl.fast.conv, "conv_forward_fast", "conv_backward_fast"),
        inputs=("x", "w", "b"),
        arguments=convolutions,
        reference=one_sum,
        torch=torch_conv,
        extra=(more_pictures_than_groups,),
    )
]
