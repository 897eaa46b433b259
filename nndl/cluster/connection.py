"""A client: of processes on this machine, or of a cluster that runs already."""

from typing import Any

from nndl.checks.arguments import check_flag, check_number, check_sizes
from nndl.checks.cluster import check_address, check_certificates, check_security, check_threads
from nndl.cluster.clients import Client, LocalClient, started
from nndl.cluster.extra import CPU_COUNT, distributed
from nndl.cluster.local import LocalNanny, LocalProcesses, quieter
from nndl.cluster.workers import Limits

__all__ = ["connect"]


def connect(
    address: Any = None,
    *,
    workers: int | None = None,
    threads: int = 1,
    security: Any = None,
    unencrypted: bool = False,
    memory_limit: str | int | None = "auto",
    dashboard: bool = False,
    timeout: float = 30.0,
) -> "distributed.Client":
    """A client of Dask, which closes in a ``with`` statement all that it started.

    Without an address it starts processes on this machine: a scheduler in this process, and
    workers, which listen on 127.0.0.1 alone. A worker that dies is replaced. All of them end with
    this process, however that ends. As each worker imports the program that started it, a script
    does its work below ``if __name__ == "__main__":``.

    Parameters
    ----------
    address : str or cluster, optional
        Of the scheduler of a cluster that runs already, as "tls://10.0.0.7:8786": one started by
        ``dask ssh``, on Kubernetes, or with ``dask scheduler`` and ``dask worker``. Or a cluster of
        Dask's, as ``dask_jobqueue.SLURMCluster(...)``, which brings its certificates. Its workers
        need this package. An address on another machine, or one that others can reach, needs
        security or unencrypted. The commands are in the book, on the page of the programming
        interface.
    workers : int, optional
        Processes to start; by default as many as fit on the cores. Not with an address.
    threads : int
        Threads that numba and BLAS may use in each worker. Those of a worker that runs already are
        changed, too.
    security : distributed.Security or True, optional
        Certificates, with which all connections are encrypted and both sides prove who they are.
        True makes some for this client; it needs the package cryptography. With an address, those
        of Dask's configuration are the default. Without them, any
        program of this machine, of its other users too, could give work to the workers.
    unencrypted : bool
        Whether to connect without TLS to what is not on 127.0.0.1. Everybody on that network can
        then run programs on the workers, and as this user here.
    memory_limit : str, int or None
        Of each worker that is started, in bytes, or as "4GB": one that takes more is replaced.
        "auto" is its share of the machine's memory; None is no limit.
    dashboard : bool
        Whether what is started here shows Dask's dashboard, at ``client.dashboard_link``; it needs
        the package bokeh.
    timeout : float
        Seconds to wait for the scheduler.

    Returns
    -------
    distributed.Client
        Not Dask's default client.

    Raises
    ------
    ImportError
        security is True, and cryptography is not installed.
    OSError
        No scheduler answers at the address.
    TypeError, ValueError
        Arguments that do not fit, more threads than cores, or an address on another machine
        without TLS, or with TLS and no certificates that can be read.
    """
    function = "connect"
    check_number(function, "timeout", timeout)
    for name, flag in (("unencrypted", unencrypted), ("dashboard", dashboard)):
        check_flag(function, name, flag)
    check_sizes(function, threads=threads)
    check_security(function, security, distributed.Security, address)
    common = {"set_as_default": False, "timeout": timeout}
    if address is not None:
        check_address(function, address, workers, security, unencrypted)
        check_certificates(function, address, security, distributed.Security)
        quieter()
        client = started(Client, address, security=security, **common)
    else:
        if workers is not None:
            check_sizes(function, workers=workers)
        check_threads(function, workers, threads, CPU_COUNT)
        quieter()
        cluster = started(
            LocalProcesses,
            n_workers=int(workers or max(CPU_COUNT // threads, 1)),
            threads_per_worker=1,
            worker_class=LocalNanny,
            env=LocalNanny.environment(int(threads)),
            memory_limit=memory_limit,
            security=security,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:8787" if dashboard else None,
            # Its HTTP server runs in any case, and would take port 8787.
            scheduler_kwargs={} if dashboard else {"dashboard_address": "127.0.0.1:0"},
        )
        try:
            client = started(LocalClient, cluster, direct_to_workers=True, **common)
        except BaseException:
            cluster.close()
            raise
    try:
        client.register_plugin(Limits(int(threads), local=address is None))
    except BaseException:
        client.close()
        raise
    return client
