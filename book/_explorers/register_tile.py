"""A register tile: what it holds, loads and computes, and its rate, expected and on record.

The rates are those of ``book/timings.json``, which ``make timings ARGS=micro_kernel`` measures:
nothing is measured when the site is built. What to expect is ``blocking.cycles``.
"""

import json
from pathlib import Path

import numpy as np

from nndl.fast.kernels import blocking

TIMINGS = Path(__file__).parents[1] / "timings.json"
ROWS, VECTORS = blocking.MAX_MR, 6  # as many as the chapter measures


def record() -> tuple[dict, dict]:
    """The record of the chapter on the micro-kernel, and that of the machine it was made on."""
    timings = json.loads(TIMINGS.read_text(encoding="utf-8"))
    return timings["micro_kernel"], timings["machine"]["values"]


def data() -> dict:
    made, machine = record()
    values = made["values"]
    rates = {
        f"{R}x{V}": [values[f"tile {R} x {V}, best"], values[f"tile {R} x {V}, worst"]]
        for R in range(1, ROWS + 1)
        for V in range(1, VECTORS + 1)
        if f"tile {R} x {V}, best" in values
    }
    # Of `blocking`, in the time between two multiply-adds: at least, for a number of a, for a
    # vector of b, for a step, and for each row and vector.
    recorded = {
        "registers": values["registers"],
        "least": blocking.LATENCY,
        "number": blocking.BROADCAST,
        "vector": blocking.VECTOR_LOAD,
        "step": blocking.STEP,
        "each": blocking.STEP_OF_ONE,
        "peak": 2 * machine["lanes"] * machine["clock"],  # one multiply-add in a cycle
        "of": f"{made['machine']['processor']}, {made['date']}",
        "rates": rates,
    }
    # Two multiply-adds and two loads in a cycle, a latency of four, and nothing else to wait for.
    counted = {
        "registers": 16, "least": 8, "number": 1, "vector": 1, "step": 0, "each": 0,
    }  # fmt: skip
    return {"rows": ROWS, "vectors": VECTORS, "machines": {"wide": recorded, "narrow": counted}}


def figure():
    """Expected beside measured, against the sums of the tile."""
    import matplotlib.pyplot as plt

    machine = data()["machines"]["wide"]
    fig, ax = plt.subplots(figsize=(5, 3.4))
    looks = {
        "sums within two thirds": ("o", "C2"),
        "fits": ("s", "C0"),
        "does not fit": ("x", "C1"),
    }
    points = {name: [] for name in looks}
    for size, (best, worst) in machine["rates"].items():
        R, V = map(int, size.split("x"))
        expected = machine["peak"] * R * V / blocking.cycles(R, V)
        name = "fits" if machine["registers"] >= R * V + V + 1 else "does not fit"
        name = "sums within two thirds" if 2 * machine["registers"] >= 3 * R * V else name
        points[name].append((expected, best, worst))
    for name, (marker, color) in looks.items():
        expected, best, worst = np.array(points[name]).T
        ax.vlines(expected, worst, best, color=color, lw=1)
        ax.plot(expected, best, marker, color=color, ms=5, ls="none", label=name)
    ax.plot([0, machine["peak"]], [0, machine["peak"]], ":", color="0.4")
    ax.annotate("as expected", (50, 50), (54, 42), color="0.3")
    ax.set(xlabel="expected GFLOP/s", ylabel="measured GFLOP/s", xlim=(0, 125), ylim=(0, 125))
    ax.legend(loc="upper left")
    return fig
