"""Max pooling: windows that overlap, a tie among them, and what each sends back."""

import numpy as np

from nndl.conv_layers import max_pool_backward_naive, max_pool_forward_naive
from nndl.vis.arrays import Sheet

NEEDS = ["grid"]
WINDOW, STRIDE = 3, 2
# The image of the chapter's figure of windows that overlap, with a tie in the last of them.
IMAGE = "1 0 2 1 0  3 2 4 0 9  0 6 8 7 1  2 1 3 0 2  5 0 1 8 4"


def arrays():
    """x, and a dout for the largest output that the page can make: powers of two at first."""
    x = np.array(IMAGE.split(), float).reshape(5, 5)
    dout = np.array([[1, 2, 3, 1], [4, 8, 1, 2], [2, 1, 3, 1], [1, 3, 2, 1]], float)
    return x, dout


def passes():
    """out, and dx for the part of dout that it has."""
    x, dout = arrays()
    param = {"pool_height": WINDOW, "pool_width": WINDOW, "stride": STRIDE}
    out, cache = max_pool_forward_naive(x[None, None], param)
    rows, columns = out.shape[2:]
    dx = max_pool_backward_naive(dout[None, None, :rows, :columns], cache)
    return out[0, 0], dx[0, 0]


def data():
    (x, dout), (out, dx) = arrays(), passes()
    return {"x": x, "dout": dout, "out": out, "dx": dx, "window": WINDOW, "stride": STRIDE}


def figure():
    """The lower right window, a tie: the first 8 is copied, and gets all of the gradient."""
    (x, dout), (out, dx) = arrays(), passes()
    rows, columns = out.shape
    sheet = Sheet(columns=9.4, rows=12.4, width=3.9)
    tied = [(2, 2), (4, 3)]
    x_cells = sheet.array(x, "x", at=(0.2, 1), marked=tied)
    sheet.window(x_cells, (2, 2), (3, 3))
    for at in tied:
        sheet.circle(x_cells, *at)
    sheet.array(out, "out", at=(7.2, 2.5), marked=[(1, 1)])
    sheet.array(dx, "dx", at=(0.2, 7.3), marked=[(2, 2)])
    sheet.array(dout[:rows, :columns], "dout", at=(7.2, 8.8), marked=[(1, 1)])
    sheet.arrow((5.5, 3.5), (6.9, 3.5), dot=False)
    sheet.arrow((6.9, 9.8), (5.5, 9.8), dot=False)
    return sheet.fig
