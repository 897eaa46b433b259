"""A program: every compiled twin against its naive layer; prints the twins that it called.

``tests/test_hostile_ground.py`` runs it where numba compiles nothing.
"""

from functools import wraps
from importlib import import_module
from inspect import isfunction
from pkgutil import iter_modules

import numpy as np
from hypothesis import Phase, given, settings

import nndl.fast
from nndl import layers
from tests.layers import LAYERS, check_fast
from tests.layers.conv import every_way
from tests.layers.optimization import check_all_twins
from tests.layers.spatial_batchnorm import with_relu_in_the_same_loops_it_is_the_two_layers

called = set()


def counted(function):
    """``function``, noting that it was called."""

    @wraps(function)
    def noting(*arguments, **named):
        called.add(function.__name__)
        return function(*arguments, **named)

    return noting


def twins():
    """(module, name) of each function whose name ends in ``_fast``, where it is written."""
    for found in iter_modules(nndl.fast.__path__):
        if found.ispkg:
            continue
        module = import_module(f"nndl.fast.{found.name}")
        for name, value in vars(module).items():
            here = isfunction(value) and value.__module__ == module.__name__
            if here and name.endswith("_fast"):
                yield module, name


def check_affine():
    """The one twin that has no loop of its own."""
    from nndl.fast import affine

    x, w, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4), np.ones(4)
    out, cache = affine.affine_forward_fast(x, w, b)
    expected, naive_cache = layers.affine_forward(x, w, b)
    np.testing.assert_array_equal(out, expected)
    pairs = affine.affine_backward_fast(out, cache), layers.affine_backward(out, naive_cache)
    for ours, theirs in zip(*pairs, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def check_a_few(layer):
    """``check_fast`` on a few examples."""
    strategy = layer.arguments((np.float32, np.float64), ("C",))
    few = settings(max_examples=8, phases=(Phase.generate,), deadline=None, derandomize=True)
    few(given(strategy)(lambda arguments: check_fast(layer, arguments)))()


if __name__ == "__main__":
    found = list(twins())
    for module, name in found:
        setattr(module, name, counted(getattr(module, name)))
    for layer in LAYERS.values():
        if layer.fast:
            check_a_few(layer)
    for check in (
        check_affine,
        check_all_twins,
        with_relu_in_the_same_loops_it_is_the_two_layers,
        every_way,  # Winograd's products, too
    ):
        check()
    print(*sorted({name for _, name in found} - called))
    print(len(called))
