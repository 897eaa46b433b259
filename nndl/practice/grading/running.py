"""The whole run: submissions over the cores, what is finished kept, then table and reports."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nndl.practice.grading import cluster as elsewhere
from nndl.practice.grading import collected, places, process, reports, table
from nndl.practice.grading.options import Limits, Task, chosen
from nndl.practice.grading.store import Store
from nndl.practice.grading.submission import grade


def run(
    folder: Path,
    csv: Path,
    exercises: str | None = None,
    jobs: int | None = None,
    limits: Limits | None = None,
    cluster: Any = None,
) -> list[dict[str, Any]]:
    """Grade every submission of a folder.

    Parameters
    ----------
    folder : Path
        Each folder, module or notebook in it is a submission.
    csv : Path
        Of the table. Beside it are written ``NAME.jsonl``, what is finished, and ``NAME-reports``.
    exercises : str, optional
        Their names, with commas; all that a submission has, otherwise.
    jobs : int, optional
        How many at a time; as many as there are cores, otherwise.
    limits : Limits, optional
        Of each submission.
    cluster : str or distributed.Client, optional
        The address of a Dask scheduler, whose workers grade; "local" starts ``jobs`` of them here.
        The files and verdicts are those of a run without it.

    Returns
    -------
    list of dict
        Their entries (``submission.grade``), by name.

    Raises
    ------
    RuntimeError
        What judges was ended; the same call goes on.
    ValueError
        With the name of the argument that is wrong.
    """
    if csv.suffix != ".csv":
        raise ValueError(f"--csv: expected a name that ends in .csv, got {str(csv)!r}")
    if not csv.parent.is_dir():
        raise ValueError(f"--csv: no folder {str(csv.parent)!r}")
    if jobs is not None and jobs < 1:
        raise ValueError(f"--jobs: expected a number above 0, got {jobs}")
    names, limits = chosen(exercises), limits or Limits()
    beside = csv.with_name(f"{csv.stem}-reports")
    own = (beside, csv, csv.with_suffix(".jsonl"))
    paths, left = collected.submissions(folder, aside=own)
    tasks = [Task(path.resolve(), names, limits) for path in paths]
    store = Store(csv.with_suffix(".jsonl"))
    store.keep({task.label for task in tasks})
    digests = [collected.digest(task.path, limits.disk) for task in tasks]
    todo = [
        (task, digest)
        for task, digest in zip(tasks, digests, strict=True)
        if not store.finished(task.label, digest, task.choices)
    ]
    if cluster is None:
        over(todo, min(jobs or os.cpu_count() or 1, max(len(todo), 1)), store, len(tasks))
    else:
        with elsewhere.connected(cluster, jobs) as client:
            elsewhere.over(todo, client, store, len(tasks))
    entries = [store.entries[task.label] for task in tasks]
    table.write(csv, entries, names if exercises else None)
    reports.write(beside, entries, names if exercises else None, left)
    if left:
        said = "; ".join(f"{table.one_line(name)!r}: {why}" for name, why in left)
        print(f"grade: not taken: {said}", file=sys.stderr)
    return entries


def over(todo: Sequence[tuple[Task, str]], jobs: int, store: Store, count: int) -> None:
    """Grade what is not finished, ``jobs`` at a time."""
    bar = tqdm(total=count, initial=count - len(todo), unit="submission", disable=None)
    context, others = multiprocessing.get_context("spawn"), multiprocessing.active_children()
    with bar, ProcessPoolExecutor(jobs, context, initializer=_begin) as pool:
        futures = [pool.submit(grade, *one) for one in todo]
        try:
            for future in as_completed(futures):
                store.add(future.result())
                bar.update()
        except BrokenProcessPool:
            raise RuntimeError("a process that judges was ended; run the same again") from None
        except BaseException:  # Ctrl-C, above all: what is not begun is not waited for
            pool.shutdown(wait=False, cancel_futures=True)
            if os.name == "posix":  # nor for a submission that is running: a process tidies up
                for one in set(multiprocessing.active_children()).difference(others):
                    one.terminate()
            raise


def _begin() -> None:
    """A process that judges ends with its parent, and then ends and removes what it watches."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end())
    parent = multiprocessing.parent_process()
    assert parent is not None

    def look() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        _end()

    threading.Thread(target=look, daemon=True).start()


def _end() -> None:
    for one in list(process.running):
        process.end(one)
    places.remove_all()
    os._exit(1)
