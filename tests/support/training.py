"""Small data and models for the tests of the Solver."""

import numpy as np

from nndl.fc_net import FullyConnectedNet


def tiny_data(N=50, D=6, C=3, seed=0):
    """Examples scattered about the centers of C classes, as the Solver takes them."""
    rng = np.random.default_rng(seed)
    centers, data = rng.normal(size=(C, D)), {}
    for part, count in (("train", N), ("val", 20)):
        y = rng.integers(C, size=count)
        X = centers[y] + 0.5 * rng.normal(size=(count, D))
        data |= {f"X_{part}": X.astype(np.float32), f"y_{part}": y}
    return data


def tiny_net(D=6, C=3, **options):
    """A network with all that has a state: batch norm, dropout with a generator, parameters."""
    known = {"use_batchnorm": True, "dropout": 0.8, "weight_scale": 0.3, "reg": 0.01}
    known["seed"] = np.random.default_rng(1)
    return FullyConnectedNet([8, 7], input_dim=D, num_classes=C, **(known | options))


def jitter(X, rng):
    """An augmentation."""
    return X + rng.normal(scale=0.1, size=X.shape).astype(X.dtype)


def outcome(solver):
    """All that a run leads to, in bytes: two runs are the same if and only if these are equal."""
    model = solver.model
    arrays = {
        **{f"param {name}": array for name, array in model.params.items()},
        **{f"best {name}": array for name, array in solver.best_params.items()},
        **{
            f"average {k} {key}": bn[key]
            for k, bn in enumerate(model.bn_params)
            for key in ("running_mean", "running_var")
            if key in bn
        },
        **{
            f"optim {name} {key}": np.asarray(value)
            for name, config in solver.optim_configs.items()
            for key, value in config.items()
        },
        "loss": np.array(solver.loss_history),
        "train": np.array(solver.train_acc_history),
        "val": np.array(solver.val_acc_history),
        "numbers": np.array([solver.iteration, solver.epoch, solver.best_val_acc]),
    }
    rng = model.dropout_param.get("rng")
    state = repr(rng.bit_generator.state) if rng else None
    return {name: (array.dtype.str, array.tobytes()) for name, array in arrays.items()}, state


class Scripted:
    """A model whose losses and accuracies are given; its one parameter counts the steps.

    Parameters
    ----------
    losses : iterable
        What ``loss(X, y)`` returns, one after the other; an exception is raised. The last of them
        goes on for ever.
    accuracies : iterable of float
        What an accuracy check of validation data finds, one after the other.
    """

    def __init__(self, losses=(1.0,), accuracies=(0.0,)):
        self.params = {"w": np.zeros(1)}
        self.losses, self.accuracies = list(losses), list(accuracies)
        self.seen = []

    def loss(self, X, y=None):
        if y is None:
            return self.scores(X)
        self.seen.append(X[:, 0].astype(int))
        loss = self.losses.pop(0) if len(self.losses) > 1 else self.losses[0]
        if isinstance(loss, BaseException):
            raise loss
        return loss, {"w": np.array([-1.0])}

    def scores(self, X):
        """All labels are 1: so many examples get a score for it that the accuracy is the next."""
        share = 1.0
        if X[0, 0] < 0:  # the validation data
            share = self.accuracies.pop(0) if len(self.accuracies) > 1 else self.accuracies[0]
        right = np.arange(len(X)) < round(share * len(X))
        return np.stack([~right, right], axis=1).astype(float)

    @staticmethod
    def data(N=12):
        """Examples that are numbered from 0, and ten of validation data, numbered -1."""
        return {
            "X_train": np.arange(N, dtype=float)[:, None],
            "y_train": np.ones(N, int),
            "X_val": -np.ones((10, 1)),
            "y_val": np.ones(10, int),
        }


STEP = {"learning_rate": 1.0}  # with which the parameter of ``Scripted`` counts the steps
