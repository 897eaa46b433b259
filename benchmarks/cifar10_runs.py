"""The long runs on CIFAR-10: each one's network, how it is trained, and which run it changes.

Each run but the first two is another one with a single thing changed. A rule comes with its rate:
what is right for one is not for another.
"""

from benchmarks.networks import NETWORKS, block, residual

BOTTOM = [*block(32), "pool", *block(64), "pool", *block(128)]
PLAIN = [*BOTTOM, *block(128), *block(128), "pool", "average"]
AROUND = [*BOTTOM, *residual(128), "pool", "average"]

PENALTY = {"reg": 5e-4}
ADAM = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-3}, "num_epochs": 2}
CYCLE = {**ADAM, "schedule": "one_cycle"}
MOMENTUM = {"update_rule": "sgd_nesterov_momentum", "optim_config": {"learning_rate": 0.05}}
NESTEROV = CYCLE | MOMENTUM


def three_layers(**more):
    """A run of the course's network, as the class that the book derives."""
    return {"class": "ThreeLayerConvNet", "net": {**PENALTY, **more}, "solver": ADAM}


def listed(layers, solver, **more):
    """A run of a network that is given as a list."""
    return {"class": "ConvNet", "net": {"layers": layers, **PENALTY}, "solver": solver, **more}


NORMALIZED = NETWORKS["three layers, batch norm"]
RUNS = {
    "fully connected": {
        "new": "no convolution: three layers of 500",
        "class": "FullyConnectedNet",
        "net": {"hidden_dims": [500] * 3, "use_batchnorm": True, **PENALTY},
        "solver": ADAM,
    },
    "three layers": {"new": "the course's network", **three_layers()},
    "batch norm": {"new": "batch norm", "of": "three layers", **three_layers(use_batchnorm=True)},
    "first weights": {
        "new": "first weights of variance 2/n",
        "of": "batch norm",
        **listed(NORMALIZED, ADAM),
    },
    "one cycle": {
        "new": "a rate that rises and falls",
        "of": "first weights",
        **listed(NORMALIZED, CYCLE),
    },
    "depth": {
        "new": "five convolutions, and the mean of each map",
        "of": "one cycle",
        **listed(PLAIN, CYCLE),
    },
    "augmentation": {
        "new": "flips and shifted crops",
        "of": "depth",
        **listed(PLAIN, CYCLE, augment=True),
    },
    "momentum": {
        "new": "Nesterov momentum in place of Adam",
        "of": "depth",
        **listed(PLAIN, NESTEROV),
    },
    "residual": {
        "new": "a way around the last two convolutions",
        "of": "momentum",
        **listed(AROUND, NESTEROV),
    },
    "deep": {
        "new": "a second residual block",
        "of": "residual",
        **listed(NETWORKS["deep"], NESTEROV),
    },
    "deep, longer": {
        "new": "four epochs",
        "of": "deep",
        **listed(NETWORKS["deep"], {**NESTEROV, "num_epochs": 4}),
    },
}
