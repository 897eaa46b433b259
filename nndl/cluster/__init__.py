"""More than one process, and more than one machine, by Dask: an extra, ``nndl[cluster]``.

``connect`` gives a client, of processes on this machine or of a cluster that runs already. With it
``Solver(..., cluster=client)`` trains.

**What is pickled.** Dask moves functions, arguments and results between the client, the scheduler
and the workers as pickles. Whoever may send to one of them may therefore run any program there. So
all of them listen on this machine alone (127.0.0.1), unless an address of another one is given, and
that needs TLS, by ``distributed.Security``. What comes from outside the cluster is never unpickled:
checkpoints and networks in files (``Solver.resume``, ``ConvNet.load``) and ``.npy`` files of data
hold numbers and JSON, and are refused if they hold objects.
"""

from nndl.cluster.connection import connect

__all__ = ["connect"]
