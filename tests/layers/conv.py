"""Convolution, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st

import nndl.conv_layers
import nndl.fast.conv
import nndl.im2col
from tests.layers import Layer
from tests.support.strategies import arrays_of


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


# N, C, H, W, F, HH, WW, stride, pad: each takes another way through the compiled layer.
WAYS = {
    "more images than groups of sums": (37, 2, 3, 4, 3, 3, 2, 1, 1),
    "several images in a piece": (70, 1, 3, 3, 2, 2, 2, 1, 0),
    "an image in bands": (1, 2, 40, 5, 2, 3, 1, 1, 1),
    "a tile of the last images": (33, 2, 5, 6, 5, 2, 3, 2, 1),
    "filters larger than the stride, and smaller": (2, 3, 9, 9, 5, 3, 2, 3, 1),
    "a single row for filters of 1 by 1": (3, 2, 6, 18, 33, 1, 1, 1, 0),
    "squares turned whole": (2, 1, 5, 18, 19, 2, 2, 1, 0),
    "windows of 4 by 4, an odd number of rows and columns": (2, 17, 7, 5, 18, 3, 3, 1, 1),
    "windows of 6 by 6, in bands": (1, 16, 12, 20, 16, 5, 5, 1, 2),
    "windows without a border": (3, 16, 4, 9, 33, 3, 3, 1, 0),
    "windows for all gradients, several images in a piece": (17, 19, 3, 5, 33, 3, 3, 1, 1),
    "windows of 6 by 6 for all gradients, in bands": (1, 16, 12, 19, 32, 5, 5, 1, 2),
    "windows in rows, whole images in a piece": (33, 16, 6, 4, 32, 3, 3, 1, 1),
}


def every_way():
    """The compiled layer, on shapes that small random ones miss, equals the product of columns."""
    for N, C, H, W, F, HH, WW, stride, pad in WAYS.values():
        rng = np.random.default_rng(0)
        x, w, b = (rng.normal(size=s) for s in ((N, C, H, W), (F, C, HH, WW), (F,)))
        conv_param = {"stride": stride, "pad": pad}
        out, cache = nndl.fast.conv.conv_forward_fast(x, w, b, conv_param)
        expected, columns = nndl.im2col.conv_forward_im2col(x, w, b, conv_param)
        dout = rng.normal(size=out.shape)
        fast = (out, *nndl.fast.conv.conv_backward_fast(dout, cache))
        right = (expected, *nndl.im2col.conv_backward_im2col(dout, columns))
        for one, other in zip(fast, right, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


LAYERS = [
    Layer(
        name="conv",
        naive=(nndl.conv_layers, "conv_forward_naive", "conv_backward_naive"),
        fast=(nndl.fast.conv, "conv_forward_fast", "conv_backward_fast"),
        inputs=("x", "w", "b"),
        arguments=convolutions,
        reference=one_sum,
        torch=torch_conv,
        extra=(every_way,),
    )
]
