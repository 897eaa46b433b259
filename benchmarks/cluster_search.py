"""How many trials does a search train in a second, on one worker, on two, on four?

``python -m benchmarks.cluster_search``. The ideal is as many times one worker's as there are
workers, up to the number of cores.
"""

import functools
import os
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from nndl.cluster import LogUniform, connect, search
from nndl.cluster.jobs import There
from nndl.cnn import ThreeLayerConvNet
from nndl.data_utils import load_digits

SPACE = {
    "learning_rate": LogUniform(1e-4, 1e-2),
    "reg": LogUniform(1e-6, 1e-2),
    "update_rule": "adam",
    "num_train_samples": 100,
}
EMPTY = 50  # jobs that do nothing


def throughput(
    workers: Sequence[int] = (1, 2, 4), trials: int = 12, epochs: int = 1, images: int = 1000
) -> list[dict[str, Any]]:
    """Random searches over a small convolutional network on digits, and one without a cluster.

    Parameters
    ----------
    workers : sequence of int
        Numbers of workers; the same trials each time.
    trials, epochs, images : int
        Of a search: the trials, their epochs, and the training images.

    Returns
    -------
    list of dict
        A row for each number of workers, 0 first: ``workers``; ``trials``; ``seconds`` of the
        search, all processes being there and warm; ``trials_per_second``; ``speed_up`` over one
        process without a cluster; ``ideal``, what the cores allow; ``job_ms``, what a job that does
        nothing takes; ``same``, whether the trials and their values are those of that process.
    """
    data = load_digits()
    data = {name: array[:images] for name, array in data.items() if hasattr(array, "shape")}
    build = functools.partial(ThreeLayerConvNet, input_dim=data["X_train"].shape[1:])
    options = {"method": "random", "trials": trials, "epochs": epochs, "verbose": False}
    run = functools.partial(search, build, SPACE, data, **options)
    rows: list[dict[str, Any]] = []
    for count in (0, *workers):
        if count == 0:
            found, seconds, job = *timed(run, None), 0.0
        else:
            with connect(workers=count) as client:
                found, seconds = timed(run, client)
                job = empty(client)
        whole = found.to_json()
        rows.append({
            "workers": count, "trials": trials, "seconds": seconds,
            "trials_per_second": trials / seconds,
            "ideal": float(min(max(count, 1), os.cpu_count() or 1)), "job_ms": 1e3 * job,
            "whole": whole,
        })  # fmt: skip
    for row in rows:
        row["speed_up"] = rows[0]["seconds"] / row["seconds"]
        row["same"] = row.pop("whole") == whole
    return rows


def timed(run: Any, cluster: Any) -> tuple[Any, float]:
    """A search and its seconds, after one that warms each worker."""
    workers = len(cluster.nthreads()) if cluster is not None else 1
    run(cluster=cluster, trials=2 * workers)
    start = perf_counter()
    return run(cluster=cluster), perf_counter() - start


def empty(client: Any) -> float:
    """Seconds of a job that does nothing, one after the other."""
    jobs = There(client, _nothing, _shared)
    try:
        jobs.add(0, int)
        jobs.next()
        start = perf_counter()
        for number in range(EMPTY):
            jobs.add(number, int)
            jobs.next()
        return (perf_counter() - start) / EMPTY
    finally:
        jobs.close()


def _nothing(job: int, shared: None) -> int:
    return job


def _shared() -> None:
    return None


def main() -> None:
    """Print the rows."""
    for row in throughput():
        print(
            f"{row['workers']} workers: {row['seconds']:6.2f} s, "
            f"{row['trials_per_second']:.2f} trials/s, {row['speed_up']:.2f} x "
            f"(ideal {row['ideal']:.0f}), {row['job_ms']:.1f} ms a job, same: {row['same']}"
        )


if __name__ == "__main__":
    main()
