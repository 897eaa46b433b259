"""Submissions on a cluster: their bytes go out, the same verdicts come back as JSON.

A worker writes the bytes into a folder of its own and grades that as a process here would: the
submission in a process below it, within the same limits, and nothing of it runs in the worker. What
a worker sends back is a text. So nothing is unpickled that a submission wrote.
"""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from nndl.practice.grading.collected import TooLarge, members
from nndl.practice.grading.options import MEGABYTE, Limits, Task
from nndl.practice.grading.store import Store
from nndl.practice.grading.submission import grade

LOCAL = "local"
# What judges puts limits on its whole process, and takes what is printed: one at a time.
TURN = threading.Lock()


@dataclass(frozen=True)
class Sent:
    """A submission, as a worker gets it."""

    name: str
    folder: bool
    files: tuple[tuple[str, bytes], ...]
    exercises: tuple[str, ...]
    limits: Limits
    digest: str


def over(todo: Sequence[tuple[Task, str]], cluster: Any, store: Store, count: int) -> None:
    """Grade what is not finished on the workers of a client.

    Raises
    ------
    RuntimeError
        The scheduler ended, or some submissions ended their workers each time; the others are
        finished then.
    """
    from nndl.cluster.jobs import There, Undone

    lost = []
    jobs = There(cluster, _graded, _nothing)
    bar = tqdm(total=count, initial=count - len(todo), unit="submission", disable=None)
    with bar:
        try:
            for number, one in enumerate(todo):
                jobs.add(number, _maker(*one))
            while jobs:
                number, found = jobs.next()
                if isinstance(found, Undone):
                    lost.append(todo[number][0].label)
                else:
                    store.add(json.loads(found) if found else grade(*todo[number]))
                bar.update()
        finally:
            jobs.close()
    if lost:
        said = ", ".join(lost)
        raise RuntimeError(f"{said}: the workers that judge were ended; run the same again")


@contextmanager
def connected(cluster: Any, jobs: int | None) -> Iterator[Any]:
    """A client for what ``--cluster`` says; it is closed at the end if it was opened here.

    Raises
    ------
    RuntimeError
        Dask is not installed, or no scheduler answers.
    ValueError
        ``--cluster`` or ``--jobs`` does not fit.
    """
    try:
        from nndl.cluster import connect
        from nndl.cluster.extra import distributed

        local = isinstance(cluster, str) and cluster == LOCAL
        if jobs is not None and not local:
            raise ValueError("--jobs: the cluster has workers of its own; leave it out")
        if isinstance(cluster, distributed.Client):
            yield cluster
            return
        security = None
        if isinstance(cluster, str) and cluster.startswith("tls://"):
            security = distributed.Security(require_encryption=True)  # of Dask's configuration
            if security.tls_ca_file is None or security.tls_client_cert is None:
                why = "certificates are missing in Dask's configuration, distributed.comm.tls"
                raise ValueError(f"--cluster: {cluster} needs TLS, and {why}")
        try:
            client = connect(None if local else cluster, workers=jobs, security=security)
        except (OSError, TypeError, ValueError) as error:
            kind = RuntimeError if isinstance(error, OSError) else ValueError
            raise kind(f"--cluster: {error}") from error
    except ImportError as error:
        raise RuntimeError(f"--cluster: {error}") from error
    with client:
        yield client


def _maker(task: Task, digest: str) -> Callable[[], Sent | None]:
    """Reads a submission when its turn has come; None if it is too large, or cannot be read."""

    def make() -> Sent | None:
        left, files = task.limits.disk * MEGABYTE, []
        try:
            for name, file in members(task.path):
                left -= file.stat().st_size
                if left < 0:
                    return None
                files.append((name, file.read_bytes()))
        except (TooLarge, OSError):
            return None
        folder = task.path.is_dir()
        return Sent(task.path.name, folder, tuple(files), task.exercises, task.limits, digest)

    return make


def _graded(sent: Sent | None, _: None) -> str:
    """The entry of a submission in JSON; nothing for one that is too large: it is graded at home.

    There it is only measured.
    """
    if sent is None:
        return ""
    with TURN, tempfile.TemporaryDirectory(prefix="sent-", ignore_cleanup_errors=True) as place:
        path = Path(place, sent.name)
        if sent.folder:
            path.mkdir()
        for name, content in sent.files:
            target = path / name if sent.folder else path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return json.dumps(grade(Task(path, sent.exercises, sent.limits), sent.digest))


def _nothing() -> None:
    """What submissions share."""
