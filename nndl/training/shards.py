"""A run's data in parts, called shards, and what a step computes from one of them.

What a shard computes depends on nothing but the model's state and the number of the step, so it may
be computed anywhere, and again. What the shards found is put together in their order. So a run with
as many shards is the same to the last bit, wherever they lie.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nndl.checks.training import check_batch, check_grads, check_result
from nndl.internal.types import Array, Arrays, Averages, IntegerArray, Model
from nndl.model.accuracy import counted
from nndl.training import model_state
from nndl.training.fingerprints import checksum_of
from nndl.training.sampling import AUGMENT, Batches, new_generator

PARTS = ("train", "val")
NAMES = tuple(f"{name}_{part}" for part in PARTS for name in "Xy")


class Plan(NamedTuple):
    """What decides which examples a step looks at: settings of the run, and its size."""

    batch_size: int
    seed: int
    replacement: bool
    augment: Callable[[Array, np.random.Generator], Array] | None
    shards: int
    total: int  # training examples of all shards


class Computed(NamedTuple):
    """What a shard found in a step."""

    loss: float
    grads: Arrays
    examples: int
    averages: Averages  # batch norm's, after the step
    generator: Any  # the state of the dropout's generator, after the step


class Shard:
    """One part of the data of a run.

    Parameters
    ----------
    number : int
        Its number, from 0.
    data : dict
        X_train, y_train, X_val and y_val: its part of each.
    """

    def __init__(self, number: int, data: Arrays) -> None:
        self.number = number
        self.data = {name: np.asarray(data[name]) for name in NAMES}
        self._batches: Batches | None = None  # kept for the order of an epoch

    def computed(self, model: Model, plan: Plan, iteration: int) -> Computed:
        """The loss and the gradients of this shard's part of a batch.

        The model's running averages and its generator go on. Its penalty counts in each shard, and
        once in their weighted mean.
        """
        X, y = self._batch(plan, iteration)
        with model_state.fresh_masks(model, iteration, self.number, plan.seed):
            result = model.loss(X, y)
        check_result("Solver.train", result)
        check_grads("Solver.train", model.params, result[1])
        averages, generator = model_state.snapshot_forward(model)
        return Computed(float(result[0]), result[1], len(y), averages, generator)

    def _batch(self, plan, iteration):
        """The examples and labels of a step."""
        X, y = self.data["X_train"], self.data["y_train"]
        if self._batches is None:
            run = plan.batch_size, plan.seed, plan.replacement
            self._batches = Batches(len(y), *run, self.number, plan.shards, plan.total)
        rows = self._batches.rows(iteration)
        X, y = X.take(rows, axis=0), y[rows]
        if plan.augment is not None:
            X = plan.augment(X, new_generator(plan.seed, AUGMENT, iteration, self.number))
            check_batch("Solver.train", X, len(y))
        return X, y

    def scores(
        self, model: Model, plan: Plan, *rows: IntegerArray | None
    ) -> list[tuple[float, int]]:
        """For training and validation data, the sum of losses and the number of right answers.

        Parameters
        ----------
        model : object
            It is used in test mode.
        plan : Plan
            Of the run.
        *rows : ndarray of int or None
            For each of the two, the rows to look at; None for all.
        """
        function = "Solver.check_accuracy"
        return [
            counted(function, model, self.data[f"X_{part}"], self.data[f"y_{part}"], chosen)
            for part, chosen in zip(PARTS, rows, strict=True)
        ]

    def described(self, model: None, plan: None) -> dict[str, Any]:
        """The dtype and shape of each array."""
        return {name: (array.dtype.str, array.shape) for name, array in self.data.items()}

    def checksums(self, model: None, plan: Plan, before: dict[str, int]) -> dict[str, int]:
        """Checksums of the arrays up to here, from those of the shards before this one."""
        found = self.data.items()
        return {name: checksum_of(name, array, before[name]) for name, array in found}


def merged(model: Model, found: Sequence[Computed]) -> tuple[float, Arrays, int]:
    """The loss, the gradients and the number of examples of a step, from those of its shards.

    Each counts by its examples, and they are added in the order of the shards. The model gets the
    running averages, put together in the same way, and the first shard's generator.
    """
    examples = sum(one.examples for one in found)
    model_state.restore_generator(model, found[0].generator)
    if len(found) == 1:
        model_state.restore_averages(model, found[0].averages)
        return found[0].loss, found[0].grads, examples
    weights = [one.examples / examples for one in found]
    pairs = zip(*(one.averages for one in found), strict=True)
    averages = [_mean(same, weights) for same in pairs]
    model_state.restore_averages(model, averages)
    loss = sum(weight * one.loss for weight, one in zip(weights, found, strict=True))
    return loss, _mean([one.grads for one in found], weights), examples


def _mean(found, weights):
    """The weighted mean of dicts with the same names, added from the first to the last."""
    total = {}
    for name, array in found[0].items():
        total[name] = array * weights[0]
        for one, weight in zip(found[1:], weights[1:], strict=True):
            total[name] = total[name] + one[name] * weight
    return total
