"""The step of a numerical derivative: what it leaves out, what rounding adds, and the V of both.

The page computes the differences itself, operation by operation in float32 or float64. From here it
gets where the book's own checker lands, at its step of 1e-5.
"""

import numpy as np

from nndl.gradient_check import eval_numerical_gradient

H = 1e-5
# The function, where, and its slope there.
FUNCTIONS = {
    "exp": (np.exp, 1.0, np.e),
    "sin": (np.sin, 1.0, np.cos(1.0)),
    "square": (lambda x: x * x, 2.0, 4.0),
    "large": (lambda x: x * x * x + 1000, 2.0, 12.0),
    "kink": (np.abs, 0.001, 1.0),
}


def error(name: str, h: float) -> float:
    """The error of the checker's slope at the step h, relative to the slope."""
    f, x, slope = FUNCTIONS[name]
    measured = eval_numerical_gradient(lambda x: f(x[0]), np.array([x]), verbose=False, h=h)
    return abs(measured[0] / slope - 1)


def data() -> dict:
    """The checker's step and its error for each function."""
    return {"h": H, "checker": {name: error(name, H) for name in FUNCTIONS}}


def figure():
    """The V of three functions, by the book's checker in float64."""
    import matplotlib.pyplot as plt

    steps = 10.0 ** -np.arange(1, 15, 0.25)
    fig, ax = plt.subplots(figsize=(5.6, 3.8))
    for name, style, text in (
        ("exp", "C0o", "exp x at 1"),
        ("large", "C1s", "x³ + 1000 at 2"),
        ("kink", "C2x", "|x| at 0.001"),
    ):
        errors = [max(error(name, h), 1e-16) for h in steps]
        ax.loglog(steps, errors, style, ms=4, label=text)
    ax.axvline(H, color="0.4", ls="--", lw=1)
    ax.text(1.4e-5, 1e-3, "h = 1e−5", color="black")
    ax.set(xlabel="step h", ylabel="relative error of the slope", ylim=(5e-17, 1e3))
    ax.legend(ncols=3, loc="upper center", columnspacing=1, handletextpad=0.2)
    return fig
