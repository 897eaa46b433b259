"""Update rules racing on four surfaces, and where momentum converges on a valley.

The page makes each step itself, with the rules in JavaScript; a test compares them with
``nndl.optim`` step by step, and the surfaces with those below. The map of rates and momenta is
computed here, by ``nndl.optim.sgd_momentum``.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nndl.optim import adam, rmsprop, sgd, sgd_momentum, sgd_nesterov_momentum
from nndl.vis.palette import LOOKS

STEPS = 200
CURVATURE = np.array([1.0, 30.0])  # of the chapter's valley
RULES = {
    "sgd": sgd,
    "sgd_momentum": sgd_momentum,
    "sgd_nesterov_momentum": sgd_nesterov_momentum,
    "rmsprop": rmsprop,
    "adam": adam,
}
# What the page does not let one choose.
FIXED = {"rmsprop": {"decay_rate": 0.9}, "adam": {"beta1": 0.9, "beta2": 0.99}}
STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)))
RATES = np.round(np.arange(1, 29) * 0.005, 3)
MOMENTA = np.round(np.arange(20) * 0.05, 2)


class Surface(NamedTuple):
    """A height over two weights, its gradient, and where the page begins on it."""

    title: str
    formula: str
    height: Callable
    slope: Callable
    x: tuple[float, float]
    y: tuple[float, float]
    start: tuple[float, float]
    lowest: float
    levels: np.ndarray
    rate: float  # of SGD and the two with momentum
    other_rate: float  # of RMSProp and Adam
    noise: float = 0.0  # standard deviation of what is added to each entry of the gradient


SURFACES = {
    "valley": Surface(
        "narrow valley", "L = ½w₀² + 15w₁²",
        lambda w: (w[0] ** 2 + 30 * w[1] ** 2) / 2,
        lambda w: np.array([w[0], 30 * w[1]]),
        (-10.5, 4), (-2.1, 2.1), (-9.5, 1.5), 0.0, np.linspace(1, 11, 8) ** 2 / 2, 0.03, 0.3,
    ),
    "saddle": Surface(
        "saddle", "L = ½w₀² − ½w₁² + ¼w₁⁴",
        lambda w: w[0] ** 2 / 2 - w[1] ** 2 / 2 + w[1] ** 4 / 4,
        lambda w: np.array([w[0], -w[1] + w[1] ** 3]),
        (-1.8, 1.8), (-1.6, 1.6), (1.0, 1e-4), -0.25,
        np.array([-0.2, -0.1, -0.02, 0.02, 0.1, 0.3, 0.6, 1.0]), 0.1, 0.1,
    ),
    "bend": Surface(
        "bent valley", "L = (1 − w₀)² + 10(w₁ − w₀²)²",
        lambda w: (1 - w[0]) ** 2 + 10 * (w[1] - w[0] ** 2) ** 2,
        lambda w: np.array([
            -2 * (1 - w[0]) - 40 * w[0] * (w[1] - w[0] ** 2), 20 * (w[1] - w[0] ** 2),
        ]),
        (-2, 2), (-1, 3), (-1.5, 2.6), 0.0, np.array([0.3, 1, 3, 8, 20, 50, 100]), 0.01, 0.05,
    ),
    "noise": Surface(
        "noisy bowl", "L = ½w₀² + 2w₁², gradients with noise",
        lambda w: (w[0] ** 2 + 4 * w[1] ** 2) / 2,
        lambda w: np.array([w[0], 4 * w[1]]),
        (-6, 6), (-4, 4), (-5.0, 3.0), 0.0, np.linspace(1, 8, 7) ** 2 / 2, 0.1, 0.2, 2.0,
    ),
}  # fmt: skip


def descend(rule, config, slope, start, noise=None, steps=STEPS) -> np.ndarray:
    """The places of a rule, the start and ``steps`` more, shape (steps + 1, 2)."""
    w, config, path = np.array(start, float), dict(config), [np.array(start, float)]
    for t in range(steps):
        dw = slope(w) + (0 if noise is None else noise[t])
        w, config = rule(w, dw, config)
        path.append(w.copy())
    return np.array(path)


@lru_cache(None)  # for the page and for the figure
def digits(rate: float, momentum: float) -> float:
    """Decimal digits that ``sgd_momentum`` gains in 100 steps; below 0 it diverges."""
    config = {"learning_rate": float(rate), "momentum": float(momentum)}
    path = descend(sgd_momentum, config, lambda w: CURVATURE * w, (1.0, 1.0))
    return -100 / STEPS * float(np.log10(np.linalg.norm(path[-1]) / np.sqrt(2)))


def data() -> dict:
    shown = ("title", "formula", "x", "y", "start", "lowest", "levels", "rate", "other_rate")
    surfaces = {
        name: {key: getattr(surface, key) for key in shown} | {"noise": surface.noise}
        for name, surface in SURFACES.items()
    }
    gained = [[round(digits(rate, m), 1) for rate in RATES] for m in MOMENTA]
    noise = np.round(np.random.default_rng(0).normal(size=(STEPS, 2)), 2)
    chart = {"rates": RATES, "momenta": MOMENTA, "digits": gained, "curvature": CURVATURE}
    return {
        "steps": STEPS, "surfaces": surfaces, "noise": noise, "chart": chart, "fixed": FIXED,
    }  # fmt: skip


def figure():
    """The paths on the bent valley, and the map."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    surface = SURFACES["bend"]
    fig, (left, right) = plt.subplots(2, 1, figsize=(5, 6.2))
    x, y = (np.linspace(*ends, 120) for ends in (surface.x, surface.y))
    left.contour(x, y, surface.height(np.meshgrid(x, y)), levels=surface.levels, colors="0.5",
                 linewidths=0.7)  # fmt: skip
    for (name, rule), style in zip(RULES.items(), STYLES, strict=True):
        config = {"learning_rate": surface.other_rate if name in FIXED else surface.rate}
        config |= FIXED.get(name, {}) | ({"momentum": 0.8} if "momentum" in name else {})
        path = descend(rule, config, surface.slope, surface.start)
        left.plot(*path.T, ls=style, lw=1.4, label=name)
        left.plot(*path[-1], "o", ms=4, color=left.lines[-1].get_color())
    left.plot(1, 1, "x", color="black", ms=7)
    left.set(xlim=surface.x, ylim=surface.y, xlabel="$w_0$", ylabel="$w_1$")
    left.legend(fontsize=9, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
    gained = np.array([[digits(rate, m) for rate in RATES] for m in MOMENTA])
    out = LOOKS["out"]
    shades = {"0 to 4": out.pale, "4 to 8": out.middle, "more than 8": out.deep}
    right.pcolormesh(RATES, MOMENTA, np.ma.masked_less(np.digitize(gained, [0, 4, 8]), 1),
                     cmap=ListedColormap(list(shades.values())), vmin=0.5, vmax=3.5)  # fmt: skip
    right.plot(2 * (1 + MOMENTA) / CURVATURE[1], MOMENTA, color="black", lw=1.6)
    right.text(0.125, 0.6, "diverges", ha="center")
    keys = [Patch(fc=color, ec="black", lw=0.6, label=name) for name, color in shades.items()]
    right.legend(handles=keys, title="digits in 100 steps", loc="lower right")
    right.set(xlim=(0.0025, 0.1425), xlabel="rate", ylabel="momentum")
    return fig
