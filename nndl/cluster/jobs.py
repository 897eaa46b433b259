"""Jobs, each of which is done once, whatever becomes of the workers.

Dask runs again what a worker that died was doing. Two cases it leaves. What a client has scattered
is lost with the last worker that holds it: so what all jobs share is the result of a task here,
which Dask makes again. And a job is given up when four workers died that had it, in whatever
company: so it is run once more, alone, and only if four die of that, too, it is given up here.
"""

import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nndl.cluster.absent import absent
from nndl.cluster.extra import distributed

__all__ = ["Here", "There", "Undone"]

LOSSES = 20  # of jobs that the scheduler forgot, before something else must be wrong
LARGE = "1 TiB"  # bytes of a job of which Dask should not warn


class Undone(RuntimeError):
    """A job that ended its workers, again and again."""


class Here:
    """Jobs in this process, one after the other.

    Parameters
    ----------
    function : callable
        ``function(job, shared)``.
    shared : callable
        Without arguments; returns what all jobs share. It is called again only where that was lost.
    """

    def __init__(self, function: Callable[..., Any], shared: Callable[[], Any]) -> None:
        self.function, self.shared, self.kept = function, shared, None
        self.waiting: deque[tuple[Any, Callable[[], Any]]] = deque()

    def add(self, name: Any, make: Callable[[], Any], first: bool = False) -> None:
        """A job more: its name, and a function that makes it when its turn has come.

        It comes after those that wait, or before all of them.
        """
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
    """Jobs on the workers of a client, one more at a time than there are threads.

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
        self.running: dict[Any, tuple[Any, Callable[[], Any]]] = {}
        self.suspects: deque[tuple[Any, Callable[[], Any]]] = deque()
        self.alone = False  # whether what runs is one of them
        self.done = distributed.as_completed(loop=client.loop)
        self.count = self.losses = 0
        self.kept = self._submit(_made, shared)

    def __bool__(self) -> bool:
        """Whether there are jobs whose result has not been given."""
        return bool(self.waiting or self.running or self.suspects)

    def next(self) -> tuple[Any, Any]:
        """The name and the result of a job that is done; ``Undone`` if it cannot be done."""
        while True:
            self._fill()
            future = next(self.done)
            name, make = self.running.pop(future.key)
            alone, self.alone = self.alone, False
            try:
                return name, future.result()
            except distributed.KilledWorker:
                if alone:
                    return name, Undone("the worker that ran it died, again and again")
                self.suspects.append((name, make))
            except distributed.CancelledError as error:
                if self.kept.status == "error" and (why := absent(self.kept.exception())):
                    raise RuntimeError(why) from error
                self.losses += 1
                if self.client.status != "running" or self.losses > LOSSES:
                    raise RuntimeError("the cluster's scheduler is gone") from error
                self.waiting.appendleft((name, make))
            if self.kept.status in ("cancelled", "error", "lost"):
                self.kept = self._submit(_made, self.shared)

    def close(self) -> None:
        """Forget the rest, on the cluster, too."""
        super().close()
        with suppress(Exception):  # the cluster may be gone
            self.client.cancel([*self.done.futures, self.kept], force=True)
        self.running.clear()

    def _fill(self) -> None:
        if self.waiting and not self.alone:
            room = sum(self.client.nthreads().values()) + 1  # one is there when another is done
            while self.waiting and len(self.running) < room:
                self._start(*self.waiting.popleft())
        if self.suspects and not self.running:
            self.alone = True
            self._start(*self.suspects.popleft())

    def _start(self, name: Any, make: Callable[[], Any]) -> None:
        future = self._submit(self.function, make(), self.kept)
        self.running[future.key] = name, make
        self.done.add(future)

    def _submit(self, function: Callable[..., Any], *given: Any) -> Any:
        import dask

        self.count += 1
        key = f"{self.label}-{self.count}"
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE}):
            return self.client.submit(function, *given, key=key, pure=False)


def _made(shared: Callable[[], Any]) -> Any:
    return shared()
