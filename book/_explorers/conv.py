"""The convolution: an output and its window; a weight, an output and a pixel on the way back."""

import numpy as np

from nndl.conv_layers import conv_backward_naive, conv_forward_naive
from nndl.vis.arrays import Sheet

NEEDS = ["grid"]
MODES = ["backward"]
STRIDE, PAD = 2, 1
# The first channel and the first slice are those of the chapter's first figure.
IMAGE = """
1 0 2 1 0  0 1 1 2 0  2 0 2 1 1  0 1 0 1 2  1 2 1 0 1
0 2 1 0 1  1 1 0 2 0  0 1 2 1 0  2 0 1 0 1  1 0 0 2 1
"""
FILTERS = """
1 0 -1 2 0 -2 1 0 -1   0 1 0 1 -2 1 0 1 0
-1 0 1 0 1 0 1 0 -1    1 1 0 0 1 0 0 -1 1
"""


def arrays():
    """x, w and b of one image, and a dout for the largest output that the page can make."""
    x = np.array(IMAGE.split(), float).reshape(2, 5, 5)
    w = np.array(FILTERS.split(), float).reshape(2, 2, 3, 3)
    dout = np.random.default_rng(3).integers(-2, 4, (2, 7, 7)).astype(float)
    return x, w, np.array([1.0, -1.0]), dout


def passes():
    """out and the three gradients, with the stride and the padding of the start."""
    x, w, b, dout = arrays()
    out, cache = conv_forward_naive(x[None], w, b, {"stride": STRIDE, "pad": PAD})
    rows, columns = out.shape[2:]
    dx, dw, db = conv_backward_naive(dout[None, :, :rows, :columns], cache)
    return out[0], dx[0], dw, db


def data():
    x, w, b, dout = arrays()
    out, dx, dw, db = passes()
    start = {"x": x, "w": w, "b": b, "dout": dout, "stride": STRIDE, "pad": PAD}
    return start | {"out": out, "dx": dx, "dw": dw, "db": db}


def figure(mode=None):
    return backward() if mode == "backward" else forward()


def forward():
    """One output of two channels: its windows, its products, its sum."""
    x, w, b, _ = arrays()
    i, j = 1, 2
    framed = np.pad(x, ((0, 0), (PAD, PAD), (PAD, PAD)))
    ring = np.pad(np.zeros((5, 5), bool), PAD, constant_values=True)
    top, left = i * STRIDE, j * STRIDE
    window = [(top + p, left + q) for p, q in np.ndindex(3, 3)]
    products = framed[:, top : top + 3, left : left + 3] * w[0] + 0.0  # no zero with a minus sign
    sheet = Sheet(columns=17, rows=16.6, width=5.6)
    for c in range(2):
        row = 1 + 8.2 * c
        x_cells = sheet.array(
            framed[c], "x", at=(0, row), title=f"x, c = {c}", faint=ring, marked=window
        )
        sheet.window(x_cells, (top, left), (3, 3))
        sheet.array(w[0, c], "w", at=(7.8, row), title=f"w, f = 0, c = {c}")
        sheet.array(products[c], "other", at=(7.8, row + 4.2), title="x · w")
    out_cells = sheet.array(
        passes()[0][0], "out", at=(13.2, 6.4), title="out, f = 0", marked=[(i, j)]
    )
    sheet.window(out_cells, (i, j), (1, 1))
    sums = [f"{b[0]:g}", *(f"{part.sum():g}" for part in products)]
    words = " + ".join(f"({s})" if s.startswith("-") else s for s in sums)
    total = f"{b[0] + products.sum():g}"
    sheet.text((14.7, 10.3), f"{words} = {total}".replace("-", "−"))
    return sheet.fig


def backward():
    """One weight and the pixels it lay on; one pixel and the outputs that saw it."""
    x, w, _, dout = arrays()
    _, dx, dw, _ = passes()
    rows, columns = passes()[0].shape[1:]
    dout = dout[:, :rows, :columns]
    framed = np.pad(x[0], PAD)
    ring = np.pad(np.zeros((5, 5), bool), PAD, constant_values=True)
    sheet = Sheet(columns=16.6, rows=16.6, width=5.4)
    under = [(i * STRIDE + 1, j * STRIDE + 1) for i, j in np.ndindex(rows, columns)]
    everywhere = list(np.ndindex(rows, columns))
    sheet.array(dw[0, 0], "dw", at=(0, 3), title="dw, f = 0, c = 0", marked=[(1, 1)])
    sheet.text((4.4, 4.5), "=")
    sheet.array(dout[0], "dout", at=(5.2, 3), title="dout, f = 0", marked=everywhere)
    sheet.text((8.8, 4.5), "·")
    sheet.array(framed, "x", at=(9.4, 1), title="x, c = 0", faint=ring, marked=under)
    u, v = 2, 2
    used = [(i, j) for i, j in everywhere if max(abs(u - 1 - 2 * i), abs(v - 1 - 2 * j)) <= 1]
    sheet.array(dx[0], "dx", at=(0, 10.2), title="dx, c = 0", marked=[(u - PAD, v - PAD)])
    for f in range(2):
        texts = np.full((rows, columns), "", object)
        for i, j in used:
            texts[i, j] = f"{w[f, 0, u - 2 * i, v - 2 * j]:g}".replace("-", "−")
        row = 9.2 + 4.2 * f
        sheet.text((6, row + 1.5), "=" if f == 0 else "+")
        sheet.array(dout[f], "dout", at=(7, row), title=f"dout, f = {f}", marked=used)
        sheet.text((11.2, row + 1.5), "·")
        sheet.array(texts, "w", at=(12.4, row), title="its weights", marked=used)
    return sheet.fig
