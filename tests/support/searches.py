"""Searches for tests: small ones, of which a worker or the client is killed."""

import os
import signal
import sys
from pathlib import Path

from nndl.cluster import Choice, LogUniform, Uniform, connect, search
from nndl.fc_net import FullyConnectedNet
from tests.support.training import tiny_data

SPACE = {
    "learning_rate": LogUniform(1e-3, 1.0),
    "update_rule": Choice("sgd_momentum", "adam"),
    "momentum": Uniform(0.5, 0.99),
    "batch_size": Choice(8, 16),
    "reg": LogUniform(1e-5, 1e-1),
    "num_train_samples": 20,
    "schedule": "cosine",
}
OPTIONS = {"epochs": 4, "eta": 2, "seed": 3, "verbose": False}


def net(reg, seed):
    """A network with batch norm and dropout, which have states."""
    known = {"use_batchnorm": True, "dropout": 0.8, "weight_scale": 0.3}
    return FullyConnectedNet([8], input_dim=6, num_classes=3, reg=reg, seed=seed, **known)


def die_once(folder, reg, seed):
    """A network; each third one ends its process the first time that it is made."""
    mark = Path(folder, str(seed))
    if seed % 3 == 0 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return net(reg, seed)


def die_always(chosen, reg, seed):
    """A network; that of one seed ends its process."""
    if seed == chosen:
        os.kill(os.getpid(), signal.SIGKILL)
    return net(reg, seed)


def refuse_some(reg, seed):
    """A network, for two of three seeds."""
    if seed % 3 == 0:
        raise ValueError(f"no network\nfor {reg:.1g}")
    return net(reg, seed)


def slow(reg, seed):
    """A network that takes a while."""
    import time

    time.sleep(0.1)
    return net(reg, seed)


def read_data(shard, shards):
    """What a worker reads by itself."""
    assert (shard, shards) == (0, 1)
    return tiny_data()


def main(folder, workers):
    """A search that somebody kills."""
    with connect(workers=int(workers)) as client:
        search(slow, SPACE, tiny_data(), **OPTIONS, folder=folder, cluster=client)


if __name__ == "__main__":
    main(*sys.argv[1:])
