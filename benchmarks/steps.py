"""How long does a training step take: forward, backward and Adam, on one batch of images?"""

from dataclasses import dataclass

import numpy as np

from benchmarks.layers import DTYPES, PYTORCH, full, name_of, numbers
from benchmarks.networks import CLASSES, NETWORKS, SHAPE
from benchmarks.record import STEP
from benchmarks.rows import must_agree, same_on_one_thread
from benchmarks.side_by_side import summary, take_turns
from nndl.cnn import ThreeLayerConvNet
from nndl.convnet import ConvNet
from nndl.fast.optim import adam_fast

TOLERANCE = {"loss": 1e-5, "all": 1e-9}  # of a loss in float32; of all results in float64


@dataclass
class Ours:
    """A network of nndl, and Adam's averages for each parameter."""

    name: str
    dtype: str

    def __post_init__(self):
        if self.name == "deep":
            self.model = ConvNet(NETWORKS["deep"], dtype=self.dtype, seed=0)
        else:
            norm = "batch norm" in self.name
            self.model = ThreeLayerConvNet(dtype=self.dtype, use_batchnorm=norm, seed=0)
        self.params, self.configs = self.model.params, dict.fromkeys(self.model.params)

    def step(self, X, y):
        """A step on images X with labels y, as the Solver makes it; the loss before it."""
        loss, grads = self.model.loss(X, y)
        for name, config in self.configs.items():
            self.params[name], self.configs[name] = adam_fast(
                self.params[name], grads[name], config
            )
        return loss


def batch(dtype, shape=SHAPE):
    """Images and labels, drawn."""
    rng, sizes = np.random.default_rng(0), full(numbers(shape)[0])
    return rng.standard_normal(sizes).astype(dtype), rng.integers(0, CLASSES, sizes[0])


def row_of(name, dtype):
    """What names a row: its key in the record."""
    return {"layer": name, "direction": STEP, "shape": SHAPE, "dtype": dtype, "against": PYTORCH}


def rows_wanted(wanted=lambda row: True):
    """The rows of all networks, in the order of the table."""
    rows = [row_of(name, dtype) for name in NETWORKS for dtype in DTYPES]
    return [row for row in rows if wanted(row)]


def measure(row, rounds, threads, shape=SHAPE):
    """The row with what was measured: both times, and their ratio."""
    from benchmarks.pytorch_steps import Theirs

    name, dtype = row["layer"], row["dtype"]
    must_step_alike(row, Theirs, shape)
    X, y = batch(dtype, shape)
    ours = Ours(name, dtype)
    theirs, given = Theirs(name, ours.params, dtype), Theirs.tensors(X, y)
    row = row | {"same_on_one_thread": same_on_one_thread(lambda: first_step(row, X, y), threads)}
    pair = {"nndl": lambda: ours.step(X, y), PYTORCH: lambda: theirs.step(*given)}
    for call in pair.values():
        call()
    return row | summary(take_turns(pair, rounds), "nndl", PYTORCH)


def first_step(row, X, y):
    """The loss of a new network of nndl, and its parameters after one step."""
    ours = Ours(row["layer"], row["dtype"])
    return ours.step(X, y), *ours.params.values()


def must_step_alike(row, Theirs, shape=SHAPE):
    """Raise ``ValueError`` where a step from the same weights is not the same.

    In float64 it is compared by the loss and by all weights after it. In float32 a sign that
    rounding turned would be a whole step of Adam: there the loss stands for all. And a bias before
    batch norm has no gradient but what rounding leaves of it: it is not compared.
    """
    name = name_of(row)
    for dtype in dict.fromkeys(("float64", row["dtype"])):
        X, y = batch(dtype, shape)
        ours = Ours(row["layer"], dtype)
        theirs = Theirs(row["layer"], ours.params, dtype)
        losses = ours.step(X, y), theirs.step(*Theirs.tensors(X, y))
        must_agree(f"{name}, loss", *losses, TOLERANCE["all" if dtype == "float64" else "loss"])
        if dtype == "float64":
            weights, found = theirs.arrays(), ours.params
            for key in (key for key in found if f"gamma{key.removeprefix('b')}" not in found):
                must_agree(f"{name}, {key}", found[key], weights[key], TOLERANCE["all"])
