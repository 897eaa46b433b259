"""Layer and group normalization: each example by itself."""

import numpy as np

from nndl.practice.exercises import Case, Exercise, Variant
from nndl.practice.layers.normalization import rows, trained
from nndl.practice.layers.numbers import random_like
from nndl.practice.plays import backward, forward


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
        "by hand": (1, 2, 1, 2, 1), "as in the course": (2, 6, 4, 5, 2),
        "three groups": (2, 6, 2, 3, 3),
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


def flat() -> list[Case]:
    """The same with parameters of C numbers each, without axes of length 1."""
    return [
        Case(c.name, c.arguments | {k: c.arguments[k].ravel() for k in ("gamma", "beta")}, c.traits)
        for c in grouped()
    ]


FLAT = Variant(
    id="groupnorm-parameters-flat",
    cases=flat,
    title="gamma and beta are taken for arrays of shape (C,)",
    convention=(
        "Some courses have them so, and the book's function takes both; here they come as"
        " (1, C, 1, 1), and gradients have the shape of their parameters."
    ),
)

EXERCISES = (
    Exercise(
        name="layernorm_forward",
        function="layers.layernorm_forward",
        play=forward,
        outputs=("out",),
        cases=example_rows,
        read="convolution/normalization_family#one-formula-many-sets",
        equations=(
            "x_hat = (x - mu) / sqrt(var + eps), with mean and variance of each row",
            "out = gamma x_hat + beta",
        ),
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
        equations=(
            "dx_hat = gamma dout",
            "dx = (dx_hat - mean of dx_hat - x_hat times that of dx_hat x_hat) / sigma, by row",
        ),
        line="gamma is inside of the means; dgamma and dbeta are sums over the examples.",
    ),
    Exercise(
        name="spatial_groupnorm_forward",
        function="conv_layers.spatial_groupnorm_forward",
        variant=FLAT,
        play=forward,
        outputs=("out",),
        cases=grouped,
        read="convolution/normalization_family#groups-of-channels",
        equations=(
            "rows of C/G channels of one image: C/G H W numbers, normalized by themselves",
            "out = gamma x_hat + beta, by channel",
        ),
        line=(
            "A reshape to N G rows needs no exchange of axes, since the channels of a group lie "
            "side by side."
        ),
    ),
    Exercise(
        name="spatial_groupnorm_backward",
        function="conv_layers.spatial_groupnorm_backward",
        variant=FLAT,
        forward="conv_layers.spatial_groupnorm_forward",
        play=backward,
        outputs=("dx", "dgamma", "dbeta"),
        cases=grouped,
        read="convolution/normalization_family#backward-from-the-parameters-up",
        equations=(
            "dx_hat = gamma dout, by channel",
            "dx as in layer normalization, over each group",
        ),
        line="dgamma and dbeta are sums over images, rows and columns, in the shape of gamma.",
    ),
)
