"""What there is to practice: a case of arguments, and an exercise that is run on its cases.

An exercise names a function of this package, by which a reader's is judged, and says how such a
function is called (``play``) and what it is called with (``cases``). The modules in
``nndl/practice/layers`` describe them, one for each chapter or so.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import import_module
from typing import Any

Traits = Mapping[str, Any]  # what sets a case apart: {"stride": 2, "H = W": False}


@dataclass(frozen=True, eq=False)
class Case:
    """One call: its arguments in their order, and what sets it apart from the others."""

    name: str
    arguments: Mapping[str, Any]
    traits: Traits = field(default_factory=dict)
    told: bool = False  # whether a difference here is beyond what is asked, and only told

    @cached_property
    def single(self) -> bool:
        """Whether an array of it is float32."""
        return any(getattr(a, "dtype", None) == "float32" for a in self.arguments.values())

    @cached_property
    def size(self) -> int:
        """How many numbers its arrays have."""
        return sum(getattr(a, "size", 0) for a in self.arguments.values())


@dataclass(frozen=True)
class Variant:
    """Other arguments, as some courses have them, and what to say of a function made for them."""

    id: str
    cases: Callable[[], list[Case]]
    title: str
    convention: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """One function to write."""

    name: str
    function: str  # the one of this package, below nndl
    play: Callable  # how it is called: see nndl/practice/plays.py
    outputs: tuple[str, ...]  # what is compared
    cases: Callable[[], list[Case]]
    read: str  # the section that derives it
    equations: tuple[str, ...]  # for the second hint
    line: str  # the third hint: where to look, in words
    forward: str | None = None  # for a backward pass: this package's forward pass
    public: bool = False  # whether courses agree on what the cache is
    random: bool = False  # whether it draws numbers, so that no two runs are equal
    helpers: tuple[str, ...] = ()  # functions inside of it whose mistakes show here, too
    variant: Variant | None = None
    successive: bool = False  # whether each output of a case comes of the one before
    takes: str = ""  # an argument that tells it from another exercise of the same name

    def reference(self) -> Callable[..., Any]:
        """The function of this package."""
        return _found(self.function)

    def reference_forward(self) -> Callable[..., Any] | None:
        """The forward pass of this package that belongs to it, if it is a backward pass."""
        return None if self.forward is None else _found(self.forward)

    @property
    def forward_name(self) -> str:
        """The exercise of the forward pass, if it is a backward pass."""
        return "" if self.forward is None else exercise(self.forward.rpartition(".")[2]).name

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names under which readers write it: with and without ``_naive``."""
        short = self.function.rpartition(".")[2]
        return tuple(dict.fromkeys((self.name, short, f"{self.name}_naive")))


@cache
def varied(exercise: Exercise) -> Exercise | None:
    """The exercise with the arguments of its variant, if it has one."""
    if exercise.variant is None:
        return None
    return replace(exercise, cases=exercise.variant.cases, variant=None)


def _found(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    return getattr(import_module(f"nndl.{module}"), function)


MODULES = (
    "dense",
    "activations",
    "losses",
    "normalization",
    "convolution",
    "pooling",
    "spatial",
    "family",
    "rules",
    "cascades",
    "matrices",
    "networks",
    "first_network",
    "checkers",
    "beyond",
)


@cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by its name, in the order of the book."""
    found = [import_module(f"nndl.practice.layers.{module}") for module in MODULES]
    return {exercise.name: exercise for module in found for exercise in module.EXERCISES}


def exercise(name: str, function: Callable[..., Any] | None = None) -> Exercise:
    """The exercise of a name, with or without ``_naive``.

    Where two have it, the one that is meant by a ``function`` to be checked, or the first.

    Raises
    ------
    ValueError
        There is none; the message lists those that there are.
    """
    named = [found for found in exercises().values() if name in found.aliases]
    if function is not None and name not in exercises():
        named = [found for found in named if meant(found, function)] or named
    if named:
        return named[0]
    raise ValueError(f"practice: no exercise {name!r}; there are {', '.join(exercises())}")


def meant(exercise: Exercise, function: Callable[..., Any]) -> bool:
    """Whether a function, by its arguments, is for this exercise and no other of the same name."""
    named = set(exercise.aliases)
    others = {e.takes for e in exercises().values() if e is not exercise and named & {*e.aliases}}
    if not exercise.takes and not others - {""}:
        return True
    try:
        taken = set(inspect.signature(function).parameters)
    except Exception:  # the signature may be the reader's, too
        taken = set()
    return exercise.takes in taken if exercise.takes else not taken & others


def siblings(function: Callable[..., Any], name: str) -> Callable[..., Any] | None:
    """The reader's function called ``name`` beside ``function``, where both were defined.

    None if there is none, or it is one of this package.
    """
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    found = scope.get(name)
    if not callable(found) or str(getattr(found, "__module__", "")).startswith("nndl."):
        return None
    return found
