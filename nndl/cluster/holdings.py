"""Which worker has which shard of a run's data, whatever becomes of the workers."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from typing import Any

from nndl.cluster import tasks
from nndl.cluster.absent import check_present
from nndl.cluster.extra import config, distributed, parse_timedelta

AGAIN = 20  # times that a step is begun, before it is taken for the cause of the losses
LOOK = 1.0  # seconds after which workers that have come are looked for
KILLED = distributed.scheduler.KilledWorker


class Holdings:
    """Has the workers compute, each from its shards, and gives lost work to others.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    pieces : list
        For each shard, what a worker needs to have it.
    """

    def __init__(self, client: Any, pieces: Sequence[Any]) -> None:
        self.client, self.pieces = client, pieces
        self.homes: dict[int, str] = {}
        self.data: dict[int, Any] = {}
        self.common: Any = (None, None)
        self.commons: dict[str, Any] = {}
        self.looked = -LOOK
        # What each worker computed last. To let go of it is a message, and the client sends one in
        # 10 ms: so it goes with the next question, which would have to wait behind it.
        self.spent: dict[str, Any] = {}
        self.why: BaseException | None = None  # the last loss

    def share(self, common: Any) -> None:
        """Let each worker have this, the first argument of ``tasks.ask``."""
        self.common, self.commons = common, {}

    def run(
        self, method: str, state: tasks.State | None, arguments: dict[int, tuple[Any, ...]]
    ) -> list[Any]:
        """What a method of the shards returns, in the order of ``arguments``.

        Parameters
        ----------
        method, state
            As for ``tasks.ask``.
        arguments : dict
            For the number of each shard, what the method gets besides.

        Raises
        ------
        RuntimeError
            There is no worker for longer than Dask's setting ``nndl.patience``, 5 minutes by
            default; one was lost each of the 20 times that this was computed; or the client is
            closed.
        """
        found: dict[int, Any] = {}
        for again in range(AGAIN):
            left = {shard: given for shard, given in arguments.items() if shard not in found}
            found |= self.client.sync(self._attempt, method, state, left, again)
            if len(found) == len(arguments):
                return [found[shard] for shard in arguments]
        why = f"perhaps by what it computes, as too much memory; the last time it was {self.why!r}"
        lost = f"workers were lost {AGAIN} times in one step"
        raise RuntimeError(f"Solver: {lost}, {why}") from self.why

    async def _attempt(self, method, state, arguments, again):
        """What the shards of those workers return that are not lost meanwhile."""
        if again:
            await asyncio.sleep(min(0.05 * again, 0.5))  # until the scheduler has noticed
        if again or time.monotonic() - self.looked > LOOK:
            self._settle(await self._alive())
        groups: dict[str, list[int]] = {}
        for shard in arguments:
            groups.setdefault(self.homes[shard], []).append(shard)
        waiting = {}
        for worker, shards in groups.items():
            given = [arguments[shard] for shard in shards]
            asking = asyncio.ensure_future(self._ask(worker, shards, method, state, given))
            waiting[asking] = worker
        found = {}
        try:
            while waiting:
                done, _ = await asyncio.wait(
                    waiting, timeout=0.5, return_when=asyncio.FIRST_COMPLETED
                )
                for asking in done:
                    worker = waiting.pop(asking)
                    if (result := asking.result()) is None:
                        self._forget(worker)
                    else:
                        found |= result
                if not done:
                    alive = await self._workers()
                    for asking, worker in [*waiting.items()]:
                        if worker not in alive:  # its task would wait for it for ever
                            asking.cancel()
                            del waiting[asking]
                            self._forget(worker)
        finally:
            for asking in waiting:
                asking.cancel()
        return found

    async def _ask(self, worker, shards, method, state, arguments):
        """What the shards on one worker return; None if it is lost, or something that it had."""
        client, future = self.client, None
        try:
            if worker not in self.commons:
                self.commons[worker] = await self._send(self.common, worker)
            for shard in shards:
                if shard not in self.data:
                    piece = await self._send(self.pieces[shard], worker)
                    self.data[shard] = self._submit(worker, tasks.read_shard, piece, shard)
            data = [self.data[shard] for shard in shards]
            if state is not None:
                state = await self._send(state, worker)
            future = self._submit(
                worker, tasks.ask, self.commons[worker], data, method, state, arguments
            )
            self.spent.pop(worker, None)
            gathering = asyncio.ensure_future(client.gather(future))
            gathering.add_done_callback(lambda done: done.cancelled() or done.exception())
            # The client gathers for several at once: to cancel one would cancel all.
            found = dict(zip(shards, await asyncio.shield(gathering), strict=True))
            self.spent[worker], future = (future, state), None
            return found
        except (Exception, asyncio.CancelledError) as error:
            if future is not None and future.status == "error" and not isinstance(error, KILLED):
                self._forget(worker)  # what could not be read may be there the next time
                raise
            check_present("Solver", error)  # what is absent would be so each time
            self.why = error
            return None
        finally:
            if future is not None:  # or the scheduler would keep it until the worker is back
                future.release()

    def _submit(self, worker, function, *arguments):
        return self.client.submit(function, *arguments, workers=[worker], pure=False)

    async def _send(self, value, worker):
        key = f"nndl-{uuid.uuid4().hex}"
        return (await self.client.scatter({key: value}, workers=[worker], timeout=5))[key]

    async def _workers(self):
        """The addresses of the workers that take work: not of one that ends, or is full."""
        if self.client.status != "running":
            raise RuntimeError(f"Solver: the client of the cluster is {self.client.status}")
        return sorted(await self.client.scheduler.ncores_running(workers=None))

    async def _alive(self):
        """The addresses of workers, one at least."""
        patience = parse_timedelta(config.get("nndl.patience", "5 minutes"))
        start = time.monotonic()
        while not (alive := await self._workers()):
            if time.monotonic() - start > patience:
                raise RuntimeError(f"Solver: the cluster has no worker, for {patience:g} seconds")
            await asyncio.sleep(0.2)
        self.looked = time.monotonic()
        return alive

    def _settle(self, alive):
        """Give each shard a worker that is there."""
        for worker in {*self.homes.values(), *self.commons} - {*alive}:
            self._forget(worker)
        homes = dealt(self.homes, alive, len(self.pieces))
        for shard, worker in self.homes.items():
            if homes[shard] != worker:
                self.data.pop(shard, None)
        self.homes = homes

    def _forget(self, worker):
        """Send again what this worker had."""
        self.commons.pop(worker, None)
        self.spent.pop(worker, None)
        for shard in [shard for shard, home in self.homes.items() if home == worker]:
            self.data.pop(shard, None)


def dealt(homes: dict[int, str], alive: Sequence[str], shards: int) -> dict[int, str]:
    """A worker for each shard: the same as before where it can be, and none has too many.

    Parameters
    ----------
    homes : dict
        Where the shards were before.
    alive : sequence of str
        The workers that are there, one or more.
    shards : int
        How many shards there are.
    """
    most = -(-shards // len(alive))
    loads: dict[str, int] = dict.fromkeys(alive, 0)
    found: dict[int, str] = {}
    for shard, worker in sorted(homes.items()):
        if worker in loads and loads[worker] < most:
            found[shard] = worker
            loads[worker] += 1
    for shard in range(shards):
        if shard not in found:
            found[shard] = min(alive, key=lambda worker: (loads[worker], worker))
            loads[found[shard]] += 1
    return found
