"""Random arguments for layers: shapes, strides, dtypes and memory layouts that nobody tuned to."""

import numpy as np
from hypothesis import strategies as st

LAYOUTS = ("C", "F", "every second", "backward", "transposed", "read-only", "unaligned")


def with_layout(array, layout):
    """The same numbers as ``array``, laid out in memory in another way."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "every second":
        wide = np.full([2 * size for size in array.shape], np.nan, array.dtype)
        view = wide[tuple(slice(1, None, 2) for _ in array.shape)]
    elif layout == "backward":
        view = np.empty_like(array)[tuple(slice(None, None, -1) for _ in array.shape)]
    elif layout == "transposed":
        axes = np.roll(np.arange(array.ndim), 1)
        view = np.empty([array.shape[a] for a in axes], array.dtype).transpose(np.argsort(axes))
    elif layout == "unaligned":
        raw = np.empty(array.nbytes + 1, np.uint8)[1:]
        view = raw.view(array.dtype).reshape(array.shape)
    else:
        view = array.copy()
    view[...] = array
    if layout == "read-only":
        view.flags.writeable = False
    return view


@st.composite
def convolutions(draw, dtypes=(np.float64,), layouts=("C",)):
    """(x, w, b, dout, conv_param) that fit together; sizes differ, strides need not tile."""
    small, size = st.integers(1, 3), st.integers(1, 4)
    N, C, F = draw(small), draw(small), draw(size)
    HH, WW, stride = draw(size), draw(size), draw(size)
    pad = draw(st.integers(0, 3))
    H = draw(st.integers(max(1, HH - 2 * pad), HH + 6))
    W = draw(st.integers(max(1, WW - 2 * pad), WW + 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(dtypes))
    out_shape = (N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride)
    arrays = [
        with_layout(rng.normal(size=shape).astype(dtype), draw(st.sampled_from(layouts)))
        for shape in ((N, C, H, W), (F, C, HH, WW), (F,), out_shape)
    ]
    return *arrays, {"stride": stride, "pad": pad}
