"""Who computes the steps of a run: this process. ``nndl.cluster`` has others for it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from nndl.checks.solver import check_shards
from nndl.internal.types import Arrays, IntegerArray, Model
from nndl.training import model_state
from nndl.training.fingerprints import lines, of_arrays
from nndl.training.shards import NAMES, PARTS, Plan, Shard, merged
from nndl.training.sources import Source

if TYPE_CHECKING:  # which imports this module
    from nndl.solver import Solver


class Work:
    """Computes the steps and the accuracies of a run, one shard after the other.

    Parameters
    ----------
    source : Source
        Its data.
    shards : int
        How many parts they have.
    **settings
        batch_size, seed, replacement and augment.

    Attributes
    ----------
    sizes : dict
        For "train" and "val", the number of examples of each shard.
    plan : Plan
        What decides which examples a step looks at.
    """

    def __init__(self, source: Source, shards: int, **settings: Any) -> None:
        self.source, self.count = source, shards
        self.plan: Plan | None = None
        self._begin()
        self.described = self._each("described", None, [()] * shards)
        check_shards("Solver", self.described, settings["batch_size"])
        self.sizes = {
            part: [shapes[f"y_{part}"][1][0] for shapes in self.described] for part in PARTS
        }
        self.plan = Plan(shards=shards, total=sum(self.sizes["train"]), **settings)

    def _begin(self) -> None:
        """Have the data ready."""
        pieces = [self.source.piece(shard, self.count) for shard in range(self.count)]
        self.shards = [Shard(number, piece.read()) for number, piece in enumerate(pieces)]

    def _each(self, method: str, model: Model | None, arguments: list[tuple]) -> list[Any]:
        """What a method of each shard returns, all of them with the model as it is now.

        Its first arguments are the model and the plan.

        Parameters
        ----------
        method : str
            Of ``Shard``.
        model : object or None
            Its first argument; None where it needs none.
        arguments : list of tuple
            For each shard, the other ones.
        """
        before, found = model_state.snapshot_forward(model), []
        for shard, given in zip(self.shards, arguments, strict=True):
            if found:
                model_state.restore_forward(model, before)
            found.append(getattr(shard, method)(model, self.plan, *given))
        return found

    def _one(self, number: int, method: str, *arguments: Any) -> Any:
        """What a method of one shard returns."""
        return getattr(self.shards[number], method)(None, self.plan, *arguments)

    def step(self, model: Model, iteration: int) -> tuple[float, Arrays, int]:
        """The loss of a batch, its gradients, and its number of examples."""
        found = self._each("computed", model, [(iteration,)] * self.count)
        return merged(model, found)

    def measure(
        self, model: Model, rows: dict[str, IntegerArray | None]
    ) -> dict[str, tuple[float, float]]:
        """Loss and accuracy in test mode.

        Parameters
        ----------
        model : object
            A network.
        rows : dict
            For "train" and "val", the examples to look at, in ascending order; None for all.
        """
        dealt = {part: self._dealt(rows[part], self.sizes[part]) for part in PARTS}
        arguments = [tuple(dealt[part][k] for part in PARTS) for k in range(self.count)]
        found = self._each("scores", model, arguments)
        result = {}
        for place, part in enumerate(PARTS):
            count = sum(self.sizes[part]) if rows[part] is None else len(rows[part])
            loss, right = 0.0, 0
            for scores in found:
                loss, right = loss + scores[place][0], right + scores[place][1]
            result[part] = float(loss / count), float(right / count)
        return result

    def _dealt(self, rows, sizes):
        """The rows of each shard, counted from its own first one."""
        if rows is None:
            return [None] * self.count
        ends = np.cumsum(sizes)
        cuts = np.searchsorted(rows, ends)
        parts = np.split(rows, cuts[:-1])
        return [part - (end - size) for part, end, size in zip(parts, ends, sizes, strict=True)]

    def lines(self) -> dict[str, str]:
        """What a checkpoint says of the data."""
        if self.source.in_memory:
            return of_arrays(self.source.arrays)
        sums = dict.fromkeys(NAMES, 0)
        for number in range(self.count):
            sums = self._one(number, "checksums", sums)
        shapes = {}
        for name, (dtype, shape) in self.described[0].items():
            shapes[name] = np.dtype(dtype), (sum(self.sizes[name[2:]]), *shape[1:])
        return lines(shapes, sums)


def work_for(solver: "Solver", source: Source) -> Work:
    """Who computes the steps of a run with these settings."""
    names = ("batch_size", "seed", "replacement", "augment")
    settings = {name: getattr(solver, name) for name in names}
    if solver.cluster is None:
        return Work(source, solver.shards or 1, **settings)
    from nndl.cluster.training import ClusterWork  # an extra

    return ClusterWork(solver.cluster, solver.model, source, solver.shards, **settings)
