"""Spatial batch normalization: maps whose channels differ in everything."""

import numpy as np

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.normalization import BACK, FORTH, made, trained
from nndl.practice.layers.numbers import random_like, whole
from nndl.practice.plays import backward, normalize

# name: N, C, H, W, what is in bn_param
MAPS = {
    "by hand": (1, 2, 2, 2, {}),
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
    "testing before training": (2, 3, 2, 2, {"mode": "test"}),
}


def maps() -> list[Case]:
    """Batches of maps."""
    found = []
    for name, (N, C, H, W, wanted) in MAPS.items():
        rng = np.random.default_rng(100 + len(found))
        each = (1 + np.arange(C)).reshape(1, C, 1, 1)
        make = whole if name == "by hand" else random_like
        x = make(rng, (N, C, H, W)) * each + each
        found.append(made(name, rng, x, wanted))
    return found


CHANNELS = "the same for each channel, over images, rows and columns: N H W numbers"

EXERCISES = (
    Exercise(
        name="spatial_batchnorm_forward",
        function="conv_layers.spatial_batchnorm_forward",
        helpers=("layers.batchnorm_forward",),
        play=normalize,
        outputs=("out", "running_mean", "running_var"),
        cases=maps,
        read="convolution/spatial_batchnorm#the-view",
        equations=(*FORTH, CHANNELS),
        line=(
            "Bring the channel to the last axis before you reshape to rows, and back to the second "
            "one afterwards."
        ),
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
)
