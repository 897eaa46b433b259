"""Clients that leave nothing behind, and how one begins to run."""

import gc
from collections.abc import Callable
from typing import Any

from nndl.cluster.extra import distributed


class Client(distributed.Client):
    """A client that closes itself when it cannot start: Dask's own leaves that to the collector."""

    def start(self, **kwargs: Any) -> None:
        """Connect to the scheduler."""
        try:
            super().start(**kwargs)
        except BaseException:
            self.close()
            raise


class LocalClient(Client):
    """A client that closes its cluster together with itself."""

    def close(self, *args: Any, **kwargs: Any) -> None:
        """Close both."""
        try:
            super().close(*args, **kwargs)
        finally:
            if self.cluster is not None:
                self.cluster.close()


def started(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What ``make`` returns, which begins a thread of Dask's.

    Dask holds a lock meanwhile, and takes it again to close a client that nobody closed, when the
    collector finds one. Where the collector runs just then, all stands still. So it waits.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return make(*args, **kwargs)
    finally:
        if collects:
            gc.enable()
