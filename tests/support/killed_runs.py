"""Kill twenty training runs with SIGKILL, resume each, and compare it with a run left alone.

A program of its own, since it forks: ``python -m tests.support.killed_runs <empty folder>``.
"""

import os
import re
import signal
import sys
import time
from pathlib import Path

import numpy as np

from nndl.internal import whole_files
from nndl.solver import Solver
from nndl.training import checkpoints
from tests.support.training import jitter, outcome, tiny_data, tiny_net

OPTIONS = {
    "update_rule": "adam",
    "batch_size": 8,
    "num_epochs": 12,
    "num_train_samples": 20,
    "schedule": "cosine",
    "verbose": False,
    "augment": jitter,
}


def die():
    """End this process as ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_step(step):
    """Die in the loss of a step: after its forward pass, before its update."""
    model, steps = tiny_net(), []
    plain = model.loss

    def loss(X, y=None):
        result = plain(X, y)
        if y is not None:
            steps.append(None)
            if len(steps) == step:
                die()
        return result

    model.loss = loss
    return model


def die_in_checkpoint(number, stage):
    """Die while a checkpoint is written: half of it is, or all but its name."""
    calls, savez, replace = [], np.savez, os.replace

    def half(file, **arrays):
        calls.append(None)
        if stage == "half" and len(calls) == number:
            savez(file, **arrays)
            file.flush()
            os.truncate(file.name, os.path.getsize(file.name) // 2)
            die()
        savez(file, **arrays)

    def rename(*paths):
        if stage == "unnamed" and len(calls) == number:
            die()
        replace(*paths)

    checkpoints.np.savez, whole_files.os.replace = half, rename


def child(kind, rng, name):
    """Train in a process that is killed; return whether it was."""
    step, number = int(rng.integers(1, 73)), int(rng.integers(1, 14))
    delay = rng.uniform(0, 0.06)
    pid = os.fork()
    if pid == 0:
        model = die_at_step(step) if kind == "step" else tiny_net()
        if kind in ("half", "unnamed"):
            die_in_checkpoint(number, kind)
        Solver(model, tiny_data(), checkpoint_name=name, **OPTIONS).train()
        if kind == "outside":
            time.sleep(60)  # a run that was quicker than its end
        os._exit(0)
    if kind == "outside":
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def latest(folder):
    """The checkpoint of the highest epoch, or None."""
    found = {int(re.search(r"_epoch_(\d+)", p.name)[1]): p for p in folder.glob("*.npz")}
    return found[max(found)] if found else None


def main(folder):
    """Kill, resume and compare; print a line for each run."""
    alone = Solver(tiny_net(), tiny_data(), **OPTIONS)
    alone.train()
    expected, good = outcome(alone), 0
    rng = np.random.default_rng(0)
    for k in range(20):
        kind = ("step", "outside", "half", "unnamed")[k % 4]
        place = folder / str(k)
        place.mkdir()
        killed = child(kind, rng, place / "run")
        path = latest(place)
        if path:
            solver = Solver.resume(path, tiny_net(), tiny_data(), augment=jitter)
        else:  # it did not get as far as its first checkpoint
            solver = Solver(tiny_net(), tiny_data(), **OPTIONS)
        start = solver.iteration
        solver.train()
        same = outcome(solver) == expected
        good += killed and same
        print(f"{kind}: killed {killed}, resumed at iteration {start}, identical {same}")
    print(f"{good} of 20 killed, resumed and identical")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
