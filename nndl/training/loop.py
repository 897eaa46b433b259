"""What a Solver does between the first step and the last: steps, checks, checkpoints."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nndl.checks.arguments import check_number
from nndl.internal.types import Array, Arrays
from nndl.model.accuracy import measured
from nndl.training import model_state
from nndl.training.interrupts import deferred_interrupts
from nndl.training.sampling import subset

if TYPE_CHECKING:  # which imports this module
    from nndl.solver import Solver


def run(solver: "Solver") -> None:
    """Steps and checks until the last epoch is over."""
    try:
        with deferred_interrupts() as pressed:
            while True:
                if pressed.is_set():
                    raise KeyboardInterrupt
                if check_is_due(solver):
                    measure_accuracies(solver)
                elif solver.iteration < solver.num_iterations:
                    make_step(solver)
                else:
                    break
    finally:
        solver._shown.close()


def make_step(solver: "Solver") -> None:
    """One batch: the loss, its gradients, and an update of each parameter."""
    start, model = time.perf_counter(), solver.model
    params, before = model.params, model_state.snapshot_forward(model)
    try:
        loss, grads, examples = solver._work.step(model, solver.iteration)
        rate, wrong = learning_rate(solver), wrong_with(loss, grads)
    except BaseException:  # the step has not been made: nothing of it must remain
        model_state.restore_forward(model, before)
        raise
    if wrong:
        model_state.restore_forward(model, before)
        raise FloatingPointError(diverged(solver, wrong))
    solver._whole = False
    for name, config in solver.optim_configs.items():
        config["learning_rate"] = rate
        params[name], solver.optim_configs[name] = solver._rule(params[name], grads[name], config)
    solver.loss_history.append(loss)
    solver.iteration += 1
    solver.epoch, into_epoch = divmod(solver.iteration, solver.iterations_per_epoch)
    solver._seconds += time.perf_counter() - start
    if into_epoch == 0:
        solver.epoch_seconds.append(solver._seconds)
        solver._seconds = 0.0
    solver._whole = True
    solver._shown.stepped(examples)


def wrong_with(loss: float, grads: Arrays) -> str | None:
    """What of a loss and its gradients is NaN or infinite; None if nothing is."""
    if not math.isfinite(loss):
        return f"the loss is {loss}"
    name = model_state.not_finite(grads)
    return name and f"the gradient of {name} is not finite"


def learning_rate(solver: "Solver") -> float:
    """That of the next step: of the rule, decayed for each epoch, times the schedule."""
    start = solver._start  # of the epochs that this schedule is for
    progress = (solver.iteration - start) / max(solver.num_iterations - start, 1)
    factor = solver._factor(progress)
    if type(factor) is np.ndarray and factor.ndim == 0:
        factor = factor.item()
    check_number("Solver.train", "the schedule's factor", factor)
    return solver.optim_config["learning_rate"] * solver.lr_decay**solver.epoch * float(factor)


def diverged(solver: "Solver", what: str) -> str:
    """What to say where numbers are not finite any more; the model has finite ones afterwards."""
    history = solver.loss_history
    last = f"{history[-1]:g} one iteration before" if history else "never"
    at = min(solver.iteration + 1, solver.num_iterations)  # the last step may be what ruined it
    at = f"iteration {at} of {solver.num_iterations}"
    left = "The model is as it was before that step."
    if name := model_state.ruined(solver.model):
        model_state.restore_params(solver.model, solver._sound)
        solver._whole = False
        left = f"An update before had ruined {name}; the model has its best parameters again."
        if not solver.best_params:
            left = f"An update before had ruined {name}; the model is as it was before the run."
    return (
        f"Solver.train: {what} at {at}; the loss was finite last: {last}. {left} Try a smaller "
        f"learning_rate, which is {learning_rate(solver):g} here; look for NaN or very large "
        f"numbers in X_train; check the gradients."
    )


def check_is_due(solver: "Solver") -> bool:
    """Whether the accuracies after the latest step are still to be measured."""
    end = solver.iteration == 1 or solver.iteration % solver.iterations_per_epoch == 0
    return end and solver.iteration != solver._checked


def measure_accuracies(solver: "Solver") -> None:
    """Measure loss and accuracies, keep the model if it is the best so far, save."""
    if model_state.ruined(solver.model):
        raise FloatingPointError(diverged(solver, "a parameter is not finite"))
    rows, samples = {}, {"train": solver.num_train_samples, "val": solver.num_val_samples}
    for part, sizes in solver._work.sizes.items():
        rows[part] = subset(sum(sizes), samples[part], solver.seed, solver.iteration)
    found = solver._work.measure(solver.model, rows)
    (_, train), (loss, val) = found["train"], found["val"]
    solver.train_acc_history.append(train)
    solver.val_acc_history.append(val)
    solver.val_loss_history.append(loss)
    if not solver.best_params or val > solver.best_val_acc:
        keep_best(solver, val)
    solver._checked = solver.iteration
    if solver.checkpoint_name is not None:
        save_and_prune(solver)
    solver._shown.checked()


def measure(
    solver: "Solver", X: Array, y: Array, num_samples: int | None, batch_size: int = 100
) -> tuple[float, float]:
    """Loss and accuracy on some examples, the same ones until the next step is made."""
    rows = subset(len(y), num_samples, solver.seed, solver.iteration)
    return measured("Solver.check_accuracy", solver.model, X, y, rows, batch_size)


def keep_best(solver: "Solver", val: float) -> None:
    """Copy what the model has learned."""
    solver.best_val_acc, solver._best_epoch = val, solver.epoch
    solver._sound = model_state.snapshot_params(solver.model)
    solver.best_params, solver.best_averages = solver._sound


def save_and_prune(solver: "Solver") -> None:
    """Write the checkpoint of this epoch, and delete those that are not to be kept."""
    written = solver._written | {solver.epoch}
    solver._written = written
    if solver.keep is not None:
        solver._written = {*sorted(written)[-solver.keep :], solver._best_epoch} & written
    solver.save(path_of(solver, solver.epoch))
    for epoch in written - solver._written:  # only now, when the new one is there
        Path(path_of(solver, epoch)).unlink(missing_ok=True)


def path_of(solver: "Solver", epoch: int) -> str:
    """Where the checkpoint of an epoch lies."""
    return f"{solver.checkpoint_name}_epoch_{epoch}.npz"
