"""Affine layers and dropout."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.plays import backward, forward
from nndl.practice.random_plays import dropout, dropout_back

# name: the shape of x, M
SIZES = {
    "by hand": ((2, 2), 2),
    "as in the course": ((2, 2, 3), 4),
    "flat inputs": ((3, 5), 4),
    "as many outputs as inputs": ((4, 3), 3),
    "as many examples as inputs": ((3, 3), 2),
    "images": ((2, 3, 2, 4), 5),
    "one example": ((1, 4), 3),
    "one input, one output": ((3, 1), 1),
    "all different": ((5, 2, 3, 1), 4),
    "float32": ((3, 2, 2), 5),
    "by hand, examples of two rows": ((2, 2, 1), 2),
    "by hand, three examples": ((3, 2), 1),
}


def affine_cases() -> list[Case]:
    """Examples of every shape."""
    found = []
    for name, (shape, M) in SIZES.items():
        make = whole if name.startswith("by hand") else random_like
        rng = np.random.default_rng(len(found))
        D = int(np.prod(shape[1:]))
        arrays = make(rng, shape), make(rng, (D, M)), make(rng, (M,))
        dtype = np.float32 if name == "float32" else np.float64
        x, w, b = (array.astype(dtype) for array in arrays)
        traits = {
            "by hand": make is whole, "dimensions of x": len(shape), "N": shape[0], "D": D, "M": M,
            "D = M": D == M, "N = D": shape[0] == D, "float32": name == "float32",
        }  # fmt: skip
        found.append(Case(name, {"x": x, "w": w, "b": b}, traits))
    return found


# name: shape, p, mode, seed
DRAWS = {
    "training, p = 0.25": ((60, 50), 0.25, "train", 1),
    "training, p = 0.5": ((60, 50), 0.5, "train", 2),
    "training, p = 0.8": ((60, 50), 0.8, "train", 3),
    "training, images": ((30, 4, 5, 5), 0.25, "train", 4),
    "testing, p = 0.25": ((60, 50), 0.25, "test", 5),
    "testing, p = 0.8": ((60, 50), 0.8, "test", 6),
    "float32": ((60, 50), 0.25, "train", 7),
    "training, both signs": ((60, 50), 0.5, "train", 8),
}


def dropout_cases() -> list[Case]:
    """Arrays without zeros, so large that the share of what is kept is known."""
    found = []
    for name, (shape, p, mode, seed) in DRAWS.items():
        x = np.round(2 + np.random.default_rng(seed).random(shape), 2)
        if name == "training, both signs":
            x[:, ::2] *= -1
        x = x.astype(np.float32 if name == "float32" else np.float64)
        traits = {"p": p, "mode is test": mode == "test", "dimensions": len(shape),
                  "negative numbers in x": bool((x < 0).any()),
                  "float32": name == "float32"}  # fmt: skip
        param = {"p": p, "mode": mode, "seed": seed}
        found.append(Case(name, {"x": x, "dropout_param": param}, traits))
    return found


EXERCISES = (
    Exercise(
        name="affine_forward",
        function="layers.affine_forward",
        play=forward,
        outputs=("out",),
        cases=affine_cases,
        read="foundations/affine_relu#one-example",
        equations=("out = X w + b, where X is x with a row of D numbers for each example",),
        line=(
            "Flatten every example, in the order in which NumPy keeps it; then one product of "
            "matrices and the bias."
        ),
    ),
    Exercise(
        name="affine_backward",
        function="layers.affine_backward",
        forward="layers.affine_forward",
        public=True,
        play=backward,
        outputs=("dx", "dw", "db"),
        cases=affine_cases,
        read="foundations/affine_relu#the-gradient-by-indices",
        equations=(
            "dX = dout w^T, in the shape of x",
            "dw = X^T dout",
            "db[m] = the sum over n of dout[n, m]",
        ),
        line=(
            "Three lines, one for each gradient; each result has the shape of what it is the "
            "gradient of."
        ),
    ),
    Exercise(
        name="dropout_forward",
        function="layers.dropout_forward",
        play=dropout,
        outputs=("out",),
        cases=dropout_cases,
        random=True,
        read="foundations/dropout#where-to-correct-the-scale",
        equations=(
            "out = x m / p, where each m is 1 with probability p and else 0",
            "when testing, out = x",
        ),
        line=(
            "p is the share that is kept: draw one number for each entry, keep those below p, and "
            "divide by p in training."
        ),
    ),
    Exercise(
        name="dropout_backward",
        function="layers.dropout_backward",
        forward="layers.dropout_forward",
        public=True,
        play=dropout_back,
        outputs=("dx",),
        cases=dropout_cases,
        random=True,
        read="foundations/dropout#the-gradient-of-a-random-function",
        equations=("dx = dout m / p, with the mask of the forward pass", "when testing, dx = dout"),
        line="The same entries are multiplied by the same numbers as in the forward pass.",
    ),
)
