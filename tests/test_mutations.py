"""Every bug that can be planted is caught by the tests of its layer.

The bugs are the mistakes of the catalogue and those of mutants.toml, one at a time. Where one is
in a compiled twin, the twins run as the plain Python loops that they are made of: to compile each
bug would take minutes.
"""

import copy
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from nndl import mistakes, practice
from nndl.fast.kernels import intrinsics
from nndl.practice.exercises import exercises
from tests.layers import (
    CHECKS,
    LAYERS,
    check_fast,
    check_gradients,
    check_reference,
    numerical_gradients,
)

MUTANTS = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8"))


# Modules that the compiled twin of a layer uses, of another name than its own.
BEHIND = {
    "conv": tuple(
        f"fast.kernels.{name}"
        for name in ("frame", "direct", "direct_weights", "winograd", "winograd_weights")
    ),
    "batchnorm": ("fast.statistics.features", "fast.statistics.running_averages"),
    "spatial_batchnorm": ("fast.statistics.planes",),
}


@dataclass(frozen=True)
class Mutant(mistakes.Mistake):
    """A mistake without the texts that a reader needs."""

    title: str = ""
    cause: str = ""
    hint: str = ""
    read: str = ""


PLANTED = list(mistakes.load().values()) + [
    Mutant(id=f"{m['function']}-{k}", **m) for k, m in enumerate(MUTANTS["mutant"])
]


@cache
def examples(layer):
    """A few arguments of a layer, the same ones for each check and each bug."""
    strategy, drawn = layer.arguments((np.float64,), ("C",)), []
    few = settings(max_examples=25, phases=[Phase.generate], database=None, derandomize=True)
    few(given(strategy)(lambda arguments: drawn.append(arguments)))()
    return drawn


@cache
def generating(check, layer):
    """One of the shared checks for a layer; the same one whoever asks.

    What it compares with is computed here, once, while no bug is planted.
    """
    known = [()] * len(examples(layer))
    if check is check_gradients:
        known = [(numerical_gradients(layer, arguments),) for arguments in examples(layer)]

    def run():
        for arguments, numbers in zip(examples(layer), known, strict=True):
            check(layer, copy.deepcopy(arguments), *numbers)  # a bug may change its arguments

    return run


def checks_of(function):
    """The checks that cover ``function``, a dotted name below nndl."""
    module, _, name = function.rpartition(".")
    covering = []
    for layer in LAYERS.values():
        naive = (layer.naive[0].__name__ == f"nndl.{module}") and name in layer.naive[1:]
        fast = layer.fast and f"nndl.{module}".startswith(layer.fast[0].__name__)
        fast = fast or module in BEHIND.get(layer.name, ())
        if naive:
            covering.append(generating(check_reference, layer))
            covering.append(generating(check_gradients, layer))
        if fast:
            covering.append(generating(check_fast, layer))
        if naive or fast:
            covering.extend(layer.extra)
    covering.extend(check for prefix, check in CHECKS.items() if function.startswith(prefix))
    return covering


def practiced(planted, bug):
    """What the checks of the exercises say: they see what is in no value, such as a dtype."""
    for exercise in exercises().values():
        if planted.function == exercise.function:
            result = practice.check(exercise.name, bug)
            return result.cause + result.remarks
    return []


def interpret(loop, *_, **__):
    """``loop`` as ``compile_kernel`` would return it, but interpreted."""
    return lambda *arguments, work=None: loop(*arguments)


asked_once = cache(intrinsics.vector_bytes)  # by the plans, which are made anew for each bug


def interpret_twins(monkeypatch):
    """Let the compiled twins be the plain loops that they are made of."""
    asked = intrinsics.vector_bytes
    for name, module in list(sys.modules.items()):
        if not name.startswith("nndl.fast.") or name == "nndl.fast.runtime.jit":
            continue
        if hasattr(module, "compile_kernel"):
            monkeypatch.setattr(module, "compile_kernel", interpret)
        for function, value in list(vars(module).items()):
            if hasattr(value, "py_func"):  # a device function
                monkeypatch.setattr(module, function, value.py_func)
            if value is asked:
                monkeypatch.setattr(module, function, asked_once)
            if function.endswith("_plan") and hasattr(value, "__wrapped__"):
                monkeypatch.setattr(module, function, value.__wrapped__)  # not one made before


def function_names():
    return sorted({planted.function for planted in PLANTED})


@pytest.fixture(scope="module")
def passed():
    """The checks that have passed without a bug; most of them cover several functions."""
    return set()


@pytest.mark.parametrize("function", function_names())
def test_without_a_bug_the_checks_pass(function, monkeypatch, passed):
    checks, interpreted = checks_of(function), function.startswith("fast.")
    assert checks, f"nothing covers nndl.{function}"
    if interpreted:
        interpret_twins(monkeypatch)
    for check in checks:
        if (check, interpreted) not in passed:
            check()
            passed.add((check, interpreted))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.id)
def test_every_planted_bug_is_caught(planted, monkeypatch):
    checks = checks_of(planted.function)
    if planted.function.startswith("fast."):
        interpret_twins(monkeypatch)
    bug = planted.apply()
    # Compiled, as a device function is, it could fail to compile and seem to be caught.
    bug = getattr(bug, "py_func", bug)
    if planted.shows in ("dtype", "arguments") and practiced(planted, bug):
        return
    with mistakes.exchanged(getattr(planted.module, planted.name), bug):
        for check in checks:
            try:
                check()
            except (Exception, pytest.fail.Exception):
                return
    pytest.fail(f"nothing noticed this:\n{planted.diff()}")
