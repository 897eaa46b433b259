"""Every layer as the shared tests see it, and the checks that each of them must pass.

A module here describes the layers of a chapter: ``LAYERS``. What is no layer but has mistakes in
the catalogue (networks, the gradient checker) gives ``CHECKS``: a name of ``nndl`` -> a function
without arguments that fails when something is wrong. ``tests/test_layers.py`` runs all of them;
``tests/test_mutations.py`` runs those that cover a function with a bug planted in it.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import numpy as np

from tests.support.oracles import assert_close, gradients_of


@dataclass(frozen=True)
class Layer:
    """A layer, its twins, and what it is compared with.

    ``arguments(dtypes, layouts)`` is a strategy for a dict of all arguments of the forward pass, by
    name, and ``dout``. Sizes differ, and no input lies within 1e-4 of a kink or a tie.
    """

    name: str
    naive: tuple[ModuleType, str, str]  # module, forward, backward
    fast: tuple[ModuleType, str, str] | None
    inputs: tuple[str, ...]  # the arguments that have gradients, in the order of the results
    arguments: Callable
    reference: Callable  # the forward pass, by independent means: (**arguments) -> out
    torch: Callable | None  # the same with tensors: (torch, **arguments) -> out
    exact: bool = False  # whether the fast twin is equal to the last bit
    extra: tuple[Callable, ...] = ()  # further properties: functions without arguments


def run(twin, arguments):
    """out and the gradients of one twin, computed from copies of the arguments."""
    module, forward, backward = twin
    arguments = copy.deepcopy(arguments)
    dout = arguments.pop("dout")
    out, cache = getattr(module, forward)(**arguments)
    grads = getattr(module, backward)(dout, cache)
    return out, grads if isinstance(grads, tuple) else (grads,)


def check_reference(layer, arguments):
    """The naive forward pass computes what the formula says."""
    given = {k: copy.deepcopy(v) for k, v in arguments.items() if k != "dout"}
    out, _ = run(layer.naive, arguments)
    assert_close(out, layer.reference(**given))


def numerical_gradients(layer, arguments):
    """The gradients of the formula, by differences, in the order of the layer's inputs."""
    rest = {k: v for k, v in arguments.items() if k not in (*layer.inputs, "dout")}

    def formula(*inputs):
        fresh = dict(zip(layer.inputs, inputs, strict=True)) | copy.deepcopy(rest)
        return layer.reference(**fresh)

    inputs = [arguments[name].copy() for name in layer.inputs]
    return gradients_of(formula, inputs, arguments["dout"])


def check_gradients(layer, arguments, numbers=None):
    """The naive backward pass is the numerical gradient of the formula, which may be known."""
    numbers = numerical_gradients(layer, arguments) if numbers is None else numbers
    _, grads = run(layer.naive, arguments)
    assert len(grads) == len(layer.inputs)
    for grad, number in zip(grads, numbers, strict=True):
        assert grad.shape == number.shape
        largest = max(1.0, np.abs(number).max(initial=0.0))
        assert np.abs(grad - number).max(initial=0.0) < 1e-6 * largest


def check_fast(layer, arguments):
    """The compiled twin equals the naive layer, keeps dtypes, and leaves its inputs alone."""
    dtype = arguments["x"].dtype
    kept = {k: copy.deepcopy(v) for k, v in arguments.items()}
    out, grads = run(layer.fast, arguments)
    exact = layer.exact
    wide = {k: v if exact or not isfloat(v) else v.astype(np.float64) for k, v in kept.items()}
    slow_out, slow_grads = run(layer.naive, wide)
    pairs = zip((out, *grads), (slow_out, *slow_grads), strict=True)
    for ours, theirs in pairs:
        if exact:
            np.testing.assert_array_equal(ours, theirs, strict=True)
        else:
            assert_close(ours, theirs, dtype)
    # Without copies: the arguments themselves, which may be read-only, strided or unaligned.
    module, forward, backward = layer.fast
    arrays = {k: v for k, v in arguments.items() if isinstance(v, np.ndarray) and k != "dout"}
    others = {k: copy.deepcopy(kept[k]) for k in kept if k not in arrays and k != "dout"}
    _, cache = getattr(module, forward)(**arrays, **others)
    getattr(module, backward)(arguments["dout"], cache)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, kept[name])
    np.testing.assert_array_equal(arguments["dout"], kept["dout"])


def isfloat(value):
    """Whether ``value`` is an array of floating numbers."""
    return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)


def check_torch(layer, torch, arguments):
    """Both twins equal PyTorch's automatic gradient in float64."""
    dtype = arguments["x"].dtype

    def tensor(array, name):
        # Row by row: with the strides of channels last and one row, PyTorch's batch norm was wrong.
        rows = np.array(array, np.float64, order="C")
        return torch.tensor(rows, requires_grad=name in layer.inputs)

    theirs = {k: tensor(v, k) if isfloat(v) else v for k, v in copy.deepcopy(arguments).items()}
    dout = theirs.pop("dout")
    expected = layer.torch(torch, **theirs)
    expected.backward(dout)
    for twin in filter(None, (layer.naive, layer.fast)):
        out, grads = run(twin, arguments)
        assert_close(out, expected.detach().numpy(), dtype)
        for grad, name in zip(grads, layer.inputs, strict=True):
            assert_close(grad, theirs[name].grad.numpy(), dtype)


_FOUND = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
LAYERS = {layer.name: layer for module in _FOUND for layer in getattr(module, "LAYERS", ())}
CHECKS = {name: c for module in _FOUND for name, c in getattr(module, "CHECKS", {}).items()}
