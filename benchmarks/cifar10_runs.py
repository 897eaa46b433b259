"""The long runs on CIFAR-10: what is new in each, its network, and how it is trained."""

from benchmarks.networks import NETWORKS, block, residual

BOTTOM = [*block(32), "pool", *block(64), "pool", *block(128)]
PLAIN = [*BOTTOM, *block(128), *block(128), "pool", "average"]
AROUND = [*BOTTOM, *residual(128), "pool", "average"]
ADAM = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
QUICK = {"optim_config": {"learning_rate": 2e-3}, "schedule": "one_cycle"}
CYCLE = {"schedule": "one_cycle", "update_rule": "sgd_nesterov_momentum"}
CYCLE |= {"optim_config": {"learning_rate": 0.05}}

RUNS = {
    "fully connected": {
        "new": "no convolution: 3 layers of 500, batch norm, dropout",
        "class": "FullyConnectedNet",
        "net": {"hidden_dims": [500] * 3, "use_batchnorm": True, "dropout": 0.75},
        "solver": {**ADAM, "num_epochs": 10, "lr_decay": 0.8},
    },
    "one epoch": {
        "new": "the course's first run: 980 steps of 50 images",
        "class": "ThreeLayerConvNet",
        "net": {"reg": 1e-3, "hidden_dim": 500},
        "solver": {**ADAM, "num_epochs": 1, "batch_size": 50},
    },
    "three layers": {
        "new": "the course's network, Adam",
        "class": "ThreeLayerConvNet",
        "net": {"reg": 1e-3},
        "solver": {**ADAM, "num_epochs": 4},
    },
    "batch norm": {
        "new": "batch norm",
        "class": "ThreeLayerConvNet",
        "net": {"reg": 1e-3, "use_batchnorm": True},
        "solver": {**ADAM, "num_epochs": 4},
    },
    "in a minute": {
        "new": "the same network with a one-cycle schedule",
        "class": "ThreeLayerConvNet",
        "net": {"reg": 1e-3, "use_batchnorm": True, "weight_scale": 1e-2},
        "solver": {**ADAM, **QUICK, "num_epochs": 4},
    },
    "depth": {
        "new": "five convolutions of 3 by 3, global average pooling",
        "class": "ConvNet",
        "net": {"layers": PLAIN, "reg": 0.0},
        "solver": {**ADAM, "num_epochs": 5},
    },
    "augmentation": {
        "new": "flips and shifted crops",
        "class": "ConvNet",
        "net": {"layers": PLAIN, "reg": 0.0},
        "solver": {**ADAM, "num_epochs": 5},
        "augment": True,
    },
    "schedule": {
        "new": "one cycle of Nesterov momentum, a penalty",
        "class": "ConvNet",
        "net": {"layers": PLAIN, "reg": 5e-4},
        "solver": {**CYCLE, "num_epochs": 5},
        "augment": True,
    },
    "residual": {
        "new": "a way around the last two convolutions",
        "class": "ConvNet",
        "net": {"layers": AROUND, "reg": 5e-4},
        "solver": {**CYCLE, "num_epochs": 5},
        "augment": True,
    },
    "deep": {
        "new": "a second residual block, and eight epochs",
        "class": "ConvNet",
        "net": {"layers": NETWORKS["deep"], "reg": 5e-4},
        "solver": {**CYCLE, "num_epochs": 8},
        "augment": True,
    },
}
