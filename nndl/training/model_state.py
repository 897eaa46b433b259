"""What a model is made of besides its code: parameters, running averages, a generator."""

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nndl.fast.runtime.threads import one_blas_thread
from nndl.internal.types import Arrays, Averages
from nndl.training.sampling import DROPOUT, new_generator

AVERAGES = ("running_mean", "running_var")


def copied(params: Arrays) -> Arrays:
    """A copy of each array of a dict, in its own memory order."""
    return {name: array.copy(order="K") for name, array in params.items()}


def averages(model: Any) -> Averages:
    """Copies of the running averages of each batch norm, a dict for each.

    Parameters
    ----------
    model : object
        A network; it may have ``bn_params``, a list of dicts.

    Returns
    -------
    list of dict
        Those of ``running_mean`` and ``running_var`` that are there.
    """
    found = getattr(model, "bn_params", [])
    return [{key: np.array(bn[key]) for key in AVERAGES if key in bn} for bn in found]


def restore_averages(model: Any, saved: Averages) -> None:
    """Give the model back what ``averages`` returned."""
    for bn_param, arrays in zip(getattr(model, "bn_params", []), saved, strict=True):
        for key in AVERAGES:
            bn_param.pop(key, None)
        bn_param.update({key: array.copy() for key, array in arrays.items()})


def dropout_generator(model: Any) -> np.random.Generator | None:
    """The generator that draws the model's dropout masks, or None."""
    return getattr(model, "dropout_param", {}).get("rng")


@contextlib.contextmanager
def fresh_masks(model: Any, iteration: int, shard: int = 0, seed: int = 0) -> Iterator[None]:
    """Within the block, the dropout of a model draws the masks of this iteration and shard.

    A seed alone means the same masks at each call, as a gradient check wants them. A run draws new
    ones at each step, from the seed, the step's number and the shard's, so that it can be repeated
    and resumed. A generator draws on at each step; but only for the first shard, as one cannot wait
    for the other. Those after it have generators of the run's seed.

    Parameters
    ----------
    model : object
        Nothing happens where its ``dropout_param`` has neither a seed nor a generator.
    iteration : int
        The number of the step.
    shard : int
        The number of the shard.
    seed : int
        That of the run.
    """
    param = getattr(model, "dropout_param", {})
    if "seed" not in param and not (shard and "rng" in param):
        yield
        return
    before, mixed = dict(param), [int(param.get("seed", 0)), iteration, *([shard] if shard else [])]
    if "seed" not in param:
        param["rng"] = new_generator(seed, DROPOUT, iteration, shard)
    elif hasattr(model, "_arguments"):  # one generator, and other masks in each layer
        del param["seed"]
        param["rng"] = np.random.default_rng(mixed)
    else:  # a model from elsewhere, which may know no generators
        param["seed"] = int(np.random.SeedSequence(mixed).generate_state(1)[0])
    try:
        yield
    finally:
        for key in ("seed", "rng"):
            param.pop(key, None)
            if key in before:
                param[key] = before[key]


def snapshot_forward(model: Any) -> tuple[Averages, Any]:
    """What a forward pass in training mode changes: the averages, and the generator's state."""
    rng = dropout_generator(model)
    return averages(model), rng and rng.bit_generator.state


def restore_forward(model: Any, saved: tuple[Averages, Any]) -> None:
    """Give the model back what ``snapshot_forward`` returned, as if no forward pass had been."""
    restore_averages(model, saved[0])
    restore_generator(model, saved[1])


def restore_generator(model: Any, state: Any) -> None:
    """Give the generator of the model's dropout a state, unless that is None."""
    if state is not None:
        dropout_generator(model).bit_generator.state = state


def snapshot_params(model: Any) -> tuple[Arrays, Averages]:
    """Copies of what training changes for good: the parameters, and the running averages."""
    return copied(model.params), averages(model)


def restore_params(model: Any, saved: tuple[Arrays, Averages]) -> None:
    """Give the model copies of what ``snapshot_params`` returned."""
    params, averages = saved
    model.params.update(copied(params))
    restore_averages(model, averages)


def not_finite(arrays: Arrays) -> str | None:
    """The name of an array that has NaN or infinity in it; None if all are finite.

    The product of an array with itself tells, in the shortest time in which memory can be read, but
    for numbers so large that it overflows. Those are looked at again.

    Parameters
    ----------
    arrays : dict
        Names and arrays.

    Returns
    -------
    str or None
        The first such name.
    """
    with np.errstate(over="ignore", invalid="ignore"), one_blas_thread():
        for name, array in arrays.items():
            row = np.ravel(array, order="K")
            if not (math.isfinite(np.dot(row, row)) or np.isfinite(row).all()):
                return name
    return None


def ruined(model: Any) -> str | None:
    """The name of a parameter or running average that is not finite; None if all are."""
    arrays = dict(model.params)
    for k, pair in enumerate(averages(model)):
        arrays |= {f"{key} of batch norm {k + 1}": array for key, array in pair.items()}
    return not_finite(arrays)
