"""Random arguments for layers: shapes, strides, dtypes and memory layouts that nobody tuned to."""

import numpy as np
from hypothesis import strategies as st

LAYOUTS = ("C", "F", "every second", "backward", "transposed", "read-only", "unaligned")


def with_layout(array, layout):
    """The same numbers as ``array``, laid out in memory in another way."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "every second":
        between = np.nan if array.dtype.kind in "fc" else 99
        wide = np.full([2 * size for size in array.shape], between, array.dtype)
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
def arrays_of(draw, shapes, dtypes=(np.float64,), layouts=("C",)):
    """{name: array of normal random numbers}, all of one dtype, each in a layout of its own."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from(dtypes))
    return {
        name: with_layout(rng.normal(size=shape).astype(dtype), draw(st.sampled_from(layouts)))
        for name, shape in shapes.items()
    }
