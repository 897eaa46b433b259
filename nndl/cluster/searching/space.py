"""What is searched: a distribution for each setting, and the draws of a trial from its number."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nndl.checks.arguments import check_integer, check_number
from nndl.internal.update_rules import SETTINGS

RULES = tuple(dict.fromkeys(name for numbers in SETTINGS.values() for name in numbers))
SOLVERS = ("update_rule", "lr_decay", "schedule", "batch_size", "num_train_samples",
           "num_val_samples", "replacement", "augment", "shards")  # fmt: skip

OURS = ("num_epochs", "checkpoint_name", "keep", "print_every", "verbose", "cluster")


@dataclass(frozen=True)
class Uniform:
    """A number between two, each as likely.

    Parameters
    ----------
    low, high : float
        ``low < high``, and finite.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_interval("Uniform", self.low, self.high, -math.inf)

    def draw(self, rng: np.random.Generator) -> float:
        """One of them."""
        return min(max(float(rng.uniform(self.low, self.high)), self.low), self.high)


@dataclass(frozen=True)
class LogUniform:
    """A number between two whose logarithm is uniform: for what counts by its order of magnitude.

    Parameters
    ----------
    low, high : float
        ``0 < low < high``.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_interval("LogUniform", self.low, self.high, 0.0)
        if self.low == 0:
            raise ValueError("LogUniform: low is 0, expected above 0: its logarithm is drawn")

    def draw(self, rng: np.random.Generator) -> float:
        """One of them."""
        found = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(found, float(self.low)), float(self.high))


@dataclass(frozen=True)
class Integers:
    """An integer from ``low`` to ``high``, both included, each as likely.

    Parameters
    ----------
    low, high : int
        ``low < high``.
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            check_integer("Integers", name, getattr(self, name), least=-(2**62))
        _check_interval("Integers", self.low, self.high, -math.inf)

    def draw(self, rng: np.random.Generator) -> int:
        """One of them."""
        return int(rng.integers(self.low, self.high, endpoint=True))


@dataclass(frozen=True, init=False)
class Choice:
    """One of the values, each as likely.

    Parameters
    ----------
    *values
        Two or more: numbers, texts, functions, None.
    """

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        if len(values) < 2:
            raise ValueError(f"Choice: values are {values!r}, expected two or more")
        object.__setattr__(self, "values", values)

    def draw(self, rng: np.random.Generator) -> Any:
        """One of them."""
        return self.values[int(rng.integers(len(self.values)))]


@dataclass(frozen=True)
class Sampled:
    """A distribution from elsewhere, with ``rvs``: those of ``scipy.stats``."""

    given: Any

    def draw(self, rng: np.random.Generator) -> Any:
        """One number."""
        found = self.given.rvs(random_state=rng)
        return found.item() if hasattr(found, "item") else found

    def __repr__(self) -> str:
        made = getattr(self.given, "dist", None)
        name = getattr(made, "name", type(self.given).__name__)
        args, kwds = getattr(self.given, "args", ()), getattr(self.given, "kwds", {})
        return f"{name}{tuple(args)}{dict(kwds)}"


KINDS = (Uniform, LogUniform, Integers, Choice, Sampled)


def _check_interval(function: str, low: Any, high: Any, least: float) -> None:
    check_number(function, "low", low, least)
    check_number(function, "high", high, least)
    if not low < high:
        raise ValueError(f"{function}: high is {high!r}, expected above low, which is {low!r}")


def checked_space(space: Any) -> dict[str, Any]:
    """The space by name, in an order of its own; see ``search``.

    Raises
    ------
    TypeError, ValueError
        With the entry that cannot be searched.
    """
    if not isinstance(space, Mapping):
        raise TypeError(f"search: space is a {type(space).__name__}, expected a dict")
    found = {}
    for name in sorted(space, key=str):
        value = space[name]
        if not isinstance(name, str):
            raise TypeError(f"search: space has the key {name!r}, expected names")
        if name == "optim_config":
            raise ValueError(f"search: space has 'optim_config', expected its keys, as {RULES}")
        if name in OURS:
            raise ValueError(f"search: space has {name!r}, which the search sets; see epochs")
        if isinstance(value, list | set | np.ndarray):
            kind = type(value).__name__
            raise TypeError(
                f"search: space[{name!r}] is a {kind}, expected Choice(...), or one value"
            )
        found[name] = Sampled(value) if hasattr(value, "rvs") else value
    if not any(isinstance(value, KINDS) for value in found.values()):
        raise ValueError("search: space has no distribution, as LogUniform(1e-4, 1e-1)")
    return found


def settings_of(space: Mapping[str, Any], seed: int, number: int) -> dict[str, Any]:
    """The settings of a trial: of the search's seed and its number, and of nothing else.

    Each trial has its own ``SeedSequence``, a child of the search's, so that neither the number of
    trials nor their order changes what one draws.
    """
    draws, run = np.random.SeedSequence(seed, spawn_key=(number,)).spawn(2)
    rng = np.random.default_rng(draws)
    found = {
        name: value.draw(rng) if isinstance(value, KINDS) else value
        for name, value in space.items()
    }
    return {"seed": int(run.generate_state(1)[0])} | found


def split(
    settings: Mapping[str, Any], build: Callable[..., Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of ``build``, and those of the Solver.

    Numbers of update rules that this one does not have are left out, so that a space may have
    several rules.
    """
    rule = settings.get("update_rule", "sgd")
    config = {k: settings[k] for k in RULES if k in settings and k in SETTINGS.get(rule, RULES)}
    solver = {name: settings[name] for name in SOLVERS if name in settings}
    solver |= {"seed": settings["seed"], "optim_config": config}
    others = {k: v for k, v in settings.items() if k not in (*RULES, *SOLVERS, "seed")}
    if _takes_seed(build):
        others["seed"] = settings["seed"]
    return others, solver


def unused(settings: Mapping[str, Any], name: str) -> bool:
    """Whether a trial has no use for a setting: the number of another update rule."""
    rule = settings.get("update_rule", "sgd")
    return name in RULES and rule in SETTINGS and name not in SETTINGS[rule]


def _takes_seed(build: Callable[..., Any]) -> bool:
    try:
        known = inspect.signature(build).parameters
    except (TypeError, ValueError):  # one written in C
        return False
    return "seed" in known or any(one.kind is one.VAR_KEYWORD for one in known.values())
