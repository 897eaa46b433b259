"""A run whose steps are computed by the workers of a cluster."""

from typing import Any

from distributed.protocol import pickle

from nndl.checks.cluster import check_client
from nndl.cluster.extra import distributed
from nndl.cluster.holdings import Holdings
from nndl.internal.types import Model
from nndl.training import model_state
from nndl.training.sources import Source
from nndl.training.work import Work


class ClusterWork(Work):
    """Computes the steps and the accuracies of a run on workers.

    Parameters
    ----------
    client : distributed.Client
        Of ``nndl.cluster.connect``.
    model : object
        The network, which is pickled and sent to the workers once. Its parameters, running averages
        and generator follow at each step.
    source : Source
        The data of the run.
    shards : int or None
        How many parts they have; None for as many as there are workers.
    **settings
        As for ``Work``.
    """

    def __init__(
        self, client: Any, model: Model, source: Source, shards: int | None, **settings: Any
    ) -> None:
        check_client("Solver", client, distributed.Client)
        sent = {"model": model, "augment": settings["augment"], "data": source.piece(0, 1)}
        for name in ("model", "augment") if source.arrays else sent:
            picklable(name, sent[name])
        self.client = client
        super().__init__(source, shards or max(len(client.nthreads()), 1), **settings)
        self.holdings.share((model, self.plan))

    def _begin(self) -> None:
        pieces = [self.source.piece(shard, self.count) for shard in range(self.count)]
        self.holdings = Holdings(self.client, pieces)

    def _each(self, method: str, model: Model | None, arguments: list[tuple]) -> list[Any]:
        state = None
        if model is not None:
            state = model.params, model_state.snapshot_forward(model)
        return self.holdings.run(method, state, dict(enumerate(arguments)))

    def _one(self, number: int, method: str, *arguments: Any) -> Any:
        return self.holdings.run(method, None, {number: arguments})[0]


def picklable(name: str, value: Any) -> None:
    """Raise a TypeError that names the argument, unless workers can be sent this."""
    try:
        pickle.dumps(value)
    except Exception as error:  # whatever a class does when it is pickled
        raise TypeError(f"Solver: {name} cannot be sent to workers: {error!r}") from error
