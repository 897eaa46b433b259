"""Which names are one another's slips of the pen: ``bate1`` for ``beta1``, ``maximun``, ``H``."""

import re
from collections.abc import Iterable

FEW_LETTERS, MANY_LETTERS = 4, 8  # of a name: below, no letter may differ; from there on, two may


def names_like(name: str, names: Iterable[str]) -> list[str]:
    """Those of the names of which one is a slip of the pen, the likest first."""
    found = [(letters_apart(name, other), other) for other in set(names) if misspelled(name, other)]
    return [other for _, other in sorted(found)]


def misspelled(name: str, other: str) -> bool:
    """Whether a name is another one with a slip.

    ``beta1`` and ``beta2`` are two names, and so are ``H_out`` and ``W_out``, ``gamma`` and
    ``dgamma``: numbers, single letters and the first letter tell names apart on purpose.
    """
    a, b = (re.sub(r"[_\-\s]", "", one).lower() for one in (name, other))
    if name == other or not a or not b:
        return False
    if a == b or f"{a}s" == b or a == f"{b}s":
        return True
    if (
        a[0] != b[0]
        or re.sub(r"\D", "", a) != re.sub(r"\D", "", b)
        or min(len(a), len(b)) < FEW_LETTERS
    ):
        return False
    alone = [{part for part in re.split(r"[_\-\s]", one.lower()) if len(part) == 1}
             for one in (name, other)]  # fmt: skip
    few = 2 if max(len(a), len(b)) >= MANY_LETTERS else 1
    return alone[0] == alone[1] and (sorted(a) == sorted(b) or letters_apart(a, b) <= few)


def letters_apart(a: str, b: str) -> int:
    """How many letters are left out, put in, replaced or exchanged with the next."""
    rows = [list(range(len(b) + 1))]
    for i, one in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (one != other))
            if i > 1 and j > 1 and (one, a[i - 2]) == (b[j - 2], other):
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]
