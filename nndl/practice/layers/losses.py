"""Losses: scores of every size, and examples that are answered well and badly."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like
from nndl.practice.plays import results


def cases() -> list[Case]:
    """Scores and right classes."""
    rng = np.random.default_rng(0)
    hand = np.array([[1.0, 2.5, 0.0], [4.0, 1.5, 2.0]])
    spread = random_like(rng, (5, 4), 3) + 0.003
    arrays = {
        "by hand": (hand, [1, 2]),
        "as in the course": (0.001 * rng.standard_normal((6, 5)), [0, 1, 2, 3, 4, 0]),
        "scores some apart": (spread, [0, 3, 1, 1, 2]),
        "one example": (random_like(rng, (1, 4), 2), [2]),
        "two classes": (random_like(rng, (4, 2), 2), [1, 0, 0, 1]),
        "as many examples as classes": (random_like(rng, (3, 3), 2), [2, 0, 0]),
        "every answer right": (np.eye(3) * 9 + 0.25, [0, 1, 2]),
        "scores 1000 apart": (np.array([[0.0, 1000.0, 3.0], [1000.0, 2.0, -500.0]]), [0, 0]),
        "scores of -1000": (np.array([[-1000.0, -1001.0, -1003.0]]), [1]),
        "one example 1000 above another": (np.array([[1000.0, 1001.0], [0.0, 1.5]]), [0, 1]),
        "scores 30 apart": (np.array([[0.0, 30.0, 1.0], [25.0, 0.0, 1.0]]), [0, 1]),
        "float32": (random_like(rng, (4, 3), 2).astype(np.float32), [0, 1, 2, 0]),
        "float32, scores 100 apart": (np.array([[0, 100, 1]], np.float32), [0]),
    }  # fmt: skip
    found = []
    for name, (x, y) in arrays.items():
        traits = {
            "by hand": name == "by hand", "N": len(x), "classes": x.shape[1],
            "N = classes": len(x) == x.shape[1], "largest score": float(np.abs(x).max().round()),
            "scores far apart": bool(np.ptp(x, axis=1).max() > 20), "float32": x.dtype == "float32",
        }  # fmt: skip
        found.append(Case(name, {"x": x, "y": np.array(y)}, traits))
    return found


EXERCISES = (
    Exercise(
        name="svm_loss",
        function="layers.svm_loss",
        play=results,
        outputs=("loss", "dx"),
        cases=cases,
        read="foundations/losses#the-hinge",
        equations=(
            (
                "L = 1/N times the sum over n, and over j other than y[n], of max(0, x[n, j] - "
                "x[n, y[n]] + 1)"
            ),
            (
                "dx[n, j] = 1/N where x[n, j] - x[n, y[n]] + 1 is above 0, for j other than y[n]; "
                "and dx[n, y[n]] = -1/N for each of them"
            ),
        ),
        line=(
            "Margins first, the right class's set to 0; dx has a 1 for each margin above 0, and "
            "minus their count in the right class."
        ),
    ),
    Exercise(
        name="softmax_loss",
        function="layers.softmax_loss",
        play=results,
        outputs=("loss", "dx"),
        cases=cases,
        read="foundations/losses#extreme-scores",
        equations=(
            (
                "L = 1/N times the sum over n of log(sum over j of exp(x[n, j])) - x[n, y[n]], "
                "with each row's largest score subtracted first"
            ),
            "dx[n, j] = (p[n, j] - 1 where j is y[n]) / N",
        ),
        line=(
            "Never take the logarithm of a probability: it may be 0. Subtract the logarithm of the "
            "sum from the shifted score."
        ),
    ),
)
