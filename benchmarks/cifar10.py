"""What does each step from the course's network to a deeper one buy, and what does it cost?

    NNDL_DATA=folder python -m benchmarks.cifar10              all runs: nndl/data/cifar10_runs.json
    NNDL_DATA=folder python -m benchmarks.cifar10 residual     this run alone; the others stay
    NNDL_DATA=folder python -m benchmarks.cifar10 --seeds 3    what is missing of seeds 0, 1, 2
    NNDL_DATA=folder python -m benchmarks.cifar10 --times      how long a step of each run takes

Each run trains on 49,000 images and is judged on 1,000 others. The images of the test set are asked
once, at the end of each run, with the parameters that the validation images chose. The chapter
``networks/cifar10`` draws the record.

With ``--seeds`` nothing is measured twice: it goes through the seeds, makes what the record lacks,
and writes the record after each run. So it can be stopped at any time, and the same command goes
on. A run whose settings have changed since is measured anew. All seeds of a run are one row: what
the first of them gave, and in ``seeds`` the accuracies of each, with ``mean`` and ``spread``, their
standard deviation. Where a run has one seed, the row has none of these.

The runs themselves are not timed: what they compute does not depend on how busy the machine is,
and their times would. ``--times`` makes some steps of each run on an idle machine, and the time of
a run is that of one step, times their number.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

import numpy as np

import nndl
from benchmarks.cifar10_runs import RUNS
from benchmarks.idle import BUSY, Others
from benchmarks.record import write
from benchmarks.side_by_side import rounded

# In the package, so that the chapter runs wherever the package is installed.
RECORD = Path(nndl.__file__).parent / "data" / "cifar10_runs.json"

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


def step_seconds(name, data, rounds=3, examples=4000):
    """The seconds that a step of a run takes: the median of ``rounds`` short epochs."""
    few = {key: data[key][:examples] for key in ("X_train", "y_train")}
    few |= {key: data[key][:200] for key in ("X_val", "y_val")}
    found = []
    for _ in range(1 + rounds):  # the first compiles what has not been compiled
        solver = trained(RUNS[name], few, num_epochs=1)
        found.append(solver.epoch_seconds[0] / solver.iterations_per_epoch)
    return rounded(statistics.median(found[1:]))


def times(data, rounds=3):
    """The seconds of a step of every run, and on what they were measured."""
    others = Others()
    seconds = {name: step_seconds(name, data, rounds) for name in RUNS}
    if (share := others.share()) is not None and share > BUSY:
        sys.exit(f"benchmarks.cifar10: other programs took {share:.0%} of the machine's time")
    return {"cores": len(os.sched_getaffinity(0)), "others": share, "step_seconds": seconds}


def measured(name, data, seed=SEED):
    """A row of the record, of one seed."""
    run = RUNS[name]
    few = {key: array[:200] for key, array in data.items()}
    trained(run, few, num_epochs=1)  # compiles what has not been compiled
    solver = trained(run, data, seed)
    steps = solver.iterations_per_epoch
    epochs = [
        {
            "loss": rounded(float(np.mean(solver.loss_history[k * steps : (k + 1) * steps]))),
            "train": rounded(solver.train_acc_history[k + 1]),
            "validation": rounded(solver.val_acc_history[k + 1]),
        }
        for k in range(solver.epoch)
    ]
    return {
        "run": name,
        **run,
        "seed": seed,
        "parameters": int(sum(array.size for array in solver.model.params.values())),
        "steps": solver.iteration,
        "validation": rounded(solver.best_val_acc),
        "test": rounded(solver.check_accuracy(data["X_test"], data["y_test"])),
        "epochs": epochs,
    }


SCORES = "validation", "test"


def seeds_of(row):
    """The seeds of a row, each with its accuracies."""
    if row is None:
        return []
    kept = "seed", *SCORES
    return row.get("seeds") or [{key: row[key] for key in kept}]


def with_seed(row, new):
    """A row with one more seed in it, and the mean and spread of all."""
    seeds = {one["seed"]: one for one in [*seeds_of(row), *seeds_of(new)]}
    seeds = [seeds[seed] for seed in sorted(seeds)]
    whole = new if row is None or new["seed"] <= row["seed"] else row
    whole = {key: value for key, value in whole.items() if key not in ("seeds", "mean", "spread")}
    if len(seeds) == 1:
        return whole
    found = {score: [one[score] for one in seeds] for score in SCORES}
    mean = {score: rounded(statistics.mean(values)) for score, values in found.items()}
    spread = {score: rounded(statistics.stdev(values)) for score, values in found.items()}
    return whole | {"seeds": seeds, "mean": mean, "spread": spread}


def same_run(name, row):
    """Whether a row is of the run as it is set now."""
    of_now = json.loads(json.dumps(RUNS[name]))  # lists for tuples, as in the record
    return all(of_now.get(key) == row.get(key) for key in ("class", "net", "solver", "augment"))


def missing(names, seeds, rows):
    """What ``--seeds`` has to measure: (name, seed), all runs of one seed before the next seed."""
    have = {
        name: {one["seed"] for one in seeds_of(row)}
        for name, row in rows.items()
        if name in RUNS and same_run(name, row)
    }
    every = [(name, seed) for seed in range(seeds) for name in names]
    return [(name, seed) for name, seed in every if seed not in have.get(name, ())]


def record(todo, rows, about, data, path=RECORD, anew=False):
    """Measure each (name, seed) of ``todo``, and write the record after each.

    A row with other settings, or with ``anew`` any row, is replaced; else the seed is added to it.
    """
    for name, seed in todo:
        old = rows.get(name)
        if anew or (old is not None and not same_run(name, old)):
            old = None
        new = measured(name, data, seed)
        rows[name] = with_seed(old, new)
        scores = f"validation {new['validation']:.1%}, test {new['test']:.1%}"
        print(f"{name:24} seed {seed}  {new['steps']:6} steps  {scores}", flush=True)
        write(path, {**about, "runs": in_order(rows)})


def in_order(rows):
    """The rows of the record, in the order of RUNS."""
    return [rows[run] for run in RUNS if run in rows]


def main(arguments):
    from nndl.data_utils import get_CIFAR10_data

    parser = argparse.ArgumentParser(prog="benchmarks.cifar10")
    parser.add_argument("names", nargs="*", help="of RUNS; all, where none is named")
    parser.add_argument("--seeds", type=int, help="measure what is missing of seeds 0, 1, ...")
    parser.add_argument("--times", action="store_true", help="time some steps of each run")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in RUNS]:
        sys.exit(f"benchmarks.cifar10: no run is called {unknown}, there are {list(RUNS)}")
    if given.seeds is not None and given.seeds < 1:
        sys.exit(f"benchmarks.cifar10: --seeds is {given.seeds}, expected 1 or more")
    data = get_CIFAR10_data(num_test=5000, verbose=False)
    about = {"images": data["provenance"]}
    about |= {"test": len(data["y_test"]), "validation": len(data["y_val"])}
    about["trained_on"] = len(data["y_train"])
    before = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {"runs": []}
    if before["runs"] and given.seeds and any(before.get(k) != v for k, v in about.items()):
        sys.exit("benchmarks.cifar10: the record is of other images; its seeds cannot be added to")
    rows = {row["run"]: row for row in before["runs"]}
    if given.times:
        return write(RECORD, {**about, "times": times(data), "runs": in_order(rows)})
    about |= {key: before[key] for key in ("times",) if key in before}
    names = given.names or list(RUNS)
    anew = given.seeds is None
    todo = [(name, SEED) for name in names] if anew else missing(names, given.seeds, rows)
    record(todo, rows, about, data, anew=anew)


if __name__ == "__main__":
    main(sys.argv[1:])
