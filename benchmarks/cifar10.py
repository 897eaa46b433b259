"""What does each step from the course's network to a deeper one buy, and what does it cost?

    NNDL_DATA=folder python -m benchmarks.cifar10              all runs: benchmarks/cifar10.json
    NNDL_DATA=folder python -m benchmarks.cifar10 residual     this run alone; the others stay

Each run trains on 49,000 pictures and is judged on 1,000 others. The pictures of the test set are
asked once, at the end of each run, with the parameters that the validation pictures chose. The
chapter ``networks/cifar10`` draws the record.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.networks import NETWORKS, block, residual
from benchmarks.record import write
from benchmarks.side_by_side import rounded

RECORD = Path(__file__).resolve().parent / "cifar10.json"

BOTTOM = [*block(32), "pool", *block(64), "pool", *block(128)]
PLAIN = [*BOTTOM, *block(128), *block(128), "pool", "average"]
AROUND = [*BOTTOM, *residual(128), "pool", "average"]
ADAM = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
QUICK = {"optim_config": {"learning_rate": 2e-3}, "schedule": "one_cycle"}
CYCLE = {"schedule": "one_cycle", "update_rule": "sgd_nesterov_momentum"}
CYCLE |= {"optim_config": {"learning_rate": 0.05}}

# Each run: what is new in it, the network, and how it is trained.
RUNS = {
    "fully connected": {
        "new": "no convolution: 3 layers of 500, batch norm, dropout",
        "class": "FullyConnectedNet",
        "net": {"hidden_dims": [500] * 3, "use_batchnorm": True, "dropout": 0.75},
        "solver": {**ADAM, "num_epochs": 10, "lr_decay": 0.8},
    },
    "one epoch": {
        "new": "the course's first run: 980 steps of 50 pictures",
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
SEED = 0


def network(run, seed=SEED):
    """The network of a run, before training."""
    from nndl.cnn import ThreeLayerConvNet
    from nndl.convnet import ConvNet
    from nndl.fc_net import FullyConnectedNet

    kinds = {kind.__name__: kind for kind in (FullyConnectedNet, ThreeLayerConvNet, ConvNet)}
    return kinds[run["class"]](**run["net"], seed=np.random.default_rng(seed))


def trained(run, data, seed=SEED, **changes):
    """The Solver of a run after training."""
    from nndl.data_utils import augment
    from nndl.solver import Solver

    settings = {**run["solver"], "seed": seed, "verbose": False} | changes
    if run.get("augment"):
        settings["augment"] = augment
    solver = Solver(network(run, seed), data, **settings)
    solver.train()
    return solver


def measured(name, data):
    """A row of the record."""
    run = RUNS[name]
    few = {key: array[:200] for key, array in data.items()}
    trained(run, few, num_epochs=1)  # compiles what has not been compiled
    start = time.perf_counter()
    solver = trained(run, data)
    whole = time.perf_counter() - start
    steps = solver.iterations_per_epoch
    epochs = [
        {
            "seconds": rounded(seconds),
            "loss": rounded(float(np.mean(solver.loss_history[k * steps : (k + 1) * steps]))),
            "train": rounded(solver.train_acc_history[k + 1]),
            "validation": rounded(solver.val_acc_history[k + 1]),
        }
        for k, seconds in enumerate(solver.epoch_seconds)
    ]
    return {
        "run": name,
        **run,
        "seed": SEED,
        "cores": len(os.sched_getaffinity(0)),
        "parameters": int(sum(array.size for array in solver.model.params.values())),
        "training_seconds": rounded(sum(solver.epoch_seconds)),
        "whole_seconds": rounded(whole),
        "validation": rounded(solver.best_val_acc),
        "test": rounded(solver.check_accuracy(data["X_test"], data["y_test"])),
        "epochs": epochs,
    }


def main(names):
    from nndl.data_utils import get_CIFAR10_data

    unknown = [name for name in names if name not in RUNS]
    if unknown:
        sys.exit(f"benchmarks.cifar10: no run is called {unknown}, there are {list(RUNS)}")
    data = get_CIFAR10_data(num_test=5000, verbose=False)
    rows = json.loads(RECORD.read_text(encoding="utf-8"))["runs"] if RECORD.exists() else []
    rows = {row["run"]: row for row in rows}
    for name in names or RUNS:
        rows[name] = row = measured(name, data)
        scores = f"validation {row['validation']:.1%}, test {row['test']:.1%}"
        print(f"{name:14} {row['training_seconds']:6.0f} s  {scores}", flush=True)
        ordered = [rows[run] for run in RUNS if run in rows]
        about = {"test": len(data["y_test"]), "validation": len(data["y_val"])}
        write(RECORD, {"pictures": data["provenance"], **about, "runs": ordered})


if __name__ == "__main__":
    main(sys.argv[1:])
