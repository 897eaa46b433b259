"""Max pooling, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st

import nndl.conv_layers
import nndl.fast.max_pool
from tests.layers import Layer, run
from tests.support.strategies import LAYOUTS, arrays_of, with_layout


@st.composite
def poolings(draw, dtypes, layouts):
    """Arguments of max pooling without ties: windows may overlap, leave gaps and not tile."""
    N, C = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size = st.integers(1, 4)
    HH, WW, stride = draw(size), draw(size), draw(size)
    H, W = draw(st.integers(HH, HH + 7)), draw(st.integers(WW, WW + 7))
    H_out, W_out = 1 + (H - HH) // stride, 1 + (W - WW) // stride
    dout = draw(arrays_of({"dout": (N, C, H_out, W_out)}, dtypes, layouts))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    distinct = rng.permutation(N * C * H * W).reshape(N, C, H, W) / 64 - 1.5  # exact in float32
    x = with_layout(distinct.astype(dout["dout"].dtype), draw(st.sampled_from(layouts)))
    param = {"pool_height": HH, "pool_width": WW, "stride": stride}
    return {"x": x, "pool_param": param} | dout


def largest_of_windows(x, pool_param):
    """Max pooling of NumPy's own windows."""
    window = pool_param["pool_height"], pool_param["pool_width"]
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))
    stride = pool_param["stride"]
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def torch_max_pool(torch, x, pool_param):
    window = pool_param["pool_height"], pool_param["pool_width"]
    return torch.nn.functional.max_pool2d(x, window, stride=pool_param["stride"])


def ties_and_nan_go_to_the_first():
    """Both twins, where few values are distinct and some are NaN or negative zeros, bit by bit."""
    rng = np.random.default_rng(0)
    for k, values in enumerate(([0.0, -0.0, 1.0], [np.nan, 0.0, 2.0, -np.inf], [0.0], [np.nan])):
        for HH, WW, stride in ((2, 2, 2), (3, 2, 1), (2, 3, 2), (1, 3, 2), (4, 4, 3)):
            x = rng.choice(values, size=(2, 2, 7, 8))
            param = {"pool_height": HH, "pool_width": WW, "stride": stride}
            expected = np.empty((2, 2, 1 + (7 - HH) // stride, 1 + (8 - WW) // stride))
            dout, dx = rng.normal(size=expected.shape), np.zeros_like(x)
            for n, c, i, j in np.ndindex(expected.shape):
                places = [
                    (n, c, i * stride + p, j * stride + q) for p in range(HH) for q in range(WW)
                ]
                broken = [place for place in places if np.isnan(x[place])]
                winner = (broken or sorted(places, key=lambda place: -x[place]))[0]  # stable
                expected[n, c, i, j] = x[winner]
                dx[winner] += dout[n, c, i, j]
            x = with_layout(x, LAYOUTS[k % len(LAYOUTS)])
            for twin in (LAYERS[0].naive, LAYERS[0].fast):
                out, (grad,) = run(twin, {"x": x, "pool_param": param, "dout": dout})
                for ours, theirs in ((out, expected), (grad, dx)):
                    np.testing.assert_array_equal(ours, theirs)
                    np.testing.assert_array_equal(np.signbit(ours), np.signbit(theirs))


def constant_windows_are_unchanged():
    """Pooling an image of constant blocks gives one pixel a block, and doing it again as well."""
    small = np.random.default_rng(1).normal(size=(2, 3, 3, 4)) - 2
    blocks = np.kron(small, np.ones((3, 2)))
    gaps = {"pool_height": 3, "pool_width": 2, "stride": 1}
    for module, forward, _ in (LAYERS[0].naive, LAYERS[0].fast):
        out, _ = getattr(module, forward)(blocks, gaps)
        np.testing.assert_array_equal(out[:, :, ::3, ::2], small)
        once = np.full((1, 2, 6, 7), -4.0)
        np.testing.assert_array_equal(getattr(module, forward)(once, gaps)[0], once[..., 2:, 1:])


LAYERS = [
    Layer(
        name="max_pool",
        naive=(nndl.conv_layers, "max_pool_forward_naive", "max_pool_backward_naive"),
        fast=(nndl.fast.max_pool, "max_pool_forward_fast", "max_pool_backward_fast"),
        inputs=("x",),
        arguments=poolings,
        reference=largest_of_windows,
        torch=torch_max_pool,
        exact=True,
        extra=(ties_and_nan_go_to_the_first, constant_windows_are_unchanged),
    )
]
