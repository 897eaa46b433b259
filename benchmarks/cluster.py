"""What workers gain: training and searching on 1, 2, 4 processes, beside one process alone.

    python -m benchmarks.cluster                       prints three tables, in some minutes
    python -m benchmarks.cluster --record              writes them to benchmarks/cluster.md
    python -m benchmarks.cluster --workers 1,2,4,8,16

The record has a section for each machine; the other machines' stay.

Each number of workers takes turns with this process, on one thread and on all cores, so ratios hold
where times do not. Each worker has one thread, and a shard of its own. It needs the extra
``cluster``, and nothing else besides what nndl needs. The ideal is a ratio of as many workers, or
as many cores where there are fewer.
"""

import argparse
import os
import statistics
from pathlib import Path

import numpy as np

from benchmarks.cluster_record import BATCH, recorded, section_of, short
from benchmarks.cluster_search import throughput
from benchmarks.idle import BUSY, Others
from benchmarks.networks import NETWORKS
from benchmarks.side_by_side import take_turns
from nndl.cluster import connect
from nndl.convnet import ConvNet
from nndl.fast.runtime.threads import set_num_threads
from nndl.solver import Solver
from nndl.training.loop import make_step

RECORD = Path(__file__).with_name("cluster.md")
IMAGES = 1024
ALONE = {"one thread": 1, "all cores": None}


class Nothing:
    """A network whose gradients cost nothing: what is left is the step itself.

    Parameters
    ----------
    size : int
        Its parameters, of four bytes each.
    """

    def __init__(self, size):
        self.params = {"W1": np.zeros(size, np.float32)}

    def loss(self, X, y=None):
        """A loss of 0 and gradients of 0, or scores."""
        if y is None:
            return np.zeros((len(X), 10), np.float32)
        return 0.0, {"W1": np.zeros_like(self.params["W1"])}


def solver_of(net, **options):
    """A run that is never at its end: the step alone is measured."""
    rng = np.random.default_rng(0)
    data = {"X_val": np.zeros((10, 3, 32, 32), np.float32), "y_val": np.arange(10)}
    data["X_train"] = rng.normal(size=(IMAGES, 3, 32, 32)).astype(np.float32)
    data["y_train"] = rng.integers(10, size=IMAGES)
    known = {"batch_size": BATCH, "update_rule": "adam", "verbose": False}
    known |= {"optim_config": {"learning_rate": 1e-5}, "num_epochs": 10_000}
    return Solver(net, data, **known | options)


def on_threads(solver, threads):
    """A step of this process alone."""

    def step():
        set_num_threads(threads or os.cpu_count())
        make_step(solver)

    return step


def memory():
    """MB that this process has."""
    import psutil

    return psutil.Process().memory_info().rss / 1e6


def ratio(seconds, name, other):
    """How many times faster ``other`` is, in the median of the rounds."""
    return statistics.median(a / b for a, b in zip(seconds[name], seconds[other], strict=True))


def measured(client, workers, rounds, cost, networks):
    """The rows of both tables for one number of workers, and what a step of nothing costs."""
    rows, nothing = [], []
    for size in (1, 2_500_000):
        step = solver_of(Nothing(size), cluster=client, shards=workers, update_rule="sgd")
        make_step(step)
        times = take_turns({"step": lambda step=step: make_step(step)}, rounds)["step"]
        nothing.append((workers, size * 4 / 1e6, statistics.median(times)))
    if not cost:  # by the first number of workers
        empty, full = nothing[0][2], nothing[1][2]
        cost |= {"overhead": empty, "bandwidth": 2 * workers * 10e6 / max(full - empty, 1e-9)}
    for name in networks:
        nets = {way: ConvNet(NETWORKS[name], seed=0) for way in (*ALONE, "workers")}
        there = solver_of(nets["workers"], cluster=client, shards=workers)
        turns = {way: on_threads(solver_of(nets[way]), threads) for way, threads in ALONE.items()}
        turns["workers"] = lambda there=there: make_step(there)
        for step in turns.values():  # which compiles
            step()
        seconds = take_turns(turns, rounds)
        size = sum(array.nbytes for array in there.model.params.values())
        alone = statistics.median(seconds["one thread"])
        rows.append(
            {
                "network": name,
                "workers": workers,
                "images/s": BATCH / statistics.median(seconds["workers"]),
                "× one thread": ratio(seconds, "one thread", "workers"),
                "× all cores": ratio(seconds, "all cores", "workers"),
                "predicted": predicted(workers, alone, size, cost),
                "MB/worker": statistics.mean(client.run(memory).values()),
                "MB/step": 2 * workers * size / 1e6,
            }
        )
        print(*(short(value) for value in rows[-1].values()), sep="  ", flush=True)
    return rows, nothing


def predicted(workers, alone, size, cost):
    """The ratio to one thread that the simulator of the chapter expects, where it is there.

    A client that all workers send to is its all-reduce "gather". It knows nothing of the machine
    but what the first number of workers needed for a step of nothing, and what one thread needs.
    """
    try:
        from nndl.many_machines import simulate
    except ImportError:
        return None
    sharing = max(1, workers / os.cpu_count())  # workers to a core
    seconds = simulate(
        workers, "gather", BATCH, size, per_example=alone / BATCH * sharing,
        overhead=cost["overhead"] + 2 * size / cost["bandwidth"], bandwidth=cost["bandwidth"],
    )  # fmt: skip
    return alone / float(np.mean(seconds))


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--workers", default="1,2,4", help="numbers of workers, ascending")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each side")
    parser.add_argument("--networks", default=",".join(("three layers", "deep")))
    parser.add_argument("--record", action="store_true", help=f"write {RECORD.name}")
    args = parser.parse_args(argv)
    rows, nothing, cost, others = [], [], {}, Others()
    for workers in map(int, args.workers.split(",")):
        with connect(workers=workers) as client:
            found = measured(client, workers, args.rounds, cost, args.networks.split(","))
        rows += found[0]
        nothing += found[1]
    counts = [int(workers) for workers in args.workers.split(",")]
    trials = throughput(counts, trials=max(12, 3 * max(counts)), epochs=4)
    rows.sort(key=lambda row: row["network"])
    (heading, body), busy = section_of(rows, nothing, trials), others.share()
    print(f"{heading}\n{body}")
    if args.record and busy is not None and busy > BUSY:
        raise SystemExit(f"not recorded: other programs took {busy:.0%} of this machine's time")
    if args.record:
        before = RECORD.read_text(encoding="utf-8") if RECORD.exists() else ""
        RECORD.write_text(recorded(before, heading, body), encoding="utf-8")


if __name__ == "__main__":
    main()
