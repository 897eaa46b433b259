"""The training loop: ``Solver`` steps a model through its data and keeps the best it has been."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from nndl.checks.arguments import check_sizes
from nndl.checks.model import check_examples
from nndl.checks.solver import check_model, check_settings
from nndl.fast import optim
from nndl.fast.runtime.memory import keep_freed_memory
from nndl.internal.types import Array, FilePath, Model
from nndl.internal.update_rules import SETTINGS
from nndl.schedules import schedule_of
from nndl.training import loop, model_state, progress
from nndl.training.fingerprints import of_model
from nndl.training.resume import resume_run
from nndl.training.save import CALLABLES, save_run
from nndl.training.shards import NAMES
from nndl.training.solver_state import SolverState
from nndl.training.sources import Data, Source
from nndl.training.work import work_for

__all__ = ["Solver"]


class Solver(SolverState):
    """Trains a model: minibatches, an update rule, accuracies, and the best parameters seen.

    Each epoch visits every training example once, in a new random order. It has
    ``max(N // batch_size, 1)`` iterations, as in the course; where batch_size does not divide N,
    the examples left over are spread over its batches, which then have one or a few more, so no
    batch is too small for batch norm. The accuracies are measured after the first iteration and
    after each epoch.

    Parameters
    ----------
    model : object
        Has ``params``, a dict of arrays, which are updated in place, and ``loss(X, y=None)``, which
        returns scores (N, C), or with labels the loss and a dict of gradients. It may have
        ``bn_params``, a list of dicts with running averages, which belong to its state, and
        ``dropout_param``, whose generator ``rng`` goes into checkpoints, or whose ``seed`` gives
        new masks at each step.
    data : dict or callable
        X_train (N, ...), y_train (N,), X_val and y_val; more keys do no harm. Each may be the path
        of a ``.npy`` file in place of an array: it is mapped into memory. Or a function,
        ``read(shard, shards)``, which returns one part of each: the run never has more of them in
        one process than the shards that this computes.
    update_rule : str
        "sgd", "sgd_momentum", "sgd_nesterov_momentum", "rmsprop" or "adam", of ``nndl.optim``; its
        compiled twin makes the steps.
    optim_config : dict, optional
        The rule's numbers, as ``{"learning_rate": 1e-3}``. Each parameter gets a copy.
    lr_decay : float
        Factor of the learning rate after each epoch.
    schedule : str, (str, dict) or callable
        Another factor, for each step: "constant", "step", "cosine", "one_cycle"; one of them with
        settings, as ``("step", {"at": (0.5, 0.75)})``; or a function of the part of the run that
        is over, 0 to 1. See ``nndl.schedules``.
    batch_size, num_epochs : int
        Examples to a step, and epochs to train.
    num_train_samples, num_val_samples : int or None
        Number of examples, drawn at random, for the accuracies; None for all.
    checkpoint_name : str or path, optional
        At each check ``<checkpoint_name>_epoch_<epoch>.npz`` is written, for ``Solver.resume``.
    keep : int, optional
        Number of checkpoints of this run to keep: the last ones, and that of the best epoch
        besides. By default all stay.
    print_every : int
        Iterations from one printed loss to the next, with ``verbose=True``.
    verbose : bool, "bar", "lines" or "auto"
        True, or "lines", for the course's printed lines; "bar" for a progress bar; False for
        silence. "auto" is the bar in a terminal or notebook, and the lines where there is neither.
    seed : int
        Seed of the shuffles, and of the other draws of the run.
    replacement : bool
        Whether each batch is drawn from all examples with replacement, as in the course.
    augment : callable, optional
        ``augment(X, rng)`` returns what to train on in place of the batch X.
    shards : int, optional
        Parts of the data, one for each worker or more. Each has its part in every batch, in an
        order of its own, and gradients are added in the order of the shards. So a run with as many
        shards is the same to the last bit on any number of workers, and without a cluster. Batch
        norm takes the statistics of each shard's part. By default 1, or with a cluster the number
        of its workers.
    cluster : distributed.Client, optional
        Of ``nndl.cluster.connect``: its workers compute the gradients and accuracies. Each has its
        own shards of the data, and gets the parameters once for a step. Where one is lost, its part
        is computed again elsewhere.

    Attributes
    ----------
    iteration, epoch : int
        Steps and whole epochs made so far.
    loss_history : list of float
        The loss of each step, before its update.
    train_acc_history, val_acc_history : list of float
        The accuracies at each check.
    val_loss_history : list of float
        The loss on the validation data at each check: the mean cross-entropy in test mode, without
        the penalty.
    best_val_acc, best_params, best_averages : float, dict, list of dict
        The highest validation accuracy, and copies of the parameters and of the batch norms'
        running averages that first had it.
    optim_configs : dict
        The update rule's configuration for each parameter.
    epoch_seconds : list of float
        The time spent in the steps of each epoch, without the checks.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit, or that do not exist; the message names them.
    """

    def __init__(
        self,
        model: Model,
        data: Data,
        *,
        update_rule: str = "sgd",
        optim_config: dict[str, Any] | None = None,
        lr_decay: float = 1.0,
        schedule: str | tuple[str, dict[str, Any]] | Callable[[float], float] = "constant",
        batch_size: int = 100,
        num_epochs: int = 10,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: FilePath | None = None,
        keep: int | None = None,
        print_every: int = 10,
        verbose: bool | str = "auto",
        seed: int = 0,
        replacement: bool = False,
        augment: Callable[[Array, np.random.Generator], Array] | None = None,
        shards: int | None = None,
        cluster: Any = None,
        **unknown: Any,
    ) -> None:
        settings = {
            "update_rule": update_rule,
            "optim_config": optim_config,
            "lr_decay": lr_decay,
            "schedule": schedule,
            "batch_size": batch_size,
            "num_epochs": num_epochs,
            "num_train_samples": num_train_samples,
            "num_val_samples": num_val_samples,
            "checkpoint_name": checkpoint_name,
            "keep": keep,
            "print_every": print_every,
            "verbose": verbose,
            "seed": seed,
            "replacement": replacement,
            "augment": augment,
            "shards": shards,
            "cluster": cluster,
        }
        check_settings("Solver", settings, unknown)
        check_model("Solver", model)
        source = Source("Solver", data, classes=getattr(model, "_classes", lambda: None)())
        self._factor = schedule_of("Solver", schedule)
        for name, value in settings.items():  # NumPy's numbers as Python's, which JSON can hold
            setattr(self, name, value.item() if isinstance(value, np.generic) else value)
        self.lr_decay = float(lr_decay)
        self.model, self._of_model = model, None
        for name in NAMES:
            setattr(self, name, source.arrays and source.arrays[name])
        numbers = SETTINGS[update_rule] | (optim_config or {})
        self.optim_config = {key: float(value) for key, value in numbers.items()}
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        self._rule = getattr(optim, f"{update_rule}_fast")
        self._work = work_for(self, source)
        self.shards = self._work.count
        self.iterations_per_epoch = max(self._work.plan.total // self.batch_size, 1)
        self.num_iterations = self.num_epochs * self.iterations_per_epoch
        self.iteration, self.epoch = 0, 0
        self.loss_history, self.val_loss_history = [], []
        self.train_acc_history, self.val_acc_history = [], []
        self.best_val_acc, self.best_params, self.best_averages = 0.0, {}, []
        self.epoch_seconds, self._seconds = [], 0.0
        self._checked, self._start, self._best_epoch, self._written = 0, 0, 0, set()
        self._whole, self._latest = True, None
        self._shown = progress.Silence(self)

    def train(self, num_epochs: int | None = None) -> None:
        """Train to the end of the last epoch; then give the model its best parameters.

        On Linux the process keeps the memory that a step frees, for the next step.

        Ctrl-C finishes the step, writes ``<checkpoint_name>_interrupted.npz`` if there is a
        checkpoint_name, says how to go on, and raises KeyboardInterrupt; the model keeps its latest
        parameters, and ``train()`` again goes on from them. A second Ctrl-C does not wait.

        Parameters
        ----------
        num_epochs : int, optional
            Number of epochs to train from here on, in place of those that are left: after the end,
            too. The run then goes on from its last step, not from its best: parameters, the update
            rule's arrays and histories go on, lr_decay goes on, and the schedule starts anew.

        Raises
        ------
        FloatingPointError
            The loss or a gradient became NaN or infinite: the model is as it was before that step.
            Or an update had made such parameters: the model has its best ones, if there are any.
        KeyboardInterrupt
            Ctrl-C was pressed.
        RuntimeError
            All epochs were trained before, or an update was interrupted by a second Ctrl-C or
            ruined the parameters.
        TypeError, ValueError
            num_epochs is not an integer, 1 or more; model, data or augment do not fit; or a
            parameter is not finite to begin with.
        """
        if not self._whole:
            why = "an update was interrupted or ruined the parameters"
            raise RuntimeError(f"Solver.train: {why}; resume a checkpoint")
        if num_epochs is not None:
            check_sizes("Solver.train", num_epochs=num_epochs)
            self.num_epochs = self.epoch + int(num_epochs)
            self.num_iterations = self.num_epochs * self.iterations_per_epoch
            self._start = self.iteration
            if self._latest:
                model_state.restore_params(self.model, self._latest)
        elif self._latest:
            more = f"train(num_epochs={max(self.epoch, 1)}) goes on for as many"
            raise RuntimeError(f"Solver.train: all {self.epoch} epochs were trained before; {more}")
        if name := model_state.ruined(self.model):
            raise ValueError(
                f"Solver.train: {name} has NaN or infinity in it before the first step"
            )
        self._latest = None
        self._sound = self.best_params, self.best_averages
        if not self.best_params:
            self._sound = model_state.snapshot_params(self.model)
        self._shown = progress.shown(self)
        keep_freed_memory()
        try:
            loop.run(self)
        except KeyboardInterrupt:
            print(self._interrupted(), flush=True)
            raise
        if not self.best_params:  # no epoch, no check
            loop.keep_best(self, 0.0)
        self._latest = model_state.snapshot_params(self.model)
        model_state.restore_params(self.model, (self.best_params, self.best_averages))

    def save(self, path: FilePath) -> None:
        """Write a checkpoint: all that ``Solver.resume`` needs to go on from here.

        The file is a ``.npz`` without pickles. It appears whole or not at all.

        Parameters
        ----------
        path : str or path
            Of the file; one that exists is replaced.

        Raises
        ------
        OSError
            It cannot be written.
        TypeError, ValueError
            path is not that of a file.
        """
        save_run(self, path)

    @classmethod
    def resume(cls, path: FilePath, model: Model, data: Data, **changes: Any) -> Self:
        """A Solver that goes on from a checkpoint as if the run had never stopped.

        Its ``train()`` leads to the same parameters, histories and shuffles, to the last bit, on
        the same machine.

        Parameters
        ----------
        path : str or path
            A file that ``save`` or ``train`` wrote. It is not changed. New checkpoints get names
            like its own.
        model : object
            A network made as that of the run was. It is given the parameters of the checkpoint,
            its running averages and the state of its dropout generator.
        data : dict or callable
            That of the run, which may be read in another way.
        **changes
            Settings that may differ from those of the run: num_epochs, the number of all epochs;
            checkpoint_name, keep, print_every, verbose and cluster: a run goes on with the same
            shards on any number of workers, or without a cluster. A function that was given as
            ``schedule`` or ``augment`` is not in the file, and must be given again.

        Returns
        -------
        Solver
            Ready for ``train()``.

        Raises
        ------
        OSError
            The file cannot be opened.
        TypeError
            path is no path.
        ValueError
            It is cut short, damaged, no checkpoint, or one of another model (its class, layers,
            shapes, penalty or dropout) or of other data (images or labels), or of an older
            version of nndl; or an argument cannot be changed. Neither file nor model is changed.
        """
        return resume_run(cls, path, model, data, changes)

    def _fingerprint(self):
        """What a checkpoint must have in common with the model and data that go on from it."""
        if self._of_model is None:
            self._of_model = of_model(self.model) | self._work.lines()
        return self._of_model

    def _interrupted(self):
        """Save after Ctrl-C; return what to say."""
        at = f"Stopped after iteration {self.iteration} of {self.num_iterations}."
        if not self._whole:
            return f"{at} It did not wait for the update to end, so nothing was saved."
        if self.checkpoint_name is None:
            return f"{at} Nothing was saved, without a checkpoint_name; train() goes on from here."
        path = f"{self.checkpoint_name}_interrupted.npz"
        self.save(path)
        given = [f", {name}={name}" for name in CALLABLES if callable(getattr(self, name))]
        call = f"Solver.resume({path!r}, model, data{''.join(given)}).train()"
        return f"{at} Saved {path}; to go on: {call}"

    def check_accuracy(
        self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """The share of examples that the model puts into the right class. NaN is a wrong answer.

        Parameters
        ----------
        X : ndarray, shape (N, ...)
            Examples.
        y : ndarray of int, shape (N,)
            Their labels.
        num_samples : int, optional
            Number of examples to draw at random: the same ones until the next step is made.
        batch_size : int
            Examples that the model is given at once.

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit, or no example at all; the message names the argument.
        """
        check_examples("Solver.check_accuracy", X, y)
        check_sizes("Solver.check_accuracy", batch_size=batch_size)
        if num_samples is not None:
            check_sizes("Solver.check_accuracy", num_samples=num_samples)
        return loop.measure(self, X, y, num_samples, int(batch_size))[1]
