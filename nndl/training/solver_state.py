"""The attributes of a Solver, as they are named and typed; ``Solver`` sets them.

Those without an underscore are its settings and results, which its docstring explains.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from nndl.internal.types import Array, Arrays, Averages, FilePath, Model
from nndl.training.work import Work


class SolverState:
    """What a run was asked for, and how far it is."""

    model: Model
    X_train: Array | None  # None where shards are read by a function
    y_train: Array | None
    X_val: Array | None
    y_val: Array | None

    update_rule: str
    optim_config: dict[str, float]
    lr_decay: float
    schedule: str | tuple[str, dict[str, Any]] | Callable[[float], float]
    batch_size: int
    num_epochs: int
    num_train_samples: int | None
    num_val_samples: int | None
    checkpoint_name: FilePath | None
    keep: int | None
    print_every: int
    verbose: bool | str
    seed: int
    replacement: bool
    augment: Callable[[Array, np.random.Generator], Array] | None
    shards: int
    cluster: Any

    iterations_per_epoch: int
    num_iterations: int
    iteration: int
    epoch: int
    loss_history: list[float]
    val_loss_history: list[float]
    train_acc_history: list[float]
    val_acc_history: list[float]
    epoch_seconds: list[float]
    best_val_acc: float
    best_params: Arrays
    best_averages: Averages
    optim_configs: dict[str, dict[str, Any]]

    _work: Work  # who computes the steps
    _checked: int  # the iteration after which accuracies were last measured
    _whole: bool  # whether no update has begun without ending
    _latest: tuple[Arrays, Averages] | None  # learned at the end, when the model is given its best
    _sound: tuple[Arrays, Averages]  # what to go back to
    _start: int  # the iteration at which the schedule starts
    _best_epoch: int
    _written: set[int]  # the epochs of the checkpoints that are there
    _seconds: float  # of the steps since the last epoch ended
    _of_model: dict[str, str] | None  # the fingerprint: it takes a while, only checkpoints need it
