"""What a checkpoint says of a training run."""

from typing import TYPE_CHECKING

import numpy as np

from nndl.checks.arguments import check_path
from nndl.internal.types import FilePath
from nndl.model import network_files
from nndl.training import checkpoints, model_state

if TYPE_CHECKING:  # which imports this module
    from nndl.solver import Solver

STORED = (
    "update_rule",
    "optim_config",
    "lr_decay",
    "schedule",
    "batch_size",
    "num_epochs",
    "num_train_samples",
    "num_val_samples",
    "keep",
    "print_every",
    "verbose",
    "seed",
    "replacement",
    "shards",
)
CALLABLES = ("schedule", "augment")
SOLVER_HISTORIES = (
    "loss_history",
    "train_acc_history",
    "val_acc_history",
    "val_loss_history",
    "epoch_seconds",
)
NUMBERS = {
    "iteration": int,
    "best_val_acc": float,
    "_checked": int,
    "_seconds": float,
    "_start": int,
    "_best_epoch": int,
}


def save_run(solver: "Solver", path: FilePath) -> None:
    """Write the checkpoint of a Solver between two steps.

    Parameters
    ----------
    solver : Solver
        Whose run it is.
    path : str or path
        Of the file.
    """
    check_path("Solver.save", "path", path, file=True)
    settings = {name: getattr(solver, name) for name in STORED}
    called = {
        name: getattr(value, "__name__", type(value).__name__)
        for name in CALLABLES
        if callable(value := getattr(solver, name))
    }
    rng = model_state.dropout_generator(solver.model)
    arrays, scalars = {}, {}
    for name, config in solver.optim_configs.items():
        for key, value in config.items():
            if isinstance(value, np.ndarray):
                arrays[f"optim/{name}/{key}"] = value
            else:
                scalars.setdefault(name, {})[key] = value
    meta = {
        "fingerprint": solver._fingerprint(),
        "network": network_files.described(solver.model),
        "settings": settings | dict.fromkeys(called),
        "called": called,
        "numbers": {name: getattr(solver, name) for name in NUMBERS},
        "written": sorted(solver._written),
        "optim": scalars,
        "generator": rng and rng.bit_generator.state,
    }
    learned = solver._latest or (solver.model.params, model_state.averages(solver.model))
    best = solver.best_params, solver.best_averages
    for group, (params, averages) in (("latest", learned), ("best", best)):
        arrays |= network_files.members(f"{group}/", params, averages)
    for name in SOLVER_HISTORIES:
        arrays[f"history/{name}"] = np.array(getattr(solver, name), float)
    checkpoints.write(path, meta, arrays)
