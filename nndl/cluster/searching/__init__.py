"""A search over settings: random, by successive halving, or Hyperband, on a cluster or without one.

``search`` is the whole of it. What decided against an engine that exists:

- **dask-ml**, ``HyperbandSearchCV``, searches scikit-learn's estimators by ``partial_fit``. Its
  models live on the workers as futures: they end with their worker or with the client, and no
  search goes on from a folder. A Solver has checkpoints, which do both. It needs scikit-learn,
  SciPy and pandas besides.
- **Optuna** with ``DaskStorage``: its ``SuccessiveHalvingPruner`` and ``HyperbandPruner`` are
  asynchronous. A trial is compared with those that came so far on its rung, so which ones go on
  depends on the order in which they end, and so on the number of workers. A trial that was pruned
  cannot go on. It needs SQLAlchemy and Alembic.

From both the shape of the space is taken, a distribution for each name; those of ``scipy.stats``
will do, as they do there. From dask-ml the numbers of Hyperband's brackets, rounded in the same
way. Dask does all that concerns workers: it hands out trials, and runs them again when a worker
dies (``nndl.cluster.jobs``). What is left is here: rungs that wait for all of their trials
(``driving``), so that the same ones go on however many workers there are; draws that depend on the
seed and on the number of a trial alone (``space``); trials that go on from the Solver's checkpoints
(``trial``); and a folder from which a search goes on (``records``).
"""

from nndl.cluster.searching.entry import search
from nndl.cluster.searching.results import Search, Trial
from nndl.cluster.searching.space import Choice, Integers, LogUniform, Uniform
from nndl.cluster.searching.table import Table

__all__ = ["Choice", "Integers", "LogUniform", "Search", "Table", "Trial", "Uniform", "search"]
