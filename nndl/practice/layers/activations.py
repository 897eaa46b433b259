"""Rectifiers: inputs of both signs, and zeros."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like
from nndl.practice.plays import backward, forward

ARRAYS = {
    "by hand": np.array([[-2.0, 3.0], [1.0, -1.0]]),
    "as in the course": random_like(np.random.default_rng(1), (3, 4)) + 0.005,
    "a zero": np.array([[0.0, 2.0, -1.0]]),
    "zeros": np.zeros((2, 3)),
    "nothing above 0": -np.abs(random_like(np.random.default_rng(2), (2, 3))) - 0.5,
    "one row": np.array([1.5, -0.5, 2.5]),
    "images": random_like(np.random.default_rng(3), (2, 3, 2, 4)) + 0.005,
    "large numbers": 1e6 * random_like(np.random.default_rng(4), (2, 5)) + 5,
    "float32": (random_like(np.random.default_rng(5), (3, 4)) + 0.005).astype(np.float32),
}


def cases() -> list[Case]:
    """Arrays for a function of one array."""
    found = []
    for name, x in ARRAYS.items():
        traits = {
            "by hand": name == "by hand", "zeros in x": bool((x == 0).any()), "dimensions": x.ndim,
            "positive numbers in x": bool((x > 0).any()), "float32": name == "float32",
        }  # fmt: skip
        found.append(Case(name, {"x": x}, traits))
    return found


def leaky() -> list[Case]:
    """The same with a slope."""
    slopes = (0.5, 0.01, 0.25, 0.1, 0.3)
    return [
        Case(c.name, {**c.arguments, "slope": slopes[k % 5]}, {**c.traits, "slope": slopes[k % 5]})
        for k, c in enumerate(cases())
    ]


EXERCISES = (
    Exercise(
        name="relu_forward",
        function="layers.relu_forward",
        play=forward,
        outputs=("out",),
        cases=cases,
        read="foundations/affine_relu#the-rectifier",
        equations=("out = max(0, x), entry by entry",),
        line=(
            "One NumPy function compares each entry with 0 and makes a new array; x itself stays "
            "as it is."
        ),
    ),
    Exercise(
        name="relu_backward",
        function="layers.relu_backward",
        forward="layers.relu_forward",
        public=True,
        play=backward,
        outputs=("dx",),
        cases=cases,
        read="foundations/affine_relu#the-rectifier",
        equations=("dx = dout where x > 0, and 0 where x <= 0",),
        line="A new array: dout where the input was above 0. At exactly 0 the gate is closed.",
    ),
    Exercise(
        name="leaky_relu_forward",
        function="layers.leaky_relu_forward",
        play=forward,
        outputs=("out",),
        cases=leaky,
        read="foundations/affine_relu#a-leaky-rectifier",
        equations=("out = x where x > 0, and slope x where x <= 0",),
        line="As the rectifier, with slope times x in place of 0.",
    ),
    Exercise(
        name="leaky_relu_backward",
        function="layers.leaky_relu_backward",
        forward="layers.leaky_relu_forward",
        public=True,
        play=backward,
        outputs=("dx",),
        cases=leaky,
        read="foundations/affine_relu#a-leaky-rectifier",
        equations=("dx = dout where x > 0, and slope dout where x <= 0",),
        line=(
            "The sign of x decides, as in the forward pass; dout is scaled by the slope on the "
            "other side."
        ),
    ),
)
