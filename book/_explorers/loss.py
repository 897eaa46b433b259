"""The hinge and the softmax loss of one example, and what their gradients ask of each score."""

import numpy as np

from nndl.layers import softmax_loss, svm_loss

NAMES = ("ship", "cat", "frog", "dog", "car")
SCORES = np.array([3.2, 4.1, 2.7, 1.2, -0.4])  # those of the chapter
Y = 0


def data() -> dict:
    """The scores at first and the right class."""
    return {"scores": SCORES, "y": Y}


def figure():
    """The scores, and beside them the gradients of both losses."""
    import matplotlib.pyplot as plt

    x, y = SCORES[None], np.array([Y])
    fig, axes = plt.subplots(1, 3, figsize=(5.6, 2.7), sharey=True, width_ratios=(1.5, 1, 1))
    rows = np.arange(len(NAMES))
    axes[0].barh(rows, SCORES, 0.5, color="#9accee")
    axes[0].axvline(SCORES[Y] - 1, color="black", ls="--", lw=1.2)
    axes[0].set_title("scores, and the line")
    for ax, loss, title in ((axes[1], svm_loss, "hinge"), (axes[2], softmax_loss, "softmax")):
        value, dx = loss(x, y)
        ax.barh(rows, dx[0], 0.5, fc="none", ec="#0072b2", hatch="////")
        for row, number in zip(rows, dx[0], strict=True):
            side = "left" if number >= 0 else "right"
            ax.annotate(
                f"{number:+.2g}".replace("-", "−") if number else "0",
                (number, row),
                (4 if number >= 0 else -4, 0),
                textcoords="offset points",
                ha=side,
                va="center",
            )
        ax.axvline(0, color="black", lw=1)
        ax.set_title(f"{title} {value:.2f}: dx")
        reach = 1.9 * np.abs(dx).max()
        ax.set(xlim=(-reach, reach), xticks=[])
        ax.spines["left"].set_visible(False)
        ax.tick_params(left=False)
    axes[0].set_yticks(rows, ["ship (right)", *NAMES[1:]])
    axes[0].invert_yaxis()
    axes[0].set_xlabel("score")
    return fig
