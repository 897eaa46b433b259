"""By which formula a reader counts the rows and columns of an output, where its shape is wrong.

The shapes that came back on all cases are compared with everything of the form
``1 + (H + 2 pad - HH) // stride``: with W for H, another window, another divisor, without the 1.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

from nndl.mistakes import Mistake
from nndl.practice.candidates import Candidate
from nndl.practice.comparing import expectations
from nndl.practice.exercises import Case, Exercise
from nndl.practice.watching import Observation

FEWEST = 4  # cases with a shape


class Formula(NamedTuple):
    """One way to count; ``one + (side + pads pad - window + inner) / divisor``."""

    side: str
    window: str
    divisor: str
    one: int
    pads: int
    up: bool
    inner: int

    def number(self, sizes: dict[str, int]) -> int:
        """What it gives."""
        top = sizes[self.side] + self.pads * sizes["pad"] - sizes.get(self.window, 0) + self.inner
        below = sizes.get(self.divisor, 1)
        return self.one + (-(-top // below) if self.up else top // below)

    def __str__(self) -> str:
        pads = {0: "", 1: " + pad"}.get(self.pads, f" + {self.pads} pad")
        inner = {0: "", 1: " + 1", -1: " - 1"}[self.inner]
        top = self.side + pads + (f" - {self.window}" if self.window else "") + inner
        if not self.divisor:
            return f"{self.one} + {top}" if self.one else top
        top = f"({top})" if " " in top else top
        whole = f"{top} / {self.divisor} rounded up" if self.up else f"{top} // {self.divisor}"
        return f"{self.one} + {whole}" if self.one else whole


def sizes_of(case: Case) -> dict[str, int]:
    """What sizes are counted from."""
    x, given = case.arguments["x"], case.arguments
    param = given.get("pool_param") or given["conv_param"]
    window = given["w"].shape[2:] if "w" in given else (param["pool_height"], param["pool_width"])
    return {"H": x.shape[2], "W": x.shape[3], "HH": window[0], "WW": window[1],
            "stride": param["stride"], "pad": param.get("pad", 0)}  # fmt: skip


@cache
def formulas(axis: int, padded: bool) -> list[Formula]:
    """All of them, the right one first, then by how many of its parts are others."""
    right = Formula("HW"[axis], ("HH", "WW")[axis], "stride", 1, 2 if padded else 0, False, 0)
    every = product("HW", ("HH", "WW", ""), ("stride", "HH", "WW", ""), (1, 0, 2),
                    (2, 1, 0, 4) if padded else (0,), (False, True), (0, 1, -1))  # fmt: skip
    found = [f for parts in every if (f := Formula(*parts)).divisor or not (f.up or f.inner)]
    return sorted(found, key=lambda f: sum(a != b for a, b in zip(f, right, strict=True)))


def counted(exercise: Exercise, seen: Sequence[Observation]) -> Iterator[tuple[str, str]]:
    """Rows or columns that are counted by another formula: what is said of them, and why."""
    if exercise.outputs != ("out",) or exercise.function.startswith("conv_layer_utils."):
        return  # a cascade leaves it to its layers to count
    known = []
    for (case, _), one in zip(expectations(exercise), seen, strict=False):
        if not {"pool_param", "conv_param"} & set(case.arguments):
            return
        shape = shape_of(one)
        if len(shape) == 4:
            known.append((sizes_of(case), shape[2:]))
    if len(known) < FEWEST:
        return
    padded = any(sizes["pad"] for sizes, _ in known)
    right = [formulas(axis, padded)[0] for axis in (0, 1)]
    if any(shape[0] != shape[1] for _, shape in known) and all(
        shape == (right[1].number(sizes), right[0].number(sizes)) for sizes, shape in known
    ):
        there = f"There are {right[0]} rows and {right[1]} columns: in this order, rows first."
        yield "The rows and columns of the output change places", there
        return
    for axis, name in enumerate(("rows", "columns")):
        every = formulas(axis, padded)
        fits = [f for f in every if all(f.number(s) == shape[axis] for s, shape in known)]
        if not fits or fits[0] == every[0]:
            continue
        why = f"The shapes that came say so; there are {every[0]} {name}."
        if len(fits) > 1 and all(f.side != every[0].side for f in fits):
            like = f"{fits[0]} would give the shapes that came; there are {every[0]} {name}."
            yield f"The {name} of the output are counted from {fits[0].side}", like
        else:
            yield f"The {name} of the output are counted as {fits[0]}", why


def shape_of(one: Observation) -> tuple[int, ...]:
    """The shape of out, or of what was to be it where the call ended early; empty if unknown."""
    if "out" in one.values:
        return one.values["out"].shape
    return tuple(one.raised.out) if one.raised else ()


def sized(exercise: Exercise, seen: Sequence[Observation]) -> list[Candidate]:
    """Outputs whose rows or columns are counted by another formula."""
    wrong = {
        (k, "out")
        for k, (case, right) in enumerate(expectations(exercise)[: len(seen)])
        if "out" in right.values
        and not case.told
        and ("out" not in seen[k].values
             or seen[k].values["out"].shape != right.values["out"].shape)
        and shape_of(seen[k]) != right.values["out"].shape
    }  # fmt: skip
    made = [
        Mistake("result-size", "", "", "", title, why, "", exercise.read)
        for title, why in (counted(exercise, seen) if wrong else ())
    ]
    return [Candidate(tuple(made), tuple(seen), frozenset(wrong))] if made else []
