"""The training loop: ``Solver`` steps a model through its data and keeps the best it has been."""

import math
import time

import numpy as np

from nndl import progress, states
from nndl.batches import AUGMENT, Batches, generator, subset
from nndl.checks.networks import check_number, check_sizes
from nndl.checks.optim import SETTINGS
from nndl.checks.solver import (
    check_data,
    check_examples,
    check_grads,
    check_model,
    check_result,
    check_settings,
)
from nndl.fast import optim
from nndl.fast.memory import keep_freed_memory
from nndl.interrupts import waiting_interrupts
from nndl.resume import CALLABLES, fingerprint, resume, save
from nndl.schedules import schedule_of

__all__ = ["Solver"]


class Solver:
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
        ``dropout_param``, whose generator ``rng`` goes into checkpoints.
    data : dict
        X_train (N, ...), y_train (N,), X_val and y_val; more keys do no harm.
    update_rule : str
        "sgd", "sgd_momentum", "sgd_nesterov_momentum", "rmsprop" or "adam", of ``nndl.optim``; its
        compiled twin makes the steps.
    optim_config : dict, optional
        The rule's numbers, as ``{"learning_rate": 1e-3}``. Each parameter gets a copy.
    lr_decay : float
        By what the learning rate is multiplied after each epoch.
    schedule : str, (str, dict) or callable
        By what it is multiplied besides, at each step: "constant", "step", "cosine", "one_cycle";
        one of them with settings, as ``("step", {"at": (0.5, 0.75)})``; or a function of the part
        of the run that is over, 0 to 1. See ``nndl.schedules``.
    batch_size, num_epochs : int
        Examples to a step, and epochs to train.
    num_train_samples, num_val_samples : int or None
        On how many examples, drawn at random, the accuracies are measured; None for all.
    checkpoint_name : str or path, optional
        At each check ``<checkpoint_name>_epoch_<epoch>.npz`` is written, for ``Solver.resume``.
    print_every : int
        Every how many iterations ``verbose="lines"`` prints the loss.
    verbose : bool or "lines"
        True for a progress bar, "lines" for the course's printed lines, False for silence.
    seed : int
        Of the shuffles and of all else that is random here.
    replacement : bool
        Whether each batch is drawn from all examples with replacement, as in the course.
    augment : callable, optional
        ``augment(X, rng)`` returns what to train on in place of the batch X.

    Attributes
    ----------
    iteration, epoch : int
        Steps and whole epochs made so far.
    loss_history : list of float
        The loss of each step, before its update.
    train_acc_history, val_acc_history : list of float
        The accuracies at each check.
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
        model,
        data,
        *,
        update_rule="sgd",
        optim_config=None,
        lr_decay=1.0,
        schedule="constant",
        batch_size=100,
        num_epochs=10,
        num_train_samples=1000,
        num_val_samples=None,
        checkpoint_name=None,
        print_every=10,
        verbose=True,
        seed=0,
        replacement=False,
        augment=None,
        **unknown,
    ):
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
            "print_every": print_every,
            "verbose": verbose,
            "seed": seed,
            "replacement": replacement,
            "augment": augment,
        }
        check_settings("Solver", settings, unknown)
        check_model("Solver", model)
        check_data("Solver", data)
        self._factor = schedule_of("Solver", schedule)
        for name, value in settings.items():  # NumPy's numbers as Python's, which JSON can hold
            setattr(self, name, value.item() if isinstance(value, np.generic) else value)
        self._fingerprint = fingerprint(model, data)
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        numbers = SETTINGS[update_rule] | (optim_config or {})
        self.optim_config = {key: float(value) for key, value in numbers.items()}
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        self._rule = getattr(optim, f"{update_rule}_fast")
        self._batches = Batches(len(self.y_train), batch_size, seed, replacement)
        self.iterations_per_epoch = self._batches.per_epoch
        self.num_iterations = num_epochs * self.iterations_per_epoch
        self.iteration, self.epoch = 0, 0
        self.loss_history, self.train_acc_history, self.val_acc_history = [], [], []
        self.best_val_acc, self.best_params, self.best_averages = 0.0, {}, []
        self.epoch_seconds, self._seconds = [], 0.0
        self._checked = 0  # the iteration after which accuracies were last measured
        self._whole = True  # whether no update has begun without ending
        self._done = False
        self._shown = progress.Silence(self)

    def train(self):
        """Train to the end of the last epoch; then give the model its best parameters.

        On Linux the process keeps the memory that a step frees, for the next step.

        Ctrl-C finishes the step, writes ``<checkpoint_name>_interrupted.npz`` if there is a
        checkpoint_name, says how to go on, and raises KeyboardInterrupt; the model keeps its latest
        parameters, and ``train()`` again goes on from them. A second Ctrl-C does not wait.

        Raises
        ------
        FloatingPointError
            The loss became NaN or infinite. The model is as it was before that step.
        KeyboardInterrupt
            Ctrl-C was pressed.
        RuntimeError
            All epochs were trained before, or an update was interrupted by a second Ctrl-C.
        """
        if not self._whole:
            raise RuntimeError("Solver.train: an update was interrupted; resume a checkpoint")
        if self._done:
            raise RuntimeError(f"Solver.train: all {self.num_epochs} epochs were trained before")
        self._shown = progress.KINDS[self.verbose](self)
        keep_freed_memory()
        try:
            self._run()
        except KeyboardInterrupt:
            print(self._interrupted(), flush=True)
            raise
        if not self.best_params:  # no epoch, no check
            self._keep_best(0.0)
        states.put_learned(self.model, (self.best_params, self.best_averages))
        self._done = True

    def _run(self):
        """Steps and checks until the last epoch is over."""
        try:
            with waiting_interrupts() as pressed:
                while True:
                    if pressed.is_set():
                        raise KeyboardInterrupt
                    if self._check_is_due():
                        self._check()
                    elif self.iteration < self.num_iterations:
                        self._step()
                    else:
                        break
        finally:
            self._shown.close()

    def _step(self):
        """One batch: the loss, its gradients, and an update of each parameter."""
        start, params = time.perf_counter(), self.model.params
        before = states.passing(self.model)
        try:
            X, y = self._batch()
            result = self.model.loss(X, y)
            check_result("Solver.train", result)
            loss, grads = float(result[0]), result[1]
            if not math.isfinite(loss):
                raise FloatingPointError(self._diverged(loss))
            check_grads("Solver.train", params, grads)
            rate = self._learning_rate()
        except BaseException:  # the step has not been made: nothing of it must remain
            states.put_passing(self.model, before)
            raise
        self._whole = False
        for name, config in self.optim_configs.items():
            config["learning_rate"] = rate
            params[name], self.optim_configs[name] = self._rule(params[name], grads[name], config)
        self.loss_history.append(loss)
        self.iteration += 1
        self.epoch, into_epoch = divmod(self.iteration, self.iterations_per_epoch)
        self._seconds += time.perf_counter() - start
        if into_epoch == 0:
            self.epoch_seconds.append(self._seconds)
            self._seconds = 0.0
        self._whole = True
        self._shown.stepped(len(y))

    def _batch(self):
        """The examples and labels of the next step."""
        rows = self._batches.rows(self.iteration)
        X, y = self.X_train.take(rows, axis=0), self.y_train[rows]
        if self.augment is not None:
            X = self.augment(X, generator(self.seed, AUGMENT, self.iteration))
        return X, y

    def _learning_rate(self):
        """That of the next step: of the rule, decayed for each epoch, times the schedule."""
        factor = float(self._factor(self.iteration / self.num_iterations))
        check_number("Solver.train", "the schedule's factor", factor)
        return self.optim_config["learning_rate"] * self.lr_decay**self.epoch * factor

    def _diverged(self, loss):
        """What to say of a loss that is not a number."""
        last = f"{self.loss_history[-1]:g} one iteration before" if self.loss_history else "never"
        at = f"iteration {self.iteration + 1} of {self.num_iterations}"
        return (
            f"Solver.train: the loss is {loss} at {at}; it was finite last: {last}. "
            f"The model is as it was before that step. Try a smaller learning_rate, which is "
            f"{self._learning_rate():g} here; look for NaN or very large numbers in X_train; "
            f"check the gradients."
        )

    def _check_is_due(self):
        """Whether the accuracies after the latest step are still to be measured."""
        end = self.iteration == 1 or self.iteration % self.iterations_per_epoch == 0
        return end and self.iteration != self._checked

    def _check(self):
        """Measure both accuracies, keep the model if it is the best so far, save."""
        train = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
        val = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
        self.train_acc_history.append(train)
        self.val_acc_history.append(val)
        if not self.best_params or val > self.best_val_acc:
            self._keep_best(val)
        self._checked = self.iteration
        if self.checkpoint_name is not None:
            self.save(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")
        self._shown.checked()

    def _keep_best(self, val):
        """Copy what the model has learned."""
        self.best_val_acc = val
        self.best_params, self.best_averages = states.learned(self.model)

    def save(self, path):
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
        """
        save(self, path)

    @classmethod
    def resume(cls, path, model, data, **changes):
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
        data : dict
            That of the run.
        **changes
            What may differ from the run: num_epochs, checkpoint_name, print_every and verbose.
            A function that was given as ``schedule`` or ``augment`` is not in the file, and must
            be given again.

        Returns
        -------
        Solver
            Ready for ``train()``.

        Raises
        ------
        OSError
            The file cannot be opened.
        ValueError
            It is cut short, damaged, no checkpoint, or one of another model or of other data; or
            an argument cannot be changed. Neither file nor model is changed.
        """
        return resume(cls, path, model, data, changes)

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

    def check_accuracy(self, X, y, num_samples=None, batch_size=100):
        """The share of examples that the model puts into the right class.

        Parameters
        ----------
        X : ndarray, shape (N, ...)
            Examples.
        y : ndarray of int, shape (N,)
            Their labels.
        num_samples : int, optional
            On how many of them, drawn at random: the same ones until the next step is made.
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
        rows = subset(len(y), num_samples, self.seed, self.iteration)
        right, count = 0, len(y) if rows is None else len(rows)
        for k in range(0, count, batch_size):
            part = slice(k, k + batch_size) if rows is None else rows[k : k + batch_size]
            right += np.count_nonzero(self.model.loss(X[part]).argmax(axis=1) == y[part])
        return float(right / count)
