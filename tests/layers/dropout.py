"""Dropout, as the shared tests see it."""

import numpy as np
from hypothesis import strategies as st

import nndl.fast.dropout
import nndl.layers
from tests.layers import Layer
from tests.support.strategies import arrays_of


@st.composite
def dropouts(draw, dtypes, layouts):
    """Arguments of dropout: any shape, both modes, a seed or a generator."""
    shape = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    arrays = draw(arrays_of({"x": shape, "dout": shape}, dtypes, layouts))
    param = {"p": draw(st.floats(0.05, 1)), "mode": draw(st.sampled_from(["train", "test"]))}
    seed = draw(st.integers(0, 2**32 - 1))
    if draw(st.booleans()):
        param["seed"] = seed
    else:
        bits = draw(st.sampled_from([np.random.PCG64, np.random.MT19937, np.random.Philox]))
        param["rng"] = np.random.Generator(bits(seed))
    return arrays | {"dropout_param": param}


def kept_entries(x, dropout_param):
    """Which entries are kept: one comparison for each, in row-major order."""
    rng = dropout_param.get("rng")
    if rng is None:
        rng = np.random.Generator(np.random.PCG64(dropout_param["seed"]))
    count = int(np.prod(x.shape))
    kept = np.array([rng.random() < dropout_param["p"] for _ in range(count)], bool)
    return kept.reshape(tuple(x.shape))


def kept_or_zero(x, dropout_param):
    """Dropout as a choice for each entry: x / p or 0."""
    if dropout_param["mode"] == "test":
        return x.copy()
    return np.where(kept_entries(x, dropout_param), x / dropout_param["p"], 0)


def torch_dropout(torch, x, dropout_param):
    if dropout_param["mode"] == "test":
        return x * 1
    kept = torch.tensor(kept_entries(x, dropout_param))
    return torch.where(kept, x / dropout_param["p"], torch.zeros_like(x))


def the_mean_stays_and_the_variance_grows():
    """Over many draws: mean x, variance (1 - p) / p x^2, and 1 - p of the entries are zero."""
    x = np.broadcast_to([1.0, -3.0], (20_000, 2))
    for module, name in TWINS:
        for p in (0.3, 0.75):
            param = {"p": p, "mode": "train", "rng": np.random.default_rng(0)}
            out, _ = getattr(module, name)(x, param)
            deviation = np.sqrt((1 - p) / p)
            assert np.abs(out.mean(axis=0) / x[0] - 1).max() < 5 * deviation / np.sqrt(len(x))
            assert np.abs(out.std(axis=0) / np.abs(x[0]) / deviation - 1).max() < 0.02
            assert np.abs((out == 0).mean(axis=0) - (1 - p)).max() < 0.01


def the_entries_are_independent():
    """No row or column shares its coins with another."""
    for module, name in TWINS:
        out, _ = getattr(module, name)(np.ones((64, 64)), {"p": 0.5, "mode": "train", "seed": 1})
        assert len(np.unique(out, axis=0)) == len(np.unique(out, axis=1).T) == 64


TWINS = ((nndl.layers, "dropout_forward"), (nndl.fast.dropout, "dropout_forward_fast"))
LAYERS = [
    Layer(
        name="dropout",
        naive=(nndl.layers, "dropout_forward", "dropout_backward"),
        fast=(nndl.fast.dropout, "dropout_forward_fast", "dropout_backward_fast"),
        inputs=("x",),
        arguments=dropouts,
        reference=kept_or_zero,
        torch=torch_dropout,
        exact=True,
        extra=(the_mean_stays_and_the_variance_grows, the_entries_are_independent),
    )
]
