"""How update rules, networks and gradient checkers are called: more than once for one answer."""

import copy
from functools import partial
from typing import Any

import numpy as np

from nndl.internal.types import Array
from nndl.practice.exercises import Case, Exercise
from nndl.practice.plays import Parts, taken_apart
from nndl.practice.watching import Stopped, Watcher

MANY = 20  # normal numbers of which it will not happen that all have one sign


def steps(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``w, config = f(w, dw, config)`` some times in a row; w may be changed in place."""
    w, config = case.arguments["w"].copy(), copy.deepcopy(case.arguments["config"])
    watcher.twice, found = False, {}
    for name, dw in case.arguments.items():
        if not name.startswith("dw"):
            continue
        given = {"w": w, "dw": dw.copy(), "config": config}
        returned = watcher.call(parts.function, given, free=("w", "config"))
        w, config = taken_apart(watcher, returned, ("next_w", "config"))
        found[f"w after {name.removeprefix('dw of ')}"] = np.array(w, copy=True)
        if isinstance(config, dict) and not watcher.seen.settings:
            numbers = {k: v for k, v in config.items() if isinstance(v, int | float)}
            watcher.seen.settings = numbers
        counted = config.get("t") if isinstance(config, dict) else None
        if isinstance(counted, int):
            watcher.seen.counts += (counted,)
    return found


def network(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """``net = F(...)``, then scores, loss and gradients, with the parameters of the case."""
    watcher.twice = False
    net = watcher.call(partial(parts.function, **case.arguments["made with"]), {})
    params = case.arguments["params"]
    if net is None:
        watcher.stop("it is None")
    if set(net.params) != set(params):
        watcher.stop(f"params has {', '.join(net.params)}, expected {', '.join(params)}")
    start = {name: np.array(net.params[name]) for name in params}
    for name, value in start.items():
        if value.shape != params[name].shape:
            watcher.stop(f"{name} has shape {value.shape}, expected {params[name].shape}")
    net.params.update(copy.deepcopy(params))
    X, y = case.arguments["X"], case.arguments["y"]
    if "trained with" in case.arguments:
        return trained(watcher, net, case)
    more = case.arguments.get("loss with", {})
    labeled = watcher.call(net.loss, {"X": X.copy(), "y": y.copy(), **more})
    loss, grads = copy.deepcopy(taken_apart(watcher, labeled, ("loss", "grads")))
    if set(grads) != set(params):
        watcher.stop(f"grads has {', '.join(grads)}, expected {', '.join(params)}")
    scores = watcher.call(net.loss, {"X": X.copy()})
    spread = [np.ptp(value) > 0 for name, value in start.items() if name.startswith("W")]
    many = [value for name, value in start.items() if name[0] == "W" and value.size >= MANY]
    zero = [not value.any() for name, value in start.items() if name[0] == "b"]
    found = {
        "weights differ at the start": np.array(float(all(spread))),
        "weights of both signs at the start": np.array(float(all(map(both_signs, many)))),
        "biases are 0 at the start": np.array(float(all(zero))),
        "scores": scores,
    }
    if not case.traits["dropout"]:  # masks differ
        found |= {"loss": loss, **{f"d{name}": grads[name] for name in params}}
    return found


def both_signs(array: Array) -> bool:
    """Whether some numbers are above 0 and some below, or all of them are the same."""
    return bool(array.min() < 0 < array.max() or np.ptp(array) == 0)


def trained(watcher: Watcher, net: Any, case: Case) -> dict[str, Any]:
    """``net.train(X, y, X_val, y_val, ...)``, then ``net.predict(X)``.

    Batches are drawn, and nobody knows which. Where all examples are one and the same, every batch
    is; where the learning rate is 0, nothing but the batches changes the loss.
    """
    X, y = case.arguments["X"], case.arguments["y"]
    given = {"X": X.copy(), "y": y.copy(), "X_val": X.copy(), "y_val": y.copy()}
    np.random.seed(0)  # noqa: NPY002 -- the template of the course draws so
    stats = watcher.call(net.train, given | dict(case.arguments["trained with"]))
    if not isinstance(stats, dict) or "loss_history" not in stats:
        watcher.stop("train returned no dictionary with a loss_history")
    losses = np.asarray(stats["loss_history"], np.float64)
    if case.arguments["trained with"]["learning_rate"] == 0:
        return {"batches_differ": np.array(float(np.ptp(losses) > 0))}
    found = {
        "loss_history": losses,
        **{f"trained_{k}": net.params[k] for k in sorted(net.params)},
    }
    return found | {"predictions": watcher.call(net.predict, {"X": X.copy()})}


def measured(watcher: Watcher, exercise: Exercise, case: Case, parts: Parts) -> dict[str, Any]:
    """One answer: a number or an array; NaN stands for a refusal where that is the right one."""
    try:
        answer = watcher.call(parts.function, copy.deepcopy(dict(case.arguments)))
    except Stopped:
        raised = watcher.seen.raised
        if case.traits["fit"] or raised is None or raised.kind not in ("ValueError", "TypeError"):
            raise
        watcher.seen.raised, answer = None, np.nan
    return {exercise.outputs[0]: answer}
