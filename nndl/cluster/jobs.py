"""Jobs, each of which is done once, whatever becomes of the workers.

Dask runs again what a worker that died was doing. Two cases it leaves: a job after which several
workers died is given up, and what a client has scattered is lost with the last worker that holds
it. So what all jobs share is itself the result of a task here, which Dask makes again; and a job
that was given up is tried again, a few times, in case it was not what ended the workers.
"""

import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nndl.cluster.extra import distributed

__all__ = ["Here", "There", "Undone"]

ATTEMPTS = 3  # of a job; in each, Dask itself lets four workers die
LARGE = "1 TiB"  # bytes of a job of which Dask should not warn


class Undone(RuntimeError):
    """A job that ended its workers, again and again."""


class Here:
    """Jobs in this process, in the order in which they come.

    Parameters
    ----------
    function : callable
        ``function(job, shared)``.
    shared : object or callable
        What all jobs share, or a function without arguments that returns it.
    """

    def __init__(self, function: Callable[..., Any], shared: Callable[[], Any]) -> None:
        self.function, self.shared, self.kept = function, shared, None
        self.waiting: deque[tuple[Any, Callable[[], Any]]] = deque()

    def add(self, name: Any, make: Callable[[], Any], first: bool = False) -> None:
        """A job more: its name, and a function that makes it when its turn has come."""
        (self.waiting.appendleft if first else self.waiting.append)((name, make))

    def __bool__(self) -> bool:
        """Whether there are jobs whose result has not been given."""
        return bool(self.waiting)

    def next(self) -> tuple[Any, Any]:
        """The name and the result of a job that is done; ``Undone`` if it cannot be done."""
        name, make = self.waiting.popleft()
        if self.kept is None:
            self.kept = [self.shared()]
        return name, self.function(make(), self.kept[0])

    def close(self) -> None:
        """Forget the rest."""
        self.waiting.clear()


class There(Here):
    """Jobs on the workers of a client, a few more at a time than there are threads.

    Parameters
    ----------
    client : distributed.Client
        It stays open.
    function, shared
        As for ``Here``; both go to the workers as pickles, as Dask sends functions.
    """

    def __init__(
        self, client: Any, function: Callable[..., Any], shared: Callable[[], Any]
    ) -> None:
        super().__init__(function, shared)
        self.client, self.label = client, f"nndl-{uuid.uuid4().hex[:12]}"
        self.running: dict[Any, tuple[Any, Callable[[], Any], int]] = {}
        self.done = distributed.as_completed(loop=client.loop)
        self.count = 0
        self.kept = self._submit(_made, shared)

    def __bool__(self) -> bool:
        """Whether there are jobs whose result has not been given."""
        return bool(self.waiting or self.running)

    def next(self) -> tuple[Any, Any]:
        """The name and the result of a job that is done; ``Undone`` if it cannot be done."""
        while True:
            self._fill()
            future = next(self.done)
            name, make, attempt = self.running.pop(future.key)
            try:
                return name, future.result()
            except (distributed.KilledWorker, distributed.CancelledError) as error:
                if self.client.status != "running":
                    raise RuntimeError("the cluster's scheduler is gone") from error
                if attempt == ATTEMPTS:
                    why = f"its worker died, each of the {4 * ATTEMPTS} times that it was run"
                    return name, Undone(why)
                if self.kept.status in ("cancelled", "error", "lost"):
                    self.kept = self._submit(_made, self.shared)
                self._start(name, make, attempt + 1)

    def close(self) -> None:
        """Forget the rest, on the cluster, too."""
        super().close()
        with suppress(Exception):  # the cluster may be gone
            self.client.cancel([*(f for f, *_ in self.running.values()), self.kept], force=True)
        self.running.clear()

    def _fill(self) -> None:
        room = 2 * max(sum(self.client.nthreads().values()), 1)
        while self.waiting and len(self.running) < room:
            name, make = self.waiting.popleft()
            self._start(name, make, 1)

    def _start(self, name: Any, make: Callable[[], Any], attempt: int) -> None:
        future = self._submit(self.function, make(), self.kept)
        self.running[future.key] = name, make, attempt
        self.done.add(future)

    def _submit(self, function: Callable[..., Any], *given: Any) -> Any:
        import dask

        self.count += 1
        key = f"{self.label}-{self.count}"
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE}):
            return self.client.submit(function, *given, key=key, pure=False)


def _made(shared: Callable[[], Any]) -> Any:
    return shared()
