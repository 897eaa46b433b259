"""What each worker is told, whoever started it: how many threads it may have."""

import logging
import signal
from typing import Any

from nndl.cluster.extra import distributed


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
            logging.getLogger("distributed.worker").addFilter(said_to_the_end)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            numba.config.reload_config()  # where the program of the client had loaded it sooner
        set_num_threads(min(self.threads, numba.config.NUMBA_NUM_THREADS))


def said_to_the_end(record: logging.LogRecord) -> bool:
    """Whether to say it: not that the scheduler, in the process of the client, has just closed."""
    return "during heartbeat" not in record.getMessage()
