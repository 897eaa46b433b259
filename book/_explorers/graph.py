"""The computational graph of a formula: values forward, gradients backward, and forks that add.

The page reads formulas and differentiates them by itself. Tests compare it with ``nndl.autodiff``.
"""

import numpy as np

from nndl.autodiff import Scalar, backpropagate

NEEDS = ["formula"]
EXAMPLES = (
    (
        "The chapter's circuit",
        "u = w*x; z = u + b; a = max(0, z); e = a - y; e*e",
        "w=2 x=3 b=-1 y=3",
    ),
    ("One number, used twice", "x*y + x", "x=3 y=2"),
    ("Forks after forks", "q = x + x; r = q + q; r + r", "x=1"),
    ("Sigmoid", "1 / (1 + exp(-(w*x + b)))", "w=2 x=0.5 b=-1"),
    ("Softmax loss of two scores", "log(exp(s) + exp(t)) - s", "s=1 t=2"),
    ("A row of length 1", "x / sqrt(x*x + y*y)", "x=3 y=4"),
)


def data() -> dict:
    """The examples: a title, a formula, and the values of its names."""

    def numbers(text):
        pairs = (pair.split("=") for pair in text.split())
        return {name: float(value) for name, value in pairs}

    return {
        "examples": [
            {"title": title, "formula": formula, "values": numbers(values)}
            for title, formula, values in EXAMPLES
        ]
    }


def figure():
    """x y + x at x = 3, y = 2: a fork forward, and a sum on the way back."""
    import matplotlib.pyplot as plt

    x, y = Scalar(3), Scalar(2)
    u = x * y
    loss = u + x
    dx, dy, du = backpropagate(loss, x, y, u)
    blue = "#0072b2"
    fig, ax = plt.subplots(figsize=(5.2, 2.3))

    def wire(*points, head=True):
        ax.plot(*zip(*points, strict=True), color="black", lw=1.1, zorder=1)
        if head:
            arrow = {"arrowstyle": "-|>", "color": "black", "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", points[-1], points[-2], arrowprops=arrow)

    def label(at, name, value, gradient):
        ax.text(at[0], at[1] + 0.06, f"{name} = {value:.0f}", ha="center", va="bottom", fontsize=11)
        ax.text(
            at[0],
            at[1] - 0.08,
            f"d{name} = {gradient:.0f}",
            ha="center",
            va="top",
            color=blue,
            fontsize=11,
        )

    wire((0, 0.5), (1.4, 0.5), head=False)
    ax.plot(1.4, 0.5, "o", color="black", ms=4)
    wire((1.4, 0.5), (2.6, 0.5))
    wire((1.4, 0.5), (1.4, 1.25), (5.0, 1.25), (5.0, 0.72))
    wire((0, -0.5), (2.8, -0.5), (2.8, 0.28))
    wire((3.0, 0.5), (4.8, 0.5))
    wire((5.2, 0.5), (6.6, 0.5))
    for place, text in ((2.8, "×"), (5.0, "+")):
        box = {"boxstyle": "round,pad=0.3", "fc": "#efefef", "ec": "black", "lw": 1}
        ax.text(place, 0.5, text, ha="center", va="center", bbox=box, fontsize=11, zorder=3)
    label((0.65, 0.5), "x", x.value, dx)
    label((0.65, -0.5), "y", y.value, dy)
    label((3.9, 0.5), "u", u.value, du)
    label((5.95, 0.5), "L", loss.value, 1)
    ax.text(2.05, 0.42, f"{du * y.value:.0f}", ha="center", va="top", color=blue, fontsize=11)
    ax.text(3.2, 1.19, "1", ha="center", va="top", color=blue, fontsize=11)
    ax.set(xlim=(-0.2, 6.8), ylim=(-0.9, 1.45))
    ax.axis("off")
    assert np.isclose(dx, du * y.value + 1)
    return fig
