"""Outputs that are right but for something simple: a start that is not 0, a size for another one.

Also sums that stand where many numbers belong: ``dw[f] += np.sum(dout * window)``.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import numpy as np

from nndl.internal.types import Array
from nndl.practice.comparing import close, off
from nndl.practice.exercises import Case

Seen = tuple[int, Case, Array, Array, float]  # a case's number, the right result, the one seen
Found = tuple[str, tuple[str, str], list[Seen]]  # an id, a title with its cause, the cases

BEGINS = "What is added up begins with these numbers: an array for sums has to begin with zeros."
EVERYWHERE = (
    "A sum runs over axes that {} has: one number stands where many belong, and is spread by"
    " broadcasting."
)


def offsets(name: str, both: Sequence[Seen], wrong: list[Seen]) -> Iterator[Found]:
    """What holds of an output on every case; ``wrong`` are those on which it is not right."""
    if any(mine.shape != right.shape for _, _, right, mine, _ in both):
        return
    if all(everywhere(right, mine, bound) for _, _, right, mine, bound in wrong):
        words = f"Every number of {name} is a sum of what its numbers should be"
        yield "result-sum-everywhere", (words, EVERYWHERE.format(name)), wrong
    for what in dict.fromkeys(chain(*(case.arguments for _, case, *_ in both), ("1",))):
        if all(begins(case, what, right, mine, bound) for _, case, right, mine, bound in both):
            yield "result-begins", (f"{name} begins with {what} and not with 0", BEGINS), wrong
    for above, below in combinations(sizes(both[0][1]), 2):
        for a, b in ((above, below), (below, above)):
            if all(scaled(case, a, b, right, mine, bound) for _, case, right, mine, bound in both):
                words = f"{name} is {a} / {b} times what it should be"
                why = f"{b} seems to be divided by where {a} belongs."
                yield "result-other-size", (words, why), wrong


def everywhere(right: Array, mine: Array, bound: float) -> bool:
    """Whether it is the right result, added up over some axes and spread over them again."""
    axes = [axis for axis in range(right.ndim) if right.shape[axis] > 1]
    for some in chain.from_iterable(combinations(axes, n + 1) for n in range(len(axes))):
        total = right.sum(axis=some, keepdims=True)
        if close(mine, np.broadcast_to(total, right.shape), bound):
            return True
    return False


def begins(case: Case, what: str, right: Array, mine: Array, bound: float) -> bool:
    """Whether what is too much is one of the arguments, or 1."""
    more = 1.0 if what == "1" else case.arguments.get(what)
    if not isinstance(more, float) and getattr(more, "shape", None) != right.shape:
        return False
    return bool(np.size(right)) and not off(mine, right + more, bound).any()


def sizes(case: Case) -> dict[str, int]:
    """The sizes of the first array, by the book's letters."""
    first = next((a for a in case.arguments.values() if getattr(a, "ndim", 0)), np.zeros(()))
    letters = {2: ("N", "C" if "y" in case.arguments else "D"), 4: ("N", "C", "H", "W")}
    return dict(zip(letters.get(first.ndim, ()), first.shape, strict=False))


def scaled(case: Case, a: str, b: str, right: Array, mine: Array, bound: float) -> bool:
    """Whether one size seems to stand where another one belongs."""
    known = sizes(case)
    if a not in known or b not in known:
        return False
    return close(mine, right * (known[a] / known[b]), bound)
