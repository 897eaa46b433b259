"""How functions are called: one play for each kind of function.

A play calls the function, and the forward pass before it where it is a backward pass, through a
``Watcher``, and returns what is to be compared, by name.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.copying import fresh
from nndl.practice.exercises import Case, Exercise
from nndl.practice.limits import SECONDS
from nndl.practice.remembering import as_bytes
from nndl.practice.watching import ENORMOUS, Observation, Stopped, Watcher, same


@dataclass(frozen=True)
class Parts:
    """The functions of one run: the one that is looked at, and its forward pass."""

    function: Callable[..., Any]
    forward: Callable[..., Any] | None = None


def observe(
    exercise: Exercise,
    case: Case,
    parts: Parts,
    twice: bool = False,
    trusted: bool = False,
    seconds: float = SECONDS,
) -> Observation:
    """Run a function on a case; one that is trusted runs without limits."""
    watcher = Watcher(twice, trusted, seconds)
    try:
        values = exercise.play(watcher, exercise, case, parts)
        watcher.seen.values = {k: numbers(watcher, k, v) for k, v in values.items()}
    except Stopped:
        watcher.seen.values = {}
    except Exception as error:  # what came back is not what it should be
        watcher.seen.values = {}
        watcher.seen.structure = f"what it returned cannot be used: {error}"
    return watcher.seen


def numbers(watcher: Watcher, name: str, value: Any) -> Array:
    """What came back as an array of real numbers."""
    if value is None:
        watcher.stop(f"{name} is None")
    try:
        array = np.asarray(value)
        if array.size > ENORMOUS:
            watcher.stop(f"{name} has shape {array.shape}, far more numbers than expected")
        if array.dtype.kind == "c":
            watcher.stop(f"{name} is complex, expected an array of numbers")
        if array.dtype.kind not in "biuf":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        watcher.stop(f"{name} is a {type(value).__name__}, expected an array of numbers")
    return array


def taken_apart(watcher: Watcher, returned: Any, names: tuple[str, ...]) -> list[Any]:
    """The parts of what a function returned; the case ends if they are not as many."""
    if len(names) == 1:
        return [returned]
    wanted = f"expected {len(names)}: {', '.join(names)}"
    if not isinstance(returned, tuple | list):
        kind = "nothing" if returned is None else f"one {type(returned).__name__}"
        watcher.stop(f"it returned {kind}, {wanted}")
    if len(returned) != len(names):
        watcher.stop(f"it returned {len(returned)} values, {wanted}")
    return list(returned)


def forward(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``out, cache = f(...)``: out is compared."""
    arguments = fresh(dict(case.arguments))
    returned = watcher.call(parts.function, arguments, free=("bn_param",))
    out, _ = taken_apart(watcher, returned, ("out", "cache"))
    given, after = (one.get("bn_param", {}) for one in (case.arguments, arguments))
    if "mode" not in given:  # whoever has modes keeps running averages there
        watcher.seen.wrote = tuple(
            k for k in after if k not in given or not same(after[k], given[k])
        )
    return {"out": out}


def results(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``a, b, ... = f(...)``: all of it is compared."""
    found = watcher.call(parts.function, fresh(dict(case.arguments)))
    return dict(zip(exercise.outputs, taken_apart(watcher, found, exercise.outputs), strict=True))


def backward(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``out, cache = forward(...)``, then ``dx, ... = f(dout, cache)``: gradients are compared."""
    ours = parts.forward is exercise.reference_forward()
    if watcher.trusted and ours and not exercise.helpers:  # the same again and again
        kept = fresh(once(exercise, case)[1])
    else:
        _, kept = cached(watcher, case, parts)
    given = {"dout": upstream(exercise, case).copy(), "cache": kept}
    if watcher.trusted and not ours and unharmed(exercise, case, parts.function, kept):
        return fresh(gradients(exercise, case))
    returned = watcher.call(parts.function, given)
    return dict(
        zip(exercise.outputs, taken_apart(watcher, returned, exercise.outputs), strict=True)
    )


def cached(watcher: Watcher, case: Case, parts: Parts) -> tuple[Any, Any]:
    """What the forward pass returns."""
    assert parts.forward is not None
    arguments = fresh(dict(case.arguments))
    returned = watcher.call(parts.forward, arguments, where="the forward pass", quiet=True)
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        watcher.stop("the forward pass did not return out and cache")
    return tuple(returned)  # type: ignore[return-value]


@cache
def once(exercise: Exercise, case: Case) -> tuple[Array, Any]:
    """What the forward pass of this package gives on a case: out and its cache."""
    reference = exercise.reference_forward()
    assert reference is not None
    return reference(*fresh(dict(case.arguments)).values())


def unharmed(exercise: Exercise, case: Case, function: Callable[..., Any], kept: Any) -> bool:
    """Whether this is the right way back, with the cache of the right forward pass."""
    if exercise.helpers or exercise.random or function is not exercise.reference():
        return False
    right = right_cache(exercise, case)
    return right is not None and as_bytes(kept) == right


@cache
def right_cache(exercise: Exercise, case: Case) -> bytes | None:
    """The cache of the right forward pass, to be compared."""
    return as_bytes(once(exercise, case)[1])


@cache
def gradients(exercise: Exercise, case: Case) -> dict[str, Any]:
    """What this package's function gives on a case."""
    given = upstream(exercise, case).copy(), fresh(once(exercise, case)[1])
    returned = exercise.reference()(*given)
    returned = returned if len(exercise.outputs) > 1 else (returned,)
    return dict(zip(exercise.outputs, returned, strict=True))


@cache
def upstream(exercise: Exercise, case: Case) -> Array:
    """A gradient in the shape of the output, the same at every call."""
    out, _ = once(exercise, case)
    rng = np.random.default_rng(len(case.name) + out.size)
    whole = rng.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], out.shape)
    dout = whole if case.traits.get("by hand") else whole + np.round(rng.random(out.shape), 2) / 2
    return dout.astype(out.dtype)


def normalize(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``out, cache = f(x, gamma, beta, bn_param)``, which writes averages into ``bn_param``."""
    arguments = fresh(dict(case.arguments))
    twice, watcher.twice = watcher.twice, False  # the averages of a second call differ
    returned = watcher.call(parts.function, arguments, free=("bn_param",))
    out, _ = taken_apart(watcher, returned, ("out", "cache"))
    # Copies: whoever updates the averages in place goes on doing so in the calls below.
    found = {name: copy.deepcopy(arguments["bn_param"].get(name)) for name in exercise.outputs[1:]}
    if missing := [name for name, value in found.items() if value is None]:
        watcher.stop(f"bn_param has no {' and no '.join(missing)} afterwards")
    whole = all(np.shape(value) == case.arguments["gamma"].shape for value in found.values())
    if twice and whole and case.arguments["bn_param"]["mode"] == "train":
        again = fresh(dict(case.arguments))
        # What it wrote, it has to be able to read.
        again["bn_param"] |= copy.deepcopy(found)
        watcher.call(parts.function, again, free=("bn_param",), where="it, on the second batch")
        again["bn_param"]["mode"] = "test"
        watcher.call(parts.function, again, free=("bn_param",), where="it, in the test afterwards")
    return {"out": out, **found}
