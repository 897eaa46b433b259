"""What every network of the book can do besides ``loss``: answer, be measured, saved and shown."""

import inspect
import warnings
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from nndl.checks.arguments import check_array_like, check_numbers, check_sizes
from nndl.checks.model import check_examples
from nndl.fast.runtime.memory import keep_freed_memory
from nndl.internal.types import Array, Arrays, FilePath
from nndl.model import accuracy, network_files, summary


class Network:
    """The part that the networks share.

    A network has ``params``, a dict of arrays, and ``loss(X, y=None)``. It may have ``bn_params``,
    a list of dicts in which batch norm keeps its running averages.
    """

    params: Arrays
    at_once = accuracy.EXAMPLES_AT_ONCE  # examples of which ``loss`` computes scores at once

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        net = super().__new__(cls)
        net._given = network_files.plain(args), network_files.plain(kwargs)
        net._warned = False
        keep_freed_memory()  # a step frees its maps, and the next one asks for the same again
        return net

    def _classes(self) -> int | None:
        """Their number; None where a class derived from this one has other parameters."""
        last = self.params.get(f"b{sum(name[0] == 'W' for name in self.params)}")
        return None if last is None else len(last)

    def _prepared(self, X, y):
        """X in the dtype of the network and y as an array, if both can be used with its norms."""
        function = f"{type(self).__name__}.loss"
        if type(X) is not np.ndarray or X.dtype.kind != "f":
            check_numbers(function, "X", X)
        X = np.asarray(X, self.dtype if hasattr(self, "dtype") else self.params["W1"].dtype)
        if y is not None and type(y) is not np.ndarray:
            check_array_like(function, "y", y)
            y = np.asarray(y)
        norms = self.bn_params if getattr(self, "use_batchnorm", hasattr(self, "bn_params")) else ()
        if X.ndim < 1:
            raise ValueError(f"{function}: X has no dimension, expected (N, ...)")
        if not norms:
            return X, y
        if y is not None and len(X) == 1 and summary.normalizes_alone(self):
            why = "a number alone is its own mean, so batch norm makes 0 of it"
            raise ValueError(f"{function}: X has 1 example, expected 2 or more with labels: {why}")
        untrained = y is None and len(X) and not all("running_mean" in norm for norm in norms)
        if untrained and not self._warned:
            self._warned = True
            why = "batch norm has no running averages before the first loss with labels"
            warnings.warn(f"{function}: {why}: zeros stand for them", RuntimeWarning, stacklevel=3)
        return X, y

    def _in_batches(self, X, batch_size=at_once):
        """The scores of X, a few examples at a time, so that memory does not grow with X."""
        parts = [self.loss(X[k : k + batch_size]) for k in range(0, len(X), batch_size)]
        return np.concatenate(parts) if parts else self.loss(X)

    def predict(self, X: ArrayLike, batch_size: int = accuracy.EXAMPLES_AT_ONCE) -> Array:
        """The class with the highest score of each example.

        Parameters
        ----------
        X : ndarray, shape (N, ...)
            Examples, as for ``loss``.
        batch_size : int
            The most examples computed at once. Memory grows with it, the answers do not change.

        Returns
        -------
        ndarray of int, shape (N,)
            Classes; -1 where a score is NaN.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the argument.
        """
        return accuracy.answers(self._scores("predict", X, batch_size))

    def probabilities(self, X: ArrayLike, batch_size: int = accuracy.EXAMPLES_AT_ONCE) -> Array:
        """The softmax of each example's scores.

        Parameters
        ----------
        X, batch_size
            As for ``predict``.

        Returns
        -------
        ndarray, shape (N, C)
            Rows that add up to 1.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the argument.
        """
        scores = self._scores("probabilities", X, batch_size)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _scores(self, method, X, batch_size):
        function = f"{type(self).__name__}.{method}"
        check_sizes(function, batch_size=batch_size)
        check_numbers(function, "X", X)
        X = np.asarray(X)
        return self._in_batches(X, int(batch_size)) if X.ndim else self.loss(X)

    def evaluate(
        self, X: ArrayLike, y: ArrayLike, batch_size: int = accuracy.EXAMPLES_AT_ONCE
    ) -> tuple[float, float]:
        """Loss and accuracy in test mode.

        Parameters
        ----------
        X : ndarray, shape (N, ...)
            Examples, as for ``loss``; one or more.
        y : ndarray of int, shape (N,)
            Their labels.
        batch_size : int
            As for ``predict``.

        Returns
        -------
        loss : float
            The mean cross-entropy, without the penalty: that is of the weights, not of the data.
        accuracy : float
            The share that ``predict`` finds, 0 to 1.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the argument.
        """
        function = f"{type(self).__name__}.evaluate"
        check_sizes(function, batch_size=batch_size)
        check_numbers(function, "X", X)
        check_array_like(function, "y", y)
        X, y = np.asarray(X), np.asarray(y)
        check_examples(function, X, y)
        return accuracy.measured(function, self, X, y, batch_size=int(batch_size))

    def save(self, path: FilePath) -> None:
        """Write the network to a file from which ``load`` makes it again.

        The file holds the arguments of the constructor, the parameters and the running averages. It
        is a ``.npz`` without pickles, and appears whole or not at all.

        Parameters
        ----------
        path : str or path
            Of the file, under exactly this name; one that exists is replaced.

        Raises
        ------
        OSError
            It cannot be written.
        TypeError
            path is no path, or an argument of the network's class is of a kind that a file cannot
            hold.
        ValueError
            path is not that of a file.
        """
        network_files.save_network(self, path)

    @classmethod
    def load(cls, path: FilePath) -> Self:
        """The network in a file, without its training data.

        Parameters
        ----------
        path : str or path
            A file of ``save``, or a checkpoint of a Solver, of which the best parameters are taken.

        Returns
        -------
        Network
            Gives the same scores as the one that was saved. Its dropout draws new masks.

        Raises
        ------
        OSError
            The file cannot be opened.
        TypeError
            path is no path.
        ValueError
            It is cut short, damaged, or holds no network, or one of another class. ``Network.load``
            takes those of every class of the book.
        """
        return network_files.load_network(cls, path, None if cls is Network else name_in_files(cls))

    def _arguments(self):
        """What the constructor was given, with the names of its arguments; no seed."""
        args, kwargs = self._given
        bound = inspect.signature(type(self)).bind(*args, **kwargs)
        bound.apply_defaults()
        found = network_files.plain(bound.arguments)
        for name, parameter in inspect.signature(type(self)).parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                found |= found.pop(name)
        found.pop("seed", None)
        if "reg" in found:  # which may be changed afterwards
            found["reg"] = network_files.plain(self.reg)
        return found

    def summary(self) -> str:
        """A table of the layers: what each is, the shape of its output, and its parameters.

        Returns
        -------
        str
            To be printed.
        """
        return f"{type(self).__name__}\n{summary.table_of(self)}"

    def __repr__(self) -> str:
        if "params" not in self.__dict__:  # its arguments were refused
            return super().__repr__()
        told = {name: value for name, value in self._arguments().items() if value is not None}
        given = ", ".join(f"{name}={value!r}" for name, value in told.items())
        return f"<{type(self).__name__}({given}): {summary.count_of(self):,} parameters>"


# The classes of the book, by their names in files. Two are called TwoLayerNet.
CLASS_MODULES = {
    "TwoLayerNet": "fc_net",
    "FullyConnectedNet": "fc_net",
    "ThreeLayerConvNet": "cnn",
    "ConvNet": "convnet",
    "neural_net.TwoLayerNet": "neural_net",
}


def class_of(name: str) -> type | None:
    """The class of the book that has this name in files; None if there is none."""
    if name not in CLASS_MODULES:
        return None
    return getattr(import_module(f"nndl.{CLASS_MODULES[name]}"), name.rpartition(".")[2])


def name_in_files(cls: type) -> str:
    """The name of a network's class, with its module where another has the same."""
    longer = f"{cls.__module__.removeprefix('nndl.')}.{cls.__name__}"
    return longer if longer in CLASS_MODULES else cls.__name__
