"""Normalization: statistics that nothing hides, in training and in the test."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like
from nndl.practice.plays import backward, normalize

# name: N, D, what is in bn_param
ROWS = {
    "by hand": (4, 3, {}),
    "as in the course": (4, 5, {}),
    "large eps": (4, 3, {"eps": 0.5}),
    "small spread, eps 1e-2": (5, 3, {"eps": 1e-2}),
    "momentum 0.3": (4, 3, {"momentum": 0.3}),
    "running averages given": (4, 3, {"momentum": 0.3, "running": True}),
    "as many examples as features": (3, 3, {"running": True}),
    "one feature": (5, 1, {}),
    "one example": (1, 3, {"eps": 1e-2}),
    "a constant feature": (4, 3, {"eps": 1e-2}),
    "float32": (4, 5, {"momentum": 0.3, "running": True}),
    "testing": (3, 4, {"mode": "test", "running": True}),
    "testing, large eps": (3, 4, {"mode": "test", "running": True, "eps": 0.5}),
    "testing, one example": (1, 4, {"mode": "test", "running": True}),
    "testing, variance 0": (3, 2, {"mode": "test", "running": True, "eps": 1e-2}),
    "testing before training": (3, 4, {"mode": "test"}),
}


def parameters(rng: np.random.Generator, C: int, wanted: dict) -> dict:
    """bn_param."""
    param = {"mode": "train", **wanted}
    if param.pop("running", False):
        param["running_mean"] = random_like(rng, (C,)) + 0.5
        param["running_var"] = np.round(0.2 + 2 * rng.random(C), 2)
    return param


def made(name: str, rng: np.random.Generator, x: np.ndarray, wanted: dict) -> Case:
    """A case of features in the second axis."""
    C = x.shape[1]
    gamma, beta = np.round(0.5 + rng.random(C), 2) * (-1) ** np.arange(C), random_like(rng, (C,))
    param = parameters(rng, C, wanted)
    if "variance 0" in name:
        param["running_var"] = np.zeros(C)
    arrays = {"x": x, "gamma": gamma, "beta": beta}
    if name == "float32":
        arrays = {k: v.astype(np.float32) for k, v in arrays.items()}
        param = {
            k: v.astype(np.float32) if k.startswith("running") else v for k, v in param.items()
        }
    traits = {
        "by hand": name == "by hand", "mode is test": param["mode"] == "test", "N": len(x),
        "features": C, "N = features": len(x) == C, "eps": param.get("eps", 1e-5),
        "momentum is given": "momentum" in param,
        "running averages are given": "running_var" in param,
        "float32": name == "float32",
    }  # fmt: skip
    if x.ndim == 4:
        traits |= {"H": x.shape[2], "W": x.shape[3], "pixels": x.shape[2] * x.shape[3]}
    told = name == "testing before training"
    return Case(name, {**arrays, "bn_param": param}, traits, told)


def rows() -> list[Case]:
    """Batches of rows."""
    found = []
    for name, (N, D, wanted) in ROWS.items():
        rng = np.random.default_rng(len(found))
        x = random_like(rng, (N, D)) * (1 + np.arange(D)) + np.arange(D)
        if name == "by hand":
            # The means are 3, 2 and 2; two numbers of a feature would be -1 and 1 once normalized.
            x = np.array([[-4.0, 3.0, 3.0], [2.0, 7.0, -2.0], [4.0, 1.0, 6.0], [10.0, -3.0, 1.0]])
        if name.startswith("small spread"):
            x = random_like(rng, (N, D), 0.05) + 0.5
        if name == "a constant feature":
            x[:, 1] = 2.0
        found.append(made(name, rng, x, wanted))
    return found


def trained(cases: list[Case]) -> list[Case]:
    """Those in training, for a backward pass."""
    return [case for case in cases if case.arguments["bn_param"]["mode"] == "train"]


BACK = (
    "dbeta = the sum over the batch of dout, dgamma = that of dout x_hat, dx_hat = gamma dout",
    "dx = 1/(N sigma) (N dx_hat - the sum of dx_hat - x_hat times the sum of dx_hat x_hat)",
)
FORTH = (
    (
        "mu = the mean over the batch, var = the mean of (x - mu)^2, x_hat = (x - mu) / sqrt(var + "
        "eps)"
    ),
    "out = gamma x_hat + beta",
    (
        "in training: running = momentum running + (1 - momentum) statistic; in the test they "
        "stand for mu and var"
    ),
)


EXERCISES = (
    Exercise(
        name="batchnorm_forward",
        function="layers.batchnorm_forward",
        play=normalize,
        outputs=("out", "running_mean", "running_var"),
        cases=rows,
        read="foundations/batchnorm#forward-one-operation-at-a-time",
        equations=FORTH,
        line=(
            "All statistics run over axis 0. eps stands under the root, in training and in the "
            "test; the averages take the variance, not its root."
        ),
    ),
    Exercise(
        name="batchnorm_backward",
        function="layers.batchnorm_backward",
        forward="layers.batchnorm_forward",
        play=backward,
        outputs=("dx", "dgamma", "dbeta"),
        cases=lambda: trained(rows()),
        read="foundations/batchnorm#backward-one-node-at-a-time",
        equations=BACK,
        line=(
            "x reaches out by three ways: itself, the mean and the variance; dx is their sum. Each "
            "gradient has the shape of its argument."
        ),
    ),
    Exercise(
        name="batchnorm_backward_alt",
        function="layers.batchnorm_backward_alt",
        forward="layers.batchnorm_forward",
        play=backward,
        outputs=("dx", "dgamma", "dbeta"),
        cases=lambda: trained(rows()),
        read="convolution/normalization_family#batch-normalization-gamma-comes-out",
        equations=BACK,
        line="dbeta and dgamma are the two sums of the formula; N multiplies dout alone.",
    ),
)
