"""How a training run goes on from its checkpoint."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nndl.checks.arguments import check_path
from nndl.checks.optim import check_config
from nndl.checks.solver import check_model
from nndl.internal.types import FilePath, Model
from nndl.training import checkpoints, model_state
from nndl.training.fingerprints import of_arrays, of_model
from nndl.training.save import CALLABLES, NUMBERS, SOLVER_HISTORIES, STORED
from nndl.training.sources import Source

if TYPE_CHECKING:  # which imports this module
    from nndl.solver import Solver

CHANGES = ("num_epochs", "checkpoint_name", "keep", "print_every", "verbose", "cluster", *CALLABLES)


def resume_run(
    solver_class: type["Solver"],
    path: FilePath,
    model: Model,
    data: dict[str, Any],
    changes: dict[str, Any],
) -> Any:
    """A Solver that goes on where the checkpoint was written; see ``Solver.resume``."""
    function = "Solver.resume"
    for name in changes:
        if name not in CHANGES:
            why = "it is part of the run" if name in STORED else "it is not an argument"
            raise ValueError(f"{function}: {name} cannot be given: {why}; these can: {[*CHANGES]}")
    check_path(function, "path", path, file=True)
    check_model(function, model)
    source = Source(function, data)
    try:
        _, meta, arrays = checkpoints.read(path)
    except ValueError as error:
        raise ValueError(f"{function}: {error}") from error
    try:
        if source.in_memory:  # what reads them elsewhere is asked below
            _compare(meta["fingerprint"], of_model(model) | of_arrays(source.arrays))
        changes = _with_callables(meta["called"], changes)
        # Checkpoints of older versions know no shards.
        settings = {"shards": 1, **meta["settings"], "checkpoint_name": run_name(path), **changes}
        solver = solver_class(model, data, **settings)
        if not source.in_memory:
            _compare(meta["fingerprint"], solver._fingerprint())
        state = _checked_state(solver, meta, arrays)
        if settings["checkpoint_name"] == run_name(path):
            solver._written = {*map(int, meta["written"])}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        plain = isinstance(error, ValueError)
        raise ValueError(f"{function}: {path}: {error if plain else repr(error)}") from error
    _put(solver, *state)
    return solver


def _compare(saved, here):
    """Raise unless the model and the data are those of the run."""
    for key in {**saved, **here}:
        if saved.get(key) != here.get(key):
            both = f"{saved.get(key, 'missing')} in it and {here.get(key, 'missing')} here"
            raise ValueError(f"it is of another run: {key} is {both}")


def run_name(path: FilePath) -> str:
    """The ``checkpoint_name`` of the run that wrote the checkpoint at ``path``."""
    path = Path(path)
    return str(path.with_name(re.sub(r"(_epoch_\d+|_interrupted)?\.npz$", "", path.name)))


def _with_callables(called, changes):
    """``changes``, if they hold the functions that the run had, and no others."""
    for name in CALLABLES:
        if name in called and not callable(changes.get(name)):
            raise ValueError(f"the run had a function {called[name]!r} as {name}; give it again")
        if name not in called and name in changes:
            raise ValueError(f"the run had no function as {name}, but one is given")
    return changes


def _checked_state(solver, meta, arrays):
    """What the checkpoint holds for this Solver, checked against its model; nothing is changed."""
    params = solver.model.params
    taken = dict(arrays)
    counts = {name: meta["numbers"][name] for name in NUMBERS}
    for name, kind in NUMBERS.items():
        if type(counts[name]) is not kind or not counts[name] >= 0:
            raise ValueError(f"{name} is {counts[name]!r}")
    if counts["_start"] > counts["iteration"]:
        raise ValueError(f"its schedule starts at iteration {counts['_start']}, after its end")
    if counts["iteration"] > solver.num_iterations:
        steps = f"after iteration {counts['iteration']} of {solver.num_iterations}"
        raise ValueError(f"num_epochs is {solver.num_epochs}, but it was written {steps}")
    histories = {name: taken.pop(f"history/{name}").astype(float) for name in SOLVER_HISTORIES}
    if len(histories["loss_history"]) != counts["iteration"]:
        raise ValueError("its history does not have a loss for each iteration")
    learned = {}
    for group in ("latest", "best"):
        if group == "best" and not counts["_checked"]:
            learned[group] = {}, []
            continue
        found = {name: taken.pop(f"{group}/params/{name}") for name in params}
        for name, array in found.items():
            if (array.shape, array.dtype) != (params[name].shape, params[name].dtype):
                raise ValueError(f"{group} {name} is {array.dtype} {array.shape}")
        averages = [{} for _ in getattr(solver.model, "bn_params", [])]
        for k, pair in enumerate(averages):
            keys = [key for key in model_state.AVERAGES if f"{group}/averages/{k}/{key}" in taken]
            pair.update({key: taken.pop(f"{group}/averages/{k}/{key}") for key in keys})
        learned[group] = found, averages
    configs = {name: dict(meta["optim"][name]) for name in params}
    for name, array in params.items():
        for key in [key for key in taken if key.startswith(f"optim/{name}/")]:
            state = configs[name][key.rpartition("/")[2]] = taken.pop(key)
            if (state.shape, state.dtype) != (array.shape, array.dtype):
                raise ValueError(f"{key} is {state.dtype} {state.shape}")
        check_config(solver.update_rule, configs[name], "optim_configs")
    if taken:
        raise ValueError(f"it has unknown members {sorted(taken)}")
    rng = model_state.dropout_generator(solver.model)
    if rng:
        type(rng.bit_generator)().state = meta["generator"]  # raises for what is no state
    return counts, histories, learned, configs, meta["generator"]


def _put(solver, counts, histories, learned, configs, generator):
    """Give the Solver and its model what the checkpoint holds."""
    solver.__dict__.update(counts, optim_configs=configs)
    solver.epoch = solver.iteration // solver.iterations_per_epoch
    solver.__dict__.update({name: array.tolist() for name, array in histories.items()})
    solver.best_params, solver.best_averages = learned["best"]
    model_state.restore_params(solver.model, learned["latest"])
    model_state.restore_generator(solver.model, generator)
