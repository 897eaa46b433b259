"""Normalization: statistics that nothing hides, in training and in the test."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like
from nndl.practice.plays import backward, forward, normalize

# name: N, D, what is in bn_param
ROWS = {
    "by hand": (2, 2, {}),
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
        param = {k: v.astype(np.float32) if k.startswith("running") else v for k, v in param.items()}
    traits = {
        "by hand": name == "by hand", "mode is test": param["mode"] == "test", "N": len(x),
        "features": C, "N = features": len(x) == C, "eps": param.get("eps", 1e-5),
        "momentum is given": "momentum" in param, "running averages are given": "running_var" in param,
        "float32": name == "float32",
    }  # fmt: skip
    if x.ndim == 4:
        traits |= {"H": x.shape[2], "W": x.shape[3], "pixels": x.shape[2] * x.shape[3]}
    return Case(name, {**arrays, "bn_param": param}, traits)


def rows() -> list[Case]:
    """Batches of rows."""
    found = []
    for name, (N, D, wanted) in ROWS.items():
        rng = np.random.default_rng(len(found))
        x = random_like(rng, (N, D)) * (1 + np.arange(D)) + np.arange(D)
        if name == "by hand":
            x = np.array([[1.0, 2.0], [3.0, -4.0]])
        if name.startswith("small spread"):
            x = random_like(rng, (N, D), 0.05) + 0.5
        if name == "a constant feature":
            x[:, 1] = 2.0
        found.append(made(name, rng, x, wanted))
    return found


def trained(cases: list[Case]) -> list[Case]:
    """Those in training, for a backward pass."""
    return [case for case in cases if case.arguments["bn_param"]["mode"] == "train"]


# name: N, C, H, W, what is in bn_param
MAPS = {
    "by hand": (1, 2, 1, 2, {}),
    "as in the course": (2, 3, 4, 5, {}),
    "large eps": (3, 2, 2, 4, {"eps": 0.5}),
    "momentum 0.3": (2, 3, 2, 2, {"momentum": 0.3, "running": True}),
    "one image": (1, 3, 2, 3, {}),
    "one channel": (3, 1, 2, 2, {}),
    "one pixel": (4, 3, 1, 1, {}),
    "as many channels as pixels": (2, 4, 2, 2, {"running": True}),
    "higher than wide": (2, 3, 4, 1, {}),
    "float32": (2, 3, 2, 4, {"momentum": 0.3, "running": True}),
    "testing": (2, 3, 2, 4, {"mode": "test", "running": True}),
    "testing, large eps": (2, 3, 2, 2, {"mode": "test", "running": True, "eps": 0.5}),
}


def maps() -> list[Case]:
    """Batches of maps."""
    found = []
    for name, (N, C, H, W, wanted) in MAPS.items():
        rng = np.random.default_rng(100 + len(found))
        each = (1 + np.arange(C)).reshape(1, C, 1, 1)
        x = random_like(rng, (N, C, H, W)) * each + each
        found.append(made(name, rng, x, wanted))
    return found


def example_rows() -> list[Case]:
    """Batches for a normalization that takes each row by itself: it has no modes to tell apart."""
    found = []
    for case in trained(rows()):
        param = {"eps": case.arguments["bn_param"].get("eps", 1e-5)}
        arguments = {**case.arguments, "bn_param": param}
        found.append(Case(case.name, arguments, case.traits))
    return [case for case in found if case.name not in ("momentum 0.3", "a constant feature")]


def grouped() -> list[Case]:
    """Maps in groups of channels."""
    found = []
    sizes = {
        "by hand": (1, 2, 1, 2, 1), "as in the course": (2, 6, 4, 5, 2), "three groups": (2, 6, 2, 3, 3),
        "one group": (3, 4, 2, 2, 1), "each channel by itself": (2, 3, 2, 4, 3),
        "one image": (1, 4, 3, 2, 2), "float32": (2, 4, 2, 3, 2),
    }  # fmt: skip
    for name, (N, C, H, W, G) in sizes.items():
        rng = np.random.default_rng(200 + len(found))
        x = random_like(rng, (N, C, H, W)) * (1 + np.arange(C)).reshape(1, C, 1, 1) + 1
        gamma, beta = random_like(rng, (1, C, 1, 1)) + 0.1, random_like(rng, (1, C, 1, 1))
        arrays = [a.astype(np.float32) if name == "float32" else a for a in (x, gamma, beta)]
        traits = {"by hand": name == "by hand", "groups": G, "channels in a group": C // G, "N": N,
                  "float32": name == "float32"}  # fmt: skip
        arguments = dict(zip(("x", "gamma", "beta"), arrays, strict=True))
        found.append(Case(name, {**arguments, "G": G, "gn_param": {"eps": 1e-2}}, traits))
    return found


BACK = (
    "dbeta = the sum over the batch of dout, dgamma = that of dout x_hat, dx_hat = gamma dout",
    "dx = 1/(N sigma) (N dx_hat - the sum of dx_hat - x_hat times the sum of dx_hat x_hat)",
)
FORTH = (
    "mu = the mean over the batch, var = the mean of (x - mu)^2, x_hat = (x - mu) / sqrt(var + eps)",
    "out = gamma x_hat + beta",
    "in training: running = momentum running + (1 - momentum) statistic; in the test they stand for mu and var",
)
CHANNELS = "the same for each channel, over images, rows and columns: N H W numbers"

EXERCISES = (
    Exercise(
        name="batchnorm_forward",
        function="layers.batchnorm_forward",
        play=normalize,
        outputs=("out", "running_mean", "running_var"),
        cases=rows,
        read="foundations/batchnorm#forward-one-operation-at-a-time",
        equations=FORTH,
        line="All statistics run over axis 0. eps stands under the root, in training and in the test; the averages take the variance, not its root.",
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
        line="x reaches out by three ways: itself, the mean and the variance; dx is their sum. Each gradient has the shape of its argument.",
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
    Exercise(
        name="spatial_batchnorm_forward",
        function="conv_layers.spatial_batchnorm_forward",
        helpers=("layers.batchnorm_forward",),
        play=normalize,
        outputs=("out", "running_mean", "running_var"),
        cases=maps,
        read="convolution/spatial_batchnorm#the-view",
        equations=(*FORTH, CHANNELS),
        line="Bring the channel to the last axis before you reshape to rows, and back to the second one afterwards.",
    ),
    Exercise(
        name="spatial_batchnorm_backward",
        function="conv_layers.spatial_batchnorm_backward",
        forward="conv_layers.spatial_batchnorm_forward",
        helpers=("layers.batchnorm_forward", "layers.batchnorm_backward"),
        play=backward,
        outputs=("dx", "dgamma", "dbeta"),
        cases=lambda: trained(maps()),
        read="convolution/spatial_batchnorm#backward",
        equations=(*BACK, CHANNELS),
        line="dout takes the way that x took in the forward pass, and dx the way that out took.",
    ),
    Exercise(
        name="layernorm_forward",
        function="layers.layernorm_forward",
        play=forward,
        outputs=("out",),
        cases=example_rows,
        read="convolution/normalization_family#one-formula-many-sets",
        equations=("x_hat = (x - mu) / sqrt(var + eps), with mean and variance of each row", "out = gamma x_hat + beta"),
        line="Statistics run over axis 1 and keep it; gamma and beta belong to the features.",
    ),
    Exercise(
        name="layernorm_backward",
        function="layers.layernorm_backward",
        forward="layers.layernorm_forward",
        play=backward,
        outputs=("dx", "dgamma", "dbeta"),
        cases=example_rows,
        read="convolution/normalization_family#layer-normalization-gamma-stays-in",
        equations=("dx_hat = gamma dout", "dx = (dx_hat - mean of dx_hat - x_hat times the mean of dx_hat x_hat) / sigma, means over the row"),
        line="gamma is inside of the means; dgamma and dbeta are sums over the examples.",
    ),
    Exercise(
        name="spatial_groupnorm_forward",
        function="conv_layers.spatial_groupnorm_forward",
        play=forward,
        outputs=("out",),
        cases=grouped,
        read="convolution/normalization_family#groups-of-channels",
        equations=("rows of C/G channels of one image: C/G H W numbers, normalized by themselves", "out = gamma x_hat + beta, by channel"),
        line="A reshape to N G rows needs no exchange of axes, since the channels of a group lie side by side.",
    ),
    Exercise(
        name="spatial_groupnorm_backward",
        function="conv_layers.spatial_groupnorm_backward",
        forward="conv_layers.spatial_groupnorm_forward",
        play=backward,
        outputs=("dx", "dgamma", "dbeta"),
        cases=grouped,
        read="convolution/normalization_family#backward-from-the-parameters-up",
        equations=("dx_hat = gamma dout, by channel", "dx as in layer normalization, over each group"),
        line="dgamma and dbeta are sums over images, rows and columns, in the shape of gamma.",
    ),
)
