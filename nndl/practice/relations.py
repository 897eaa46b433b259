"""What ties a wrong result to the right one, whatever function it is of: a sign, a factor, an axis.

The catalogue knows mistakes by their lines. These are known by their outcome: the right numbers
with the other sign, N times too large, transposed, in another shape, added up too far or not far
enough, in the place of another output. What holds on every case joins the candidates, behind those
of the catalogue.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations

import numpy as np

from nndl.internal.types import Array
from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate, Place, entries
from nndl.practice.clipping import clipped
from nndl.practice.comparing import bound_of, close, expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.masks import drawn_again, of_numbers
from nndl.practice.offsets import offsets
from nndl.practice.sizes import sized
from nndl.practice.watching import Observation
from nndl.practice.written_parts import written


def transposed(right: Array, mine: Array, bound: float) -> bool:
    """Two axes change places."""
    if right.ndim < 2 or right.ndim != mine.ndim:
        return False
    pairs = combinations(range(right.ndim), 2)
    return any(close(mine, np.swapaxes(right, a, b), bound) for a, b in pairs)


def reshaped(right: Array, mine: Array, bound: float) -> bool:
    """The same numbers in the same order."""
    same = right.size == mine.size and right.shape != mine.shape
    return same and close(mine.ravel(), right.ravel(), bound)


def sums_of(array: Array) -> Iterator[Array]:
    """The array, added up over some axes."""
    axes = range(array.ndim)
    for some in chain.from_iterable(combinations(axes, n + 1) for n in axes):
        yield array.sum(axis=some)


def unsummed(right: Array, mine: Array, bound: float) -> bool:
    """What adds up to the right result."""
    return mine.ndim > right.ndim and any(close(s, right, bound) for s in sums_of(mine))


def oversummed(right: Array, mine: Array, bound: float) -> bool:
    """The right result, added up further."""
    return mine.ndim < right.ndim and any(close(mine, s, bound) for s in sums_of(right))


def rounded(right: Array, mine: Array, bound: float) -> bool:
    """The whole numbers beside the right ones, or numbers in an array that holds no others."""
    if mine.shape != right.shape or (mine != np.trunc(mine)).any():
        return False
    cut = mine.dtype.kind in "iub" or (mine == np.trunc(right)).all()
    return bool(cut and mine.size > 1 and (np.abs(mine - right) <= 1).all())


def elsewhere(right: Array, mine: Array, bound: float) -> bool:
    """The same numbers in other places."""
    if mine.size != right.size or mine.size < 2:
        return False
    return close(np.sort(mine.ravel()), np.sort(right.ravel()), bound)


# Of the shape, where it is wrong: a name, a test, a title with a place for the output, and why.
SHAPES = (
    ("result-transposed", transposed, "{} is transposed",
     "The numbers are right; two axes have changed places."),
    ("result-reshaped", reshaped, "{} has another shape",
     "The numbers and their order are right; the shape is not."),
    ("result-elsewhere", elsewhere, "{} has the right numbers in other places",
     "What comes out is right; where it stands is not: an axis or an index goes another way."),
    ("result-not-summed", unsummed, "{} is not added up",
     "Added up over the axes that are too many, the numbers would be right."),
    ("result-rounded", rounded, "{} is rounded",
     "It is an array of integers, into which numbers are cut off."),
    ("result-nan", lambda right, mine, bound: mine.shape == right.shape
     and mine.dtype.kind == "f" and np.isnan(mine).all(), "{} is not a number",
     "0 is divided by 0, or an infinity is subtracted from another."),
    ("result-summed-too-far", oversummed, "{} is added up too far",
     "An axis that it should have is added up, too."),
)  # fmt: skip
# Of the size, where it is right as well: a name, the factor for N examples, a title, and why.
FACTORS: tuple[tuple[str, Callable[[int], float], str, str], ...] = (
    ("result-of-zeros", lambda N: 0.0, "{} stays 0",
     "It is allocated, and nothing is written into it."),
    ("result-negated", lambda N: -1.0, "{} has the wrong sign",
     "Every number is right but for its sign."),
    ("result-times-n", lambda N: float(N), "{} is N times too large",
     "A sum over the examples stands in place of their mean, or 1/N is forgotten."),
    ("result-over-n", lambda N: 1 / N, "{} is N times too small",
     "It is divided by the number of examples, and should not be."),
    ("result-doubled", lambda N: 2.0, "{} is twice too large",
     "A half is forgotten, or something is counted twice."),
    ("result-halved", lambda N: 0.5, "{} is half as large as it should be",
     "A factor of 2 is forgotten."),
)  # fmt: skip

UNWRITTEN = (
    "Look at the ranges of the loops, and at what stands inside of them: a return, an index."
)
CALLERS = "The array belongs to the caller, who goes on with other numbers: copy it first."
Seen = tuple[int, Case, Array, Array, float]  # a case's number, the right result, the one seen


def examples(case: Case) -> int:
    """N, the length of the first array."""
    return next((a.shape[0] for a in case.arguments.values() if getattr(a, "ndim", 0)), 1)


def outputs(exercise: Exercise, seen: Sequence[Observation]) -> dict[str, list[Seen]]:
    """Each output on the cases on which it came."""
    found: dict[str, list[Seen]] = {}
    for k, (case, right) in enumerate(expectations(exercise)[: len(seen)]):
        for name, value in right.values.items():
            if name in seen[k].values and not case.told:
                one = (k, case, value, seen[k].values[name], bound_of(case))
                found.setdefault(name, []).append(one)
    return found


def relations(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """What holds of an output on every case, as candidates."""
    found, every = [], outputs(exercise, seen)
    for name, both in every.items():
        wrong = [one for one in both if not close(one[3], one[2], one[4])]
        if not wrong:
            continue
        for id, test, *words in SHAPES:
            if all(test(*rest) for _, _, *rest in wrong):
                found.append(candidate(id, words, name, seen, wrong))
        for id, factor, *words in FACTORS:
            if all(close(m, factor(examples(c)) * r, bound) for _, c, r, m, bound in both):
                found.append(candidate(id, words, name, seen, wrong))
        for id, words, cases in offsets(name, both, wrong):
            found.append(pseudo(id, words, seen, {(k, name) for k, *_ in cases}))
    for name, part, cases in written(exercise, seen):
        words = f"{name} is written for {part}; the rest stays 0", UNWRITTEN
        found.append(pseudo("result-part", words, seen, {(k, name) for k in cases}))
    found += drawn_again(exercise, seen) + of_numbers(exercise, seen) + clipped(exercise, seen)
    return found + sized(exercise, seen) + exchanged(every, seen) + conduct(exercise, seen)


def conduct(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """What it does to its arguments, and from one call to the next."""
    found = []
    changed = [k for k, one in enumerate(seen) if one.changed]
    if changed:
        places = frozenset((k, "arguments") for k in changed)
        known = [m for m in entries(exercise) if m.shows == "arguments"]
        names = ", ".join(dict.fromkeys(name for k in changed for name in seen[k].changed))
        words = f"It writes into its argument {names}", CALLERS
        generic = pseudo("changes-argument", words, seen, set(places))
        own = [m for m in known if m.function == exercise.function and names in m.cause + m.title]
        found.append(Candidate((own[0],), tuple(seen), places) if own else generic)
    again = [k for k, one in enumerate(seen) if not one.again and not one.changed]
    if again:
        words = "It remembers earlier calls", "A second call with the same arguments differs."
        found.append(pseudo("remembers", words, seen, {(k, "second call") for k in again}))
    return found


def exchanged(every: dict[str, list[Seen]], seen: Sequence[Observation]) -> list[Candidate]:
    """Outputs that stand in each other's place."""
    found = []
    for a, b in combinations(every, 2):
        pairs = [
            (one, other)
            for one, other in zip(every[a], every[b], strict=False)
            if not (close(one[3], one[2], one[4]) and close(other[3], other[2], other[4]))
        ]
        if pairs and all(
            close(one[3], other[2], one[4]) and close(other[3], one[2], one[4])
            for one, other in pairs
        ):
            words = f"{a} and {b} change places", "Both are right, in another order."
            places = {(one[0], name) for one, _ in pairs for name in (a, b)}
            found.append(pseudo("results-exchanged", words, seen, places))
    return found


def candidate(
    id: str, words: Sequence[str], name: str, seen: Sequence[Observation], wrong: list[Seen]
) -> Candidate:
    """A relation of one output, with the cells that it explains."""
    title, cause = words
    return pseudo(id, (title.format(name), cause), seen, {(k, name) for k, *_ in wrong})


def pseudo(
    id: str, words: Sequence[str], seen: Sequence[Observation], places: set[Place]
) -> Candidate:
    """A mistake that nobody has written down."""
    title, cause = words
    made = Mistake(id, "", "", "", title, cause, "", "")
    return Candidate((made,), tuple(seen), frozenset(places))
