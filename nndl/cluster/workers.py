"""The processes that compute: how many threads each has, and what it does not do."""

import os
import signal
from typing import Any

from nndl.cluster.extra import distributed

# What the libraries that count threads read when they are loaded. numba reads its own again later.
BLAS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
BLAS += ("VECLIB_MAXIMUM_THREADS",)
NUMBA = "NUMBA_NUM_THREADS"


class LocalNanny(distributed.Nanny):
    """Starts a worker on this machine, and another one when it dies.

    Some variables must be there before the process starts, so Dask puts them into the environment
    of this one, and lets them there. They are taken out again: numba, and what this process starts
    later, would obey them.
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


class Limits(distributed.WorkerPlugin):
    """What each worker is told when it starts, or when a client comes.

    Parameters
    ----------
    threads : int
        That numba and BLAS may use.
    local : bool
        Whether the worker was started by this client. Ctrl-C, which a terminal sends to all
        processes, is then for the client to handle.
    """

    name = "nndl-limits"

    def __init__(self, threads: int, local: bool) -> None:
        self.threads, self.local = threads, local

    def setup(self, worker: Any) -> None:
        """Called in the worker."""
        import numba

        from nndl.fast.runtime.threads import set_num_threads

        if self.local:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            numba.config.reload_config()  # where the program of the client had loaded it sooner
        set_num_threads(min(self.threads, numba.config.NUMBA_NUM_THREADS))
