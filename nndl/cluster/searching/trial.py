"""A trial, where it runs: some epochs more of one Solver, from the bytes of its checkpoint.

A trial that goes on may do so on another worker. What travels is a checkpoint, a ``.npz`` without
pickles, and the run is the one that never stopped, to the last bit.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nndl.cluster.searching.space import split
from nndl.fast.runtime.memory import keep_freed_memory
from nndl.fast.runtime.threads import one_blas_thread
from nndl.solver import Solver
from nndl.training import loop, model_state
from nndl.training.save import CALLABLES
from nndl.training.sources import Data


@dataclass(frozen=True)
class Job:
    """What a worker is given besides ``build`` and the data."""

    trial: int
    settings: dict[str, Any]
    until: int  # epochs, from the start
    epochs: int  # those of a whole run, for which its schedule is
    by: str
    state: bytes | None  # of the rung before


@dataclass(frozen=True)
class Outcome:
    """What comes back."""

    trial: int
    until: int
    value: float | None  # None where it failed
    reason: str
    state: bytes | None


def attempt(job: Job, shared: tuple[Callable[..., Any], Data]) -> Outcome:
    """Train a trial up to its next rung. What it raises becomes its outcome."""
    build, data = shared
    try:
        with np.errstate(all="ignore"), one_blas_thread():
            solver = _solver(job, build, data)
            advance(solver, job.until)
            value = float(
                solver.best_val_acc if job.by == "val_acc" else min(solver.val_loss_history)
            )
            if not np.isfinite(value):
                raise FloatingPointError(f"{job.by} is {value}")
            return Outcome(job.trial, job.until, value, "", _saved(solver))
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        return Outcome(job.trial, job.until, None, reason, None)


def _solver(job: Job, build: Callable[..., Any], data: Data) -> Solver:
    given, settings = split(job.settings, build)
    model = build(**given)
    if job.state is None:
        return Solver(model, data, num_epochs=job.epochs, verbose=False, **settings)
    with tempfile.TemporaryDirectory(prefix="nndl-trial-") as folder:
        path = Path(folder, "state.npz")
        path.write_bytes(job.state)
        again = {k: settings[k] for k in CALLABLES if callable(settings.get(k))}
        return Solver.resume(path, model, data, checkpoint_name=None, verbose=False, **again)


def advance(solver: Solver, epochs: int) -> None:
    """Steps and checks up to the end of an epoch, as ``Solver.train`` makes them.

    The run stays one of ``num_epochs`` epochs, for which its schedule is, and can go on.
    """
    if name := model_state.ruined(solver.model):
        raise ValueError(f"{name} has NaN or infinity in it before the first step")
    solver._sound = solver.best_params, solver.best_averages
    if not solver.best_params:
        solver._sound = model_state.snapshot_params(solver.model)
    keep_freed_memory()
    last = epochs * solver.iterations_per_epoch
    while True:
        if loop.check_is_due(solver):
            loop.measure_accuracies(solver)
        elif solver.iteration < last:
            loop.make_step(solver)
        else:
            return


def _saved(solver: Solver) -> bytes:
    with tempfile.TemporaryDirectory(prefix="nndl-trial-") as folder:
        path = Path(folder, "state.npz")
        solver.save(path)
        return path.read_bytes()
