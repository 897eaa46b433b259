"""Batch normalization of one feature: a batch as points, its output, and every point's gradient.

The page computes on each touch, and a test compares it with ``nndl``; here is where it begins.
"""

import numpy as np

from nndl.layers import batchnorm_backward, batchnorm_forward

SIZE, MOST = 8, 12  # of the batch, at first and at most
OUTLIER = 16.0


def data() -> dict:
    """A batch, more examples for larger ones, and what other batches are drawn from."""
    rng = np.random.default_rng(3)
    x = np.round(2 + 1.5 * rng.normal(size=MOST), 1)
    fresh = np.round(2 + 1.5 * rng.normal(size=(40, MOST)), 1)
    mixed = np.round(rng.normal(size=MOST), 1)
    return {"x": x, "fresh": fresh, "mixed": mixed, "size": SIZE, "outlier": OUTLIER}


def figure():
    """The batch at first and with one example moved far away: x, out and dx."""
    import matplotlib.pyplot as plt

    x = data()["x"][:SIZE]
    moved = x.copy()
    moved[-1] = OUTLIER
    dout = np.zeros((SIZE, 1))
    dout[1] = 1
    fig, axes = plt.subplots(3, 1, figsize=(5, 5), sharex=True)
    n = np.arange(SIZE)
    looks = ((x, -0.14, "o", "none", "C0"), (moved, 0.14, "s", "C1", "C1"))
    for values, shift, marker, face, edge in looks:
        out, cache = batchnorm_forward(values[:, None], np.ones(1), np.zeros(1), {"mode": "train"})
        dx = batchnorm_backward(dout, cache)[0]
        name = "x" if shift < 0 else "the last one at 16"
        for ax, array in zip(axes, (values[:, None], out, dx), strict=True):
            ax.vlines(n + shift, 0, array[:, 0], color=edge, lw=1)
            style = {"mfc": face, "mec": edge, "ms": 5.5, "ls": "none"}
            ax.plot(n + shift, array[:, 0], marker, label=name, **style)
    for ax, name in zip(axes, ("x", "out", "dx"), strict=True):
        ax.axhline(0, color="0.5", lw=0.8)
        ax.set_ylabel(name)
    axes[0].legend(loc="upper left")
    axes[2].set(xlabel="example", xticks=n)
    return fig
