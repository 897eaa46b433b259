"""How many trials run for how long: the brackets of random search, halving and Hyperband.

A bracket is a ladder of rungs, each with a number of trials and of epochs: the best of a rung,
``1 / eta`` of them, go on to the next. Li et al., "Hyperband" (JMLR 18, 2018), algorithm 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

METHODS = ("hyperband", "halving", "random")


@dataclass(frozen=True)
class Bracket:
    """A ladder.

    Attributes
    ----------
    number : int
        How often a trial of it is judged before its last epochs; "s" in Li et al.
    first : int
        The number of its first trial; the others follow.
    rungs : tuple of (int, int)
        How many trials train until how many epochs, counted from the start.
    """

    number: int
    first: int
    rungs: tuple[tuple[int, int], ...]

    @property
    def trials(self) -> range:
        """The numbers of its trials."""
        return range(self.first, self.first + self.rungs[0][0])


def brackets(method: str, trials: int | None, epochs: int, least: int, eta: int) -> list[Bracket]:
    """The brackets of a search.

    Parameters
    ----------
    method : str
        "hyperband", "halving", one bracket, or "random", one rung.
    trials : int or None
        Of halving and random search. Hyperband's number follows from the rest.
    epochs, least : int
        The epochs of the last rung, and the fewest of a first one.
    eta : int
        One of so many goes on.
    """
    if method == "random":
        return [Bracket(0, 0, ((trials or 0, epochs),))]
    most = 0
    while least * eta ** (most + 1) <= epochs:
        most += 1
    if method == "halving":
        return [Bracket(most, 0, _rungs(trials or 0, most, epochs, eta))]
    found, first = [], 0
    for s in range(most, -1, -1):
        count = -(-(most + 1) * eta**s // (s + 1))  # rounded up
        found.append(Bracket(s, first, _rungs(count, s, epochs, eta)))
        first += count
    return found


def _rungs(count: int, s: int, epochs: int, eta: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(count // eta**i, 1), epochs // eta ** (s - i)) for i in range(s + 1))


def promoted(values: Mapping[int, float | None], count: int, by: str) -> list[int]:
    """The trials that go on: the ``count`` best, and of equal ones those of lower numbers.

    Parameters
    ----------
    values : dict
        What each trial of a rung reached; None where it failed, and then it does not go on.
    count : int
        The size of the next rung.
    by : str
        "val_acc", which is to be high, or "val_loss", low.
    """
    return sorted(ranked({k: v for k, v in values.items() if v is not None}, by)[:count])


def ranked(values: Mapping[int, float], by: str) -> list[int]:
    """Trials from the best on; equal ones by number."""
    sign = -1.0 if by == "val_acc" else 1.0
    return sorted(values, key=lambda number: (sign * values[number], number))


def total_epochs(plan: Sequence[Bracket]) -> int:
    """The epochs that are trained in all, if no trial fails."""
    found = 0
    for bracket in plan:
        before = 0
        for count, until in bracket.rungs:
            found += count * (until - before)
            before = until
    return found
