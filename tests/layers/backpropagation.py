"""The moves and the scalar engine, as the mutation tests see them."""

import numpy as np

import nndl.autodiff
import nndl.moves
from tests.support.oracles import gradients_of

PLACES = np.array([2, 0, 2, 2])
# Arguments of each move: the arrays that have gradients first, then the others.
MOVES = {
    "add": (2, ()),
    "multiply": (2, ()),
    "maximum": (2, ()),
    "exp": (1, ()),
    "log": (1, ()),
    "sum_over": (1, (0,)),
    "broadcast": (1, (1, 5)),
    "mean_over": (1, (0,)),
    "index": (1, (PLACES,)),
    "scatter_add": (1, (np.array([1, 4, 1]), (6, 4))),
    "transpose": (1, ()),
    "reshape": (1, ((2, 6),)),
}


def called(name, arrays, others):
    """out and the gradients of one move, for an upstream gradient that is the same each time."""
    out, backward = getattr(nndl.moves, name)(*arrays, *others)
    dout = np.random.default_rng(1).normal(size=out.shape)
    grads = backward(dout)
    return out, dout, grads if isinstance(grads, tuple) else (grads,)


def check_moves():
    """Each way back is the numerical gradient of NumPy's own operation."""
    formulas = {
        "add": np.add,
        "multiply": np.multiply,
        "maximum": lambda a, b: (a + b + np.abs(a - b)) / 2,
        "exp": np.exp,
        "log": np.log,
        "sum_over": lambda x, axis: np.einsum("nd->d" if axis == 0 else "nd->n", x),
        "broadcast": lambda x, axis, size: np.stack([x] * size, axis),
        "mean_over": lambda x, axis: np.average(x, axis),
        "index": lambda x, k: np.eye(len(x))[k] @ x,
        "scatter_add": lambda x, k, shape: np.eye(shape[0])[k].T @ x,
        "transpose": lambda x: np.einsum("nd->dn", x),
        "reshape": lambda x, shape: np.array(x.ravel().tolist()).reshape(shape),
    }
    rng = np.random.default_rng(0)
    for name, (count, others) in MOVES.items():
        arrays = [rng.uniform(1, 2, size=(3, 4)) for _ in range(count)]
        out, dout, grads = called(name, arrays, others)
        formula = formulas[name]
        np.testing.assert_allclose(out, formula(*arrays, *others), rtol=1e-12, err_msg=name)
        right = gradients_of(lambda *a, f=formula, o=others: f(*a, *o), arrays, dout)
        for grad, number in zip(grads, right, strict=True):
            np.testing.assert_allclose(grad, number, rtol=1e-7, atol=1e-9, err_msg=name)


def check_autodiff():
    """A formula of all the operations, in which numbers are used on ways of different length."""

    def formula(x, w):
        z = x * w + x / (2 - w)
        parts = z + np.exp(z) * z - np.log(z * z + 1) + (1 - z) ** 3 + 1 / (2 + z**2)
        return np.sum(np.maximum(0, parts) * x) - 3 * np.max(x)

    values = [np.array([0.5, -1.0, 0.7]), np.array([1.5, 0.5, -0.5])]
    leaves = [nndl.autodiff.scalars(value) for value in values]
    loss = formula(*leaves)
    np.testing.assert_allclose(loss.value, formula(*values), rtol=1e-14)
    right = gradients_of(lambda *a: np.asarray(formula(*a)), values, np.ones(()))
    for grad, number in zip(nndl.autodiff.backpropagate(loss, *leaves), right, strict=True):
        np.testing.assert_allclose(grad, number, rtol=1e-7)


CHECKS = {"moves": check_moves, "autodiff": check_autodiff}
