"""Cascades: layers in a row, small enough that each place can be followed."""

from collections.abc import Callable

import numpy as np

from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.plays import backward, forward

READ = "convolution/cascades#one-layer-made-of-three"
CHAIN = "foundations/fully_connected#cascades"
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
BACK = "dz of each layer is the gradient of what it put out: the last layer comes first"


def arrays(rng: np.random.Generator, *shapes: tuple[int, ...]) -> list[Array]:
    """Random arrays."""
    return [random_like(rng, shape) for shape in shapes]


def wholes(rng: np.random.Generator, *shapes: tuple[int, ...]) -> list[Array]:
    """Small whole numbers, for a calculation by hand."""
    return [whole(rng, shape) for shape in shapes]


def dense(normalized: str = "") -> list[Case]:
    """Affine layers in front of the rest; of a normalization, the name of its settings."""
    found = []
    for name, shape, M in (("by hand", (3, 2), 2), ("as in the course", (3, 2, 2), 4),
                           ("one output", (4, 3), 1), ("images", (4, 2, 3, 2), 3)):  # fmt: skip
        rng = np.random.default_rng(len(found))
        make = wholes if name == "by hand" else arrays
        x, w, b = make(rng, shape, (int(np.prod(shape[1:])), M), (M,))
        arguments = {"x": x, "w": w, "b": b}
        if normalized:
            arguments["gamma"], arguments["beta"] = arrays(rng, (M,), (M,))
            mode = {"mode": "train"} if normalized == "bn_param" else {}
            arguments[normalized] = {**mode, "eps": 0.1}
        traits = {"by hand": name == "by hand", "N": shape[0], "outputs": M}
        found.append(Case(name, arguments, traits))
    return found


def convolutional(pooled: bool = False, normalized: bool = False) -> list[Case]:
    """Convolutions in front of the rest."""
    found = []
    sizes = {
        "by hand": (1, 1, 2, 2, 1, 1, 0),
        "as in the course": (2, 3, 4, 4, 3, 3, 1),
        "pad 0": (2, 2, 4, 6, 3, 3, 0),
        "one image": (1, 2, 4, 4, 2, 3, 1),
    }
    for name, (N, C, H, W, F, size, pad) in sizes.items():
        rng = np.random.default_rng(10 + len(found))
        make = wholes if name == "by hand" else arrays
        x, w, b = make(rng, (N, C, H, W), (F, C, size, size), (F,))
        arguments = {"x": x, "w": w, "b": b}
        if normalized:
            arguments["gamma"], arguments["beta"] = arrays(rng, (F,), (F,))
        arguments["conv_param"] = {"stride": 1, "pad": pad}
        if pooled:
            arguments["pool_param"] = dict(POOL)
        if normalized:
            arguments["bn_param"] = {"mode": "train", "eps": 0.1}
        traits = {"by hand": name == "by hand", "N": N, "pad": pad, "channels": C, "filters": F}
        found.append(Case(name, arguments, traits))
    return found


def pair(
    name: str,
    home: str,
    cases: Callable[[], list[Case]],
    read: str,
    layers: str,
    outputs: tuple[str, ...],
) -> tuple[Exercise, Exercise]:
    """The two exercises of a cascade."""
    there = Exercise(
        name=f"{name}_forward",
        function=f"{home}.{name}_forward",
        play=forward,
        outputs=("out",),
        cases=cases,
        read=read,
        equations=(f"out = {layers}",),
        line="Call the layers one after the other; each is given what the one before it put out.",
    )
    back = Exercise(
        name=f"{name}_backward",
        function=f"{home}.{name}_backward",
        forward=f"{home}.{name}_forward",
        play=backward,
        outputs=outputs,
        cases=cases,
        read=read,
        equations=(f"out = {layers}", BACK),
        line="Open the cache of caches, then call the layers' backward passes from last to first.",
    )
    return there, back


PLAIN, NORMAL = ("dx", "dw", "db"), ("dx", "dw", "db", "dgamma", "dbeta")

EXERCISES = (
    *pair("affine_relu", "layer_utils", dense, CHAIN, "relu(affine(x))", PLAIN),
    *pair(
        "affine_batchnorm_relu",
        "layer_utils",
        lambda: dense("bn_param"),
        CHAIN,
        "relu(batchnorm(affine(x)))",
        NORMAL,
    ),
    *pair(
        "affine_layernorm_relu",
        "layer_utils",
        lambda: dense("ln_param"),
        CHAIN,
        "relu(layernorm(affine(x)))",
        NORMAL,
    ),
    *pair("conv_relu", "conv_layer_utils", convolutional, READ, "relu(conv(x))", PLAIN),
    *pair(
        "conv_relu_pool",
        "conv_layer_utils",
        lambda: convolutional(pooled=True),
        READ,
        "pool(relu(conv(x)))",
        PLAIN,
    ),
    *pair(
        "conv_bn_relu",
        "conv_layer_utils",
        lambda: convolutional(normalized=True),
        READ,
        "relu(batchnorm(conv(x)))",
        NORMAL,
    ),
)
