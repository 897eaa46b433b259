"""A cluster of processes on this machine, each of which is started again when it dies."""

import logging
import os
import re
from typing import Any

from nndl.cluster.extra import distributed

# What the libraries that count threads read when they are loaded. numba reads its own again later.
BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
BLAS += ("VECLIB_MAXIMUM_THREADS",)
NUMBA = "NUMBA_NUM_THREADS"


class LocalNanny(distributed.Nanny):
    """Starts a worker on this machine, and another one when it dies.

    Some variables must be there before the process starts, so Dask puts them into the environment
    of this one, and leaves them there. They are taken out again: numba, and what this process
    starts later, would obey them.
    """

    starting, before = 0, {}  # nannies that start a worker just now, and what was there before

    @staticmethod
    def environment(threads: int) -> dict[str, str]:
        """Variables of a worker whose libraries may use so many threads."""
        return dict.fromkeys((*BLAS, NUMBA), str(threads))

    def __init__(self, *args: Any, env: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, env=env, **kwargs)
        self.pre_spawn_env |= {name: env[name] for name in BLAS}

    async def instantiate(self) -> Any:
        """Start the process; all nannies run in one thread."""
        cls = LocalNanny
        if not cls.starting:
            cls.before = {name: os.environ.get(name) for name in self.pre_spawn_env}
        cls.starting += 1
        try:
            return await super().instantiate()
        finally:
            cls.starting -= 1
            if not cls.starting:
                for name, value in cls.before.items():
                    os.environ.pop(name, None)
                    if value is not None:
                        os.environ[name] = value


class LocalProcesses(distributed.LocalCluster):
    """The scheduler, in this process, and the workers."""

    def _update_worker_status(self, op: str, msg: Any) -> None:
        """Note that a worker came or went; its nanny will start it again.

        Dask's own looks 15 seconds later whether it is back, and gives it up if it is not. One that
        came and died again in the meantime would be given up, too.
        """
        super(distributed.SpecCluster, self)._update_worker_status(op, msg)


class SentAgain(logging.Filter):
    """Lets the scheduler say of lost data that it cannot be recovered, but not of a run's.

    ``Holdings`` sends these again. Their keys begin with ``MARK``.
    """

    MARK = "nndl-"

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it."""
        _, found, keys = record.getMessage().partition("can't be recovered: ")
        names = re.findall(r"'([^']*)'", keys.partition("}")[0])
        return not (found and names and all(name.startswith(self.MARK) for name in names))


def quieter() -> None:
    """Let a scheduler in this process, which a cluster of Slurm has, too, say less."""
    logger = logging.getLogger("distributed.scheduler")
    if not any(isinstance(one, SentAgain) for one in logger.filters):
        logger.addFilter(SentAgain())
