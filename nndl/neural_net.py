"""The first network of the course, from before its layers: two layers in one class.

It keeps its weights transposed, W1 (H, D) and W2 (C, H), and trains itself. ``nndl.fc_net`` has the
network that the rest of the course, and the book, build of layers.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nndl.checks.arguments import check_number, check_seed, check_sizes
from nndl.checks.model import check_examples
from nndl.internal.types import Array
from nndl.layers import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)
from nndl.model.network import Network

__all__ = ["TwoLayerNet"]


class TwoLayerNet(Network):
    """Affine - relu - affine - softmax, with a penalty and its own training loop.

    It answers, is measured, saved, loaded and shown as every network (``Network``). A loaded one
    has no seed.

    Parameters
    ----------
    input_size, hidden_size, output_size : int
        Numbers per example, D; hidden units, H; classes, C.
    std : float
        Standard deviation of the initial weights. Biases start at 0.
    seed : int or numpy.random.Generator, optional
        For the initial weights and the batches. Without it NumPy's global state decides both, as in
        the course: ``np.random.seed``.

    Attributes
    ----------
    params : dict
        W1 (H, D), b1 (H,), W2 (C, H) and b2 (C,), in float64.

    Raises
    ------
    TypeError, ValueError
        For arguments that make no network; the message names the argument.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        std: float = 1e-4,
        seed: int | np.random.Generator | None = None,
    ) -> None:
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        check_sizes("TwoLayerNet", **sizes)
        check_number("TwoLayerNet", "std", std)
        check_seed("TwoLayerNet", seed)
        std = float(std)
        self.rng = None if seed is None else np.random.default_rng(seed)
        rng = self.rng or np.random
        self.params = {
            "W1": rng.normal(scale=std, size=(hidden_size, input_size)),
            "b1": np.zeros(hidden_size),
            "W2": rng.normal(scale=std, size=(output_size, hidden_size)),
            "b2": np.zeros(output_size),
        }

    def loss(self, X: ArrayLike, y: ArrayLike | None = None, reg: float = 0.0) -> Any:
        """The scores, or with labels the loss and its gradients.

        Parameters
        ----------
        X : array_like, shape (N, d1, ..., dk)
            Examples, which are cast to float64 and flattened to (N, D).
        y : ndarray of int, shape (N,), optional
            Labels, 0 to C - 1.
        reg : float
            Strength of the penalty: half of it times the sum of the squares of both weights.

        Returns
        -------
        ndarray, shape (N, C), or (float, dict)
            Without y the scores; with y the loss, and the gradient of each parameter.

        Raises
        ------
        TypeError, ValueError
            For arguments that do not fit; the message names the layer and its argument.
        """
        X, y = self._prepared(X, y)
        check_number("TwoLayerNet.loss", "reg", reg)
        if y is None and len(X) > self.at_once:
            return self._in_batches(X)
        reg = float(reg)
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        z, first = affine_forward(X, W1.T, b1)
        hidden, relu_cache = relu_forward(z)
        scores, second = affine_forward(hidden, W2.T, b2)
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        dhidden, dW2, db2 = affine_backward(dscores, second)
        _, dW1, db1 = affine_backward(relu_backward(dhidden, relu_cache), first)
        loss += 0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))
        return loss, {"W1": dW1.T + reg * W1, "b1": db1, "W2": dW2.T + reg * W2, "b2": db2}

    def train(
        self,
        X: Array,
        y: Array,
        X_val: Array,
        y_val: Array,
        learning_rate: float = 1e-3,
        learning_rate_decay: float = 0.95,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> dict[str, list[float]]:
        """Train by stochastic gradient descent, on batches drawn with replacement.

        Parameters
        ----------
        X, y : ndarray
            Examples (N, ...) and labels (N,) to train on.
        X_val, y_val : ndarray
            Examples and labels to measure on.
        learning_rate, learning_rate_decay : float
            The size of a step, and its factor after each epoch.
        reg : float
            Strength of the penalty.
        num_iters, batch_size : int
            Steps, and examples to a step.
        verbose : bool
            Whether to print the loss at every hundredth step.

        Returns
        -------
        dict
            ``loss_history``, of each step; ``train_acc_history``, on the batch, and
            ``val_acc_history``, of each epoch.

        Raises
        ------
        FloatingPointError
            The loss became NaN or infinite.
        TypeError, ValueError
            For arguments that do not fit.
        """
        function = "TwoLayerNet.train"
        check_examples(function, X, y)
        check_examples(function, X_val, y_val, ("X_val", "y_val"))
        for name, labels in (("y", y), ("y_val", y_val)):
            if labels.max() >= len(self.params["b2"]):
                classes = f"the network has {len(self.params['b2'])} classes, from 0 on"
                raise ValueError(f"{function}: {name} has a label {labels.max()}, but {classes}")
        check_sizes(function, num_iters=num_iters, batch_size=batch_size)
        check_number(function, "learning_rate", learning_rate)
        check_number(function, "learning_rate_decay", learning_rate_decay)
        check_number(function, "reg", reg)
        num_iters, batch_size = int(num_iters), int(batch_size)
        learning_rate, learning_rate_decay = float(learning_rate), float(learning_rate_decay)
        per_epoch, losses, train_acc, val_acc = max(len(X) // batch_size, 1), [], [], []
        for it in range(num_iters):
            rows = (self.rng or np.random).choice(len(X), batch_size)
            loss, grads = self.loss(X[rows], y[rows], reg)
            if not np.isfinite(loss):
                advice = f"learning_rate is {learning_rate:g} here: try a smaller one"
                raise FloatingPointError(f"{function}: the loss is {loss} at step {it}; {advice}")
            losses.append(loss)
            for name, grad in grads.items():
                self.params[name] -= learning_rate * grad
            if verbose and it % 100 == 0:
                print(f"iteration {it} / {num_iters}: loss {loss:f}")
            if it % per_epoch == 0:
                train_acc.append(np.mean(self.predict(X[rows]) == y[rows]))
                val_acc.append(np.mean(self.predict(X_val) == y_val))
                learning_rate *= learning_rate_decay
        return {
            "loss_history": losses,
            "train_acc_history": train_acc,
            "val_acc_history": val_acc,
        }
