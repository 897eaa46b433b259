"""How many times too large a quantity is: a number, and powers of what it is computed from."""

from collections.abc import Sequence
from itertools import product
from typing import Protocol

import numpy as np

from nndl.internal.types import Array

NAMES = ("gamma", "others", "sigma", "n")
NUMBERS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 4.0, 0.25)
POWERS = sorted(
    product((0, 1, -1), (0, 1, -1), (0, -2, 2, -1, 1, -3, 3, -4, 4, -6, 6), (0, -1, 1)),
    key=lambda powers: sum(abs(p) for p in powers),
)


class Known(Protocol):
    """What is known of numbers that share a mean."""

    n: int
    others: int
    gamma: float
    sigma: float


def factor(
    ratio: Array, groups: Sequence[Known], bound: float, of: Sequence[str] = NAMES
) -> dict[str, float] | None:
    """The powers, and the number, whose product a ratio is in every group; None for none."""
    known = {
        "sigma": np.array([g.sigma for g in groups]),
        "n": np.array([float(g.n) for g in groups]),
        "others": np.array([float(g.others) for g in groups]),
        "gamma": np.array([g.gamma for g in groups]),
    }
    for powers in POWERS:
        used = {k: p for k, p in zip(NAMES, powers, strict=True) if p}
        if not used.keys() <= set(of):
            continue
        left = ratio / np.prod([known[k] ** p for k, p in used.items()], axis=0)
        if not np.isfinite(left).all() or not np.allclose(left, left[0], rtol=bound, atol=0):
            continue
        for number in NUMBERS:
            if np.isclose(left[0], number, rtol=bound, atol=0):
                return {"": number, **used}
    return None
