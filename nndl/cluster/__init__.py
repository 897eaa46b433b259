"""More than one process, and more than one machine, by Dask: an extra, ``nndl[cluster]``.

``connect`` gives a client, of processes on this machine or of a cluster that runs already. With it
``Solver(..., cluster=client)`` trains, and ``search`` looks for good settings, with the
distributions ``Uniform``, ``LogUniform``, ``Integers`` and ``Choice``.

**What is pickled.** Dask moves functions, arguments and results between the client, the scheduler
and the workers as pickles. Whoever may send to one of them may therefore run any program there. So
all of them listen on this machine alone (127.0.0.1), unless another address is given. That needs
TLS, by ``distributed.Security``, or says ``unencrypted=True``, for a network where nobody else is.
What comes from outside the cluster is never unpickled: checkpoints and networks in files
(``Solver.resume``, ``ConvNet.load``) and ``.npy`` files of data hold numbers and JSON, and are
refused if they hold objects.
"""

from nndl.cluster.connection import connect
from nndl.internal.lazy import lazily as _lazily

__all__ = [
    "Choice",
    "Integers",
    "LogUniform",
    "Search",
    "Uniform",
    "connect",
    "search",
]

_HOMES = {"searching": ("Choice", "Integers", "LogUniform", "Search", "Uniform", "search")}
__getattr__, __dir__ = _lazily(__name__, __path__, _HOMES, __all__)
