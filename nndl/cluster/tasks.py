"""What workers do for a run: have a shard of the data, and compute from it."""

import threading
from typing import Any

from nndl.fast.runtime.memory import keep_freed_memory
from nndl.internal.types import Arrays
from nndl.training import model_state
from nndl.training.shards import Shard
from nndl.training.sources import Asked, Piece

TURN = threading.Lock()  # a worker has one model of a run, and may have several threads

State = tuple[Arrays, tuple[Any, Any]]  # parameters, and what a forward pass changes


def read_shard(piece: Piece | Asked, number: int) -> Shard:
    """The shard with this number, read here."""
    return Shard(number, piece.read())


def ask(
    common: tuple[Any, Any],
    shards: list[Shard],
    method: str,
    state: State | None,
    arguments: list[tuple[Any, ...]],
) -> list[Any]:
    """What a method of each shard returns, all of them with the model in the same state.

    Parameters
    ----------
    common : tuple
        The model and the plan of the run. What the model has learned here before does not matter.
    shards : list of Shard
        Those that this worker computes.
    method : str
        Of ``Shard``.
    state : tuple or None
        That of the model: its parameters, running averages and generator.
    arguments : list of tuple
        For each shard, what the method gets besides.
    """
    model, plan = common
    found = []
    keep_freed_memory()
    with TURN:
        if state is not None:
            model.params.update(model_state.copied(state[0]))
        for shard, given in zip(shards, arguments, strict=True):
            if state is not None:
                model_state.restore_forward(model, state[1])
            found.append(getattr(shard, method)(model, plan, *given))
    return found
