"""How dropout is called: of masks that nobody knows before, what can be said of any of them."""

import copy
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.plays import Parts, cached, numbers, taken_apart, upstream
from nndl.practice.watching import Watcher


def dropout(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``out, cache = f(x, dropout_param)``: what can be said of masks that nobody knows before."""
    x = case.arguments["x"]
    arguments = copy.deepcopy(dict(case.arguments))
    returned = watcher.call(parts.function, arguments)
    out, _ = taken_apart(watcher, returned, ("out", "cache"))
    out = numbers(watcher, "out", out).copy()  # the next call may write into the same array
    if out.shape != x.shape:
        watcher.stop(f"out has shape {out.shape}, expected {x.shape}")
    again, _ = taken_apart(
        watcher,
        watcher.call(parts.function, copy.deepcopy(dict(case.arguments))),
        ("out", "cache"),
    )
    ratio = out / x
    rows = ratio.reshape(len(ratio), -1) != 0
    kept = ratio[ratio != 0]
    varied = len({row.tobytes() for row in rows}) > 1
    return {
        "factor": middle(kept, 0.0),
        "spread of the factors": np.array(np.ptp(kept) if kept.size else 0.0),
        "share kept, to the nearest quarter": np.round(4 * np.mean(ratio != 0)) / 4,
        "masks that differ": np.array(float(varied)),
        "same with the same seed": np.array(float(np.array_equal(out, np.asarray(again)))),
    }


def dropout_back(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``dx = f(dout, cache)``, divided by what the forward pass multiplied with."""
    out, kept = cached(watcher, case, parts)
    x = case.arguments["x"]
    given = {"dout": upstream(exercise, case).copy(), "cache": kept}
    dout = given["dout"].copy()
    returned = numbers(watcher, "dx", watcher.call(parts.function, given))
    if returned.shape != x.shape:
        watcher.stop(f"dx has shape {returned.shape}, expected {x.shape}")
    mask, ratio = numbers(watcher, "out", out) / x, returned / dout
    kept = mask != 0
    return {
        "factor where kept": middle(ratio[kept] / mask[kept], 1.0),
        "spread of the factors": np.array(np.ptp(ratio[kept] / mask[kept]) if kept.any() else 0.0),
        "factor where dropped": middle(ratio[~kept], 0.0),
    }


def middle(array: Array, otherwise: float) -> Array:
    """The median, or what stands for none."""
    return np.array(np.median(array) if array.size else otherwise)
