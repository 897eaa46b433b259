"""Functions of chapters that no course has: backpropagation, and the matrices of Winograd."""

from typing import Any

import numpy as np

from nndl.autodiff import scalars
from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.plays import Parts, taken_apart
from nndl.practice.watching import Watcher


def product(a: Array, b: Array) -> Any:
    """(a * b).sum(): each number is used once."""
    return (a * b).sum()


def fork(a: Array, b: Array) -> Any:
    """z (z + a[0]) with z = (a * b).sum(): z is used twice."""
    z = (a * b).sum()
    return z * (z + a[0])


def chain(a: Array, b: Array) -> Any:
    """log(z.sum()) + z[0] b[0]^2 with z = exp(a / 2)."""
    z = np.exp(a * 0.5)
    return np.log(z.sum()) + z[0] * b[0] ** 2


def square(a: Array, b: Array) -> Any:
    """a[0]^2 - 3 a[1]: b is not in it."""
    return a[0] * a[0] - 3 * a[1]


def recorded(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``da, db = f(loss, a, b)``: the graph is recorded anew for each call."""
    a, b = (scalars(case.arguments[name]) for name in ("a", "b"))
    watcher.twice = False
    given = {"loss": case.arguments["loss of"](a, b), "a": a, "b": b}
    returned = watcher.call(parts.function, given, free=("loss", "a", "b"))
    da, db = taken_apart(watcher, returned, exercise.outputs)
    return {"da": da, "db": db}


def graphs() -> list[Case]:
    """Losses of a few numbers."""
    found = []
    for made in (product, fork, chain, square):
        for name, make in (("by hand", whole), ("other numbers", random_like)):
            rng = np.random.default_rng(len(found))
            arguments = {"a": make(rng, (3,)), "b": make(rng, (3,)), "loss of": made}
            traits = {"by hand": name == "by hand"}
            found.append(Case(f"{name}, a {made.__name__}", arguments, traits))
    return found


def transformed(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """What the three matrices make of a filter and a tile: they may be scaled in several ways."""
    m, r = case.arguments["m"], case.arguments["r"]
    found = watcher.call(parts.function, {"m": m, "r": r})
    A, B, G = (
        np.array(matrix, np.float64) for matrix in taken_apart(watcher, found, ("A", "B", "G"))
    )
    for name, matrix, due in (("A", A, (m + r - 1, m)), ("B", B, (m + r - 1,) * 2),
                              ("G", G, (m + r - 1, r))):  # fmt: skip
        if matrix.shape != due:
            watcher.stop(f"{name} has shape {matrix.shape}, expected {due}")
    return {"y": A.T @ ((G @ case.arguments["g"]) * (B.T @ case.arguments["d"]))}


def tiles() -> list[Case]:
    """Filters and tiles of some sizes."""
    found = []
    for m, r in ((2, 2), (2, 3), (3, 2), (1, 3), (4, 3)):
        rng, hand = np.random.default_rng(len(found)), (m, r) == (2, 2)
        g, d = whole(rng, (r,)), whole(rng, (m + r - 1,))
        name = f"F({m}, {r})" + ", by hand" * hand
        traits = {"by hand": hand, "m": m, "r": r}
        found.append(Case(name, {"m": m, "r": r, "g": g, "d": d}, traits))
    return found


EXERCISES = (
    Exercise(
        name="backpropagate",
        function="autodiff.backpropagate",
        play=recorded,
        outputs=("da", "db"),
        cases=graphs,
        read="foundations/backpropagation#every-gate-once",
        equations=(
            "the gradient of the loss itself is 1",
            "the gradient of s = the sum, over all numbers n that used s, of that of n times the "
            "derivative of n by s",
        ),
        line="Walk from the loss back, each number after all that used it; what comes back is "
        "added to what is there.",
    ),
    Exercise(
        name="winograd_matrices",
        function="winograd.winograd_matrices",
        play=transformed,
        outputs=("y",),
        cases=tiles,
        read="speed/winograd#three-matrices",
        equations=(
            "A[k] = (1, a, a^2, ...) at each point a, m of them; G[k] = the same, r of them, "
            "divided by the product of a - the other points",
            "column k of B = the coefficients of the product of (x - the other points)",
            "y = A^T ((G g) * (B^T d))",
        ),
        line="The last row is the point at infinity: of each polynomial, its highest coefficient; "
        "nothing is divided there.",
    ),
)
