"""What workers of the tests are given: data that are read there, and what kills them."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy as np
import psutil

from nndl.solver import Solver
from tests.support.training import tiny_data, tiny_net

ROOT = Path(__file__).resolve().parents[2]
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # which kills on Windows
PARTS = ("X_train", "y_train", "X_val", "y_val")


class Deadly:
    """An augmentation that kills its process at some steps, once each.

    Parameters
    ----------
    folder : path or None
        Where it notes whom it killed; None for nobody.
    share : float
        The share of steps, of each shard.
    """

    def __init__(self, folder, share):
        self.folder, self.share = folder, share

    def __call__(self, X, rng):
        draw = rng.random()
        if self.folder is not None and draw < self.share:
            note = Path(self.folder, f"{draw:.12f}")
            if not note.exists():
                note.touch()
                os.kill(os.getpid(), KILL)
        return X + rng.normal(scale=0.1, size=X.shape).astype(X.dtype)


class Reading:
    """``read(shard, shards)`` of the tiny data, which notes each call in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, shard, shards):
        Path(self.folder, f"{shard} of {shards} {uuid.uuid4().hex}").touch()
        return part_of(tiny_data(), shard, shards)

    def read(self):
        """The shards that were read, in their order."""
        return sorted(path.name.rsplit(" ", 1)[0] for path in Path(self.folder).iterdir())


def part_of(data, shard, shards):
    """A part of each array."""
    return {
        name: data[name][
            len(data[name]) * shard // shards : len(data[name]) * (shard + 1) // shards
        ]
        for name in PARTS
    }


def files_of(data, folder):
    """The data as paths of ``.npy`` files."""
    for name in PARTS:
        np.save(Path(folder, f"{name}.npy"), data[name])
    return {name: Path(folder, f"{name}.npy") for name in PARTS}


def small_run(data=None, **options):
    """A run of two epochs, of the network that has all kinds of state."""
    known = {"batch_size": 10, "num_epochs": 2, "verbose": False, "update_rule": "adam"}
    known |= {"num_train_samples": 30, "num_val_samples": 15}
    return Solver(tiny_net(), tiny_data() if data is None else data, **(known | options))


def started(program, *arguments):
    """A Python program in a process group of its own, as a terminal starts it."""
    path = filter(None, [os.environ.get("PYTHONPATH")])
    return subprocess.Popen(
        [sys.executable, "-m", program, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def eventually(condition, seconds=120):
    """Wait until it is so; an AssertionError if it is not."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.05)


def is_there(pid):
    """Whether a process runs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def main(name):
    """Train for ever on two workers; for ``started``."""
    from nndl.cluster import connect

    with connect(workers=2) as client:
        print(*client.run(os.getpid).values(), flush=True)
        solver = small_run(
            cluster=client, shards=3, num_epochs=10_000, checkpoint_name=name, keep=2
        )
        solver.train()


if __name__ == "__main__":
    main(sys.argv[1])
