"""The two losses, as the shared tests see them.

A loss gives its gradient at once. ``InTwoPasses`` shows it as a layer: the forward pass returns the
loss in an array of one entry, the backward pass multiplies dx by its upstream gradient.
"""

import numpy as np
from hypothesis import strategies as st

import nndl.fast.losses
import nndl.layers
from tests.layers import Layer
from tests.support.strategies import arrays_of, with_layout


class InTwoPasses:
    """A module of losses whose function ``f`` is the pair of layers ``f`` and ``f_backward``."""

    def __init__(self, module):
        self.module, self.__name__ = module, module.__name__

    def __getattr__(self, name):
        module = self.module
        if name.endswith("_backward"):
            loss = name.removesuffix("_backward")
            return lambda dout, cache: dout[0] * getattr(module, loss)(*cache)[1]
        if name.startswith(("svm_loss", "softmax_loss")):
            return lambda x, y: (np.array([getattr(module, name)(x, y)[0]]), (x, y))
        return getattr(module, name)


@st.composite
def scores(draw, dtypes, layouts):
    """Scores, labels of any integer dtype, and one upstream gradient; no margin close to 0."""
    N, C = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    arrays = draw(arrays_of({"x": (N, C), "dout": (1,)}, dtypes))
    labels = draw(st.lists(st.integers(0, C - 1), min_size=N, max_size=N))
    y = np.array(labels, draw(st.sampled_from((np.int64, np.int32, np.uint8))))
    x = arrays["x"]
    x *= draw(st.sampled_from((0.01, 1, 10)))
    lead = x - x[np.arange(N), y][:, None]
    x[np.abs(lead + 1) < 1e-3] += 0.01
    arrays["y"] = y
    return {name: with_layout(a, draw(st.sampled_from(layouts))) for name, a in arrays.items()}


def hinge_by_loops(x, y):
    """The definition: for every example, every wrong class that comes closer than 1."""
    losses = [
        max(0, row[j] - row[label] + 1)
        for row, label in zip(x, y, strict=True)
        for j in range(len(row))
        if j != label
    ]
    return np.array([sum(losses, start=0.0) / len(x)])


def entropy_by_pairs(x, y):
    """ln of the sum of exp(x_k - x_y): only differences of scores, and no shift."""
    right = np.take_along_axis(x, y[:, None].astype(int), axis=1)
    return np.array([np.log(np.exp(x - right).sum(axis=1)).mean()])


def torch_hinge(torch, x, y):
    y = torch.tensor(y.astype(np.int64))
    return torch.nn.functional.multi_margin_loss(x, y).reshape(1) * x.shape[1]


def torch_entropy(torch, x, y):
    return torch.nn.functional.cross_entropy(x, torch.tensor(y.astype(np.int64))).reshape(1)


HINGES = (nndl.layers, "svm_loss"), (nndl.fast.losses, "svm_loss_fast")
ENTROPIES = (nndl.layers, "softmax_loss"), (nndl.fast.losses, "softmax_loss_fast")


def shifts_change_nothing(losses):
    """A number added to all scores of an example changes neither loss nor gradient."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 5)), rng.integers(5, size=7)
    shifted = x + 1e4 * rng.normal(size=(7, 1))
    for module, name in losses:
        (loss, dx), (loss_shifted, dx_shifted) = (getattr(module, name)(z, y) for z in (x, shifted))
        assert abs(loss - loss_shifted) < 1e-9
        assert np.abs(dx - dx_shifted).max() < 1e-9
        assert np.abs(dx.sum(axis=1)).max() < 1e-15


def hinge_sees_differences_only():
    shifts_change_nothing(HINGES)


def entropy_sees_differences_only():
    shifts_change_nothing(ENTROPIES)


def entropy_of_extreme_scores():
    """Losses that are known exactly, where a direct formula gives infinity or NaN."""
    cases = [  # scores, labels, loss, dx
        ([[1e4, -1e4]], [0], 0, [[0, 0]]),
        ([[1e4, -1e4]], [1], 2e4, [[1, -1]]),
        ([[-1e4, 1e4]], [0], 2e4, [[-1, 1]]),
        ([[-1e4, -1e4]], [1], np.log(2), [[0.5, -0.5]]),
        ([[1e4, 1e4], [-3.0, -3.0]], [0, 0], np.log(2), [[-0.25, 0.25]] * 2),
        ([[1e4, 0.0], [0.0, -1e4]], [1, 1], 1e4, [[0.5, -0.5]] * 2),
    ]
    for dtype in (np.float32, np.float64):
        for x, y, loss, dx in cases:
            for module, name in ENTROPIES:
                ours, ours_dx = getattr(module, name)(np.array(x, dtype), np.array(y))
                np.testing.assert_allclose(ours, loss, rtol=1e-6)
                np.testing.assert_allclose(ours_dx, dx, atol=1e-6)


def layer(name, reference, torch, extra):
    """A loss as a layer of two passes."""
    naive, fast = InTwoPasses(nndl.layers), InTwoPasses(nndl.fast.losses)
    return Layer(
        name=name,
        naive=(naive, name, f"{name}_backward"),
        fast=(fast, f"{name}_fast", f"{name}_fast_backward"),
        inputs=("x",),
        arguments=scores,
        reference=reference,
        torch=torch,
        extra=extra,
    )


LAYERS = [
    layer("svm_loss", hinge_by_loops, torch_hinge, (hinge_sees_differences_only,)),
    layer(
        "softmax_loss",
        entropy_by_pairs,
        torch_entropy,
        (entropy_sees_differences_only, entropy_of_extreme_scores),
    ),
]
