"""The reader's forward pass beside a backward pass: where it is wrong, and what to say of it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from nndl.practice.comparing import bound_of, difference, expectations
from nndl.practice.exercises import Exercise, siblings
from nndl.practice.limits import SECONDS
from nndl.practice.plays import Parts, cached, numbers, once
from nndl.practice.watching import Observation, Stopped, Watcher


@dataclass(frozen=True)
class Beside:
    """What a forward pass does wrong, by the number of the case."""

    wrong: dict[int, str]
    runs: bool = True  # whether it ends without an exception on any case
    used: bool = True  # whether the cache was its own, or that of this package's function

    @property
    def written(self) -> bool:
        """Whether it does something else than to say that it is missing."""
        return self.runs or not all(
            w.startswith("NotImplementedError") for w in self.wrong.values()
        )

    @property
    def right(self) -> bool:
        """Whether its output is right wherever the way back starts."""
        return not self.wrong


def outputs(
    exercise: Exercise, own: Callable[..., Any], seconds: float = SECONDS
) -> list[Observation]:
    """What the reader's forward pass gives on every case."""
    found = []
    for case, _ in expectations(exercise):
        watcher = Watcher(False, seconds=seconds)
        try:
            out, _ = cached(watcher, case, Parts(own, own))
            watcher.seen.values = {"out": numbers(watcher, "out", out)}
        except Stopped:
            watcher.seen.values = {}
        found.append(watcher.seen)
    return found


def judged(exercise: Exercise, seen: Sequence[Observation]) -> Beside:
    """Where the outputs are not those of this package's forward pass."""
    wrong, cases = {}, expectations(exercise)
    for k, ((case, _), one) in enumerate(zip(cases, seen, strict=True)):
        if case.told:
            continue
        if one.raised:
            line = f"  [line {one.raised.number}: {one.raised.line}]" if one.raised.line else ""
            wrong[k] = f"{one.raised.kind}: {one.raised.message}{line}"
        elif one.structure:
            wrong[k] = one.structure
        elif not exercise.random:
            if text := difference(once(exercise, case)[0], one.values["out"], bound_of(case)):
                wrong[k] = f"out: {text}"
        elif one.values["out"].shape != case.arguments["x"].shape:
            wrong[k] = f"out: shape {one.values['out'].shape}"
    return Beside(wrong, any(not one.raised for one in seen))


def in_words(beside: Beside | None, names: Sequence[str], failing: Collection[int]) -> str:
    """What to say of it below the diagnosis; nothing where it is right.

    Parameters
    ----------
    beside : Beside or None
        None where the reader has no forward pass.
    names : sequence of str
        Those of the cases.
    failing : collection of int
        The numbers of the cases on which the backward pass is wrong.
    """
    if beside is None or beside.right:
        return ""
    replaced = "" if beside.used else " The book's was used in its place."
    first = min(set(beside.wrong) & set(failing) or beside.wrong)
    alone = "" if failing else " This pass is right by itself."
    if not beside.written:
        return f"The forward pass beside it is not written yet.{replaced}{alone}"
    if not beside.runs:
        return f"The forward pass beside it does not run: {beside.wrong[first]}.{replaced}{alone}"
    both = set(beside.wrong) & set(failing)
    if both and beside.used:
        where = "these cases" if both >= set(failing) else f"{len(both)} of these cases"
        return (
            f"The forward pass beside it is wrong on {where}, too: check it first."
            f" On {names[first]!r} it gives {beside.wrong[first]}."
        )
    others = f"{len(beside.wrong)} of the {len(names)} cases" if len(beside.wrong) > 1 else (
        f"{names[first]!r} alone"
    )  # fmt: skip
    said = f" On {names[first]!r}:" if len(beside.wrong) > 1 else ":"
    dot = "." if len(beside.wrong) > 1 else ""
    return (
        f"The forward pass beside it is wrong on {others}{dot}{said} {beside.wrong[first]}."
        f"{replaced}{alone}"
    )


def own_forward(
    exercise: Exercise, function: Callable[..., Any], forward: Callable[..., Any] | None
) -> Callable[..., Any] | None:
    """The reader's forward pass, given or found beside the backward pass."""
    if forward is not None or exercise.forward is None:
        return forward
    names = [
        alias.replace("backward", "forward").removesuffix("_alt") for alias in exercise.aliases
    ]
    return next((found for name in names if (found := siblings(function, name))), None)
