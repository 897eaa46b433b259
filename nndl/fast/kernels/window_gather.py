"""Windows that lie far apart, in one row or one column: they are brought together.

A frame has stride² parts. Several results in a row need an image of so many columns, but of few
rows, so with a long stride nearly all of its parts would be empty, and stride² of them may not fit
into memory. Pixels between the windows count for nothing. So the windows are copied side by side,
where the stride is the side of a filter.
"""

import numpy as np

# Pixels: with a longer stride, copying windows is cheaper than stride² parts. No script refits it.
LONG = 32


def lie_far_apart(w, out_shape, stride):
    """Whether the windows of filters ``w`` are better gathered; ``out_shape`` is (N, F, H', W')."""
    rows, columns = out_shape[2:]
    return stride > max(LONG, *w.shape[2:]) and (rows == 1) != (columns == 1)


def gathered(x, w, out_shape, conv_param):
    """The windows of ``x`` (N, C, H, W) side by side, and the ``conv_param`` that finds them there.

    Returns
    -------
    windows : ndarray, shape (N, C, H' * side, W' * side)
        In the dtype of x, with zeros for padding; side is that of the filter, its longer one.
    conv_param : dict
        Of the same convolution with ``windows`` in the place of x.
    """
    side = max(w.shape[2:])
    sizes = [count * side for count in out_shape[2:]]
    windows = np.zeros((*x.shape[:2], *sizes), x.dtype)
    for here, there in _places(x, w, out_shape, conv_param):
        windows[there] = x[here]
    return windows, {"stride": side, "pad": 0}


def scattered(d_windows, x, w, out_shape, conv_param):
    """The gradient of x, where that of ``gathered``'s windows is ``d_windows``: 0 between them."""
    dx = np.zeros(x.shape, d_windows.dtype)
    for here, there in _places(x, w, out_shape, conv_param):
        dx[here] = d_windows[there]  # no two windows share a pixel
    return dx


def _places(x, w, out_shape, conv_param):
    """For each window, the index of its pixels in x, and in the array of windows."""
    side, (rows, columns) = (
        max(w.shape[2:]),
        [
            list(_spans(x.shape[axis], w.shape[axis], out_shape[axis], conv_param))
            for axis in (2, 3)
        ],
    )
    for i, (top, bottom, above) in enumerate(rows):
        for j, (left, right, before) in enumerate(columns):
            k, m = i * side + above, j * side + before
            here = ..., slice(top, bottom), slice(left, right)
            yield here, (..., slice(k, k + bottom - top), slice(m, m + right - left))


def _spans(size, filter_size, count, conv_param):
    """Along one axis: first and last pixel of each window within x, and how many pad it before."""
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    for k in range(count):
        start = k * stride - pad
        first = min(max(start, 0), size)
        yield first, max(first, min(start + filter_size, size)), min(first - start, filter_size)
