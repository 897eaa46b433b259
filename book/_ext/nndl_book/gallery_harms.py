"""What each mistake of the catalogue does, measured on the cases of ``nndl.practice``.

A mistake is made in this package's function, which then runs on the cases of its exercise beside
the right one. Each array that comes back has a row: whether it is harmed, by how much, and on which
cases. Errors are those that gradient checks print: the largest of |a - b| / max(1e-8, |a| + |b|).
"""

from typing import NamedTuple

import numpy as np

from book._ext.nndl_book.gallery_beyond import BEYOND
from book._ext.nndl_book.gallery_course import verdict
from nndl.practice.candidates import entries, together
from nndl.practice.comparing import bound_of, compared, expectations, off
from nndl.practice.exercises import exercises
from nndl.practice.separating import separates

BANDS = {"whole": 0.95, "half": 0.2, "tenth": 0.01, "small": 0.0}  # from where each begins
ASIDE = ("dtype", "arguments", "second call", "random")  # no arrays
EFFECTS = ("unharmed", "wrong", "raises")


class Harm(NamedTuple):
    """What becomes of one array, or of what is no array."""

    name: str
    effect: str  # one of EFFECTS
    details: str = ""
    where: str = ""
    group: str = ""  # the name by which one asks for it: dW1 is a dw
    bands: tuple = ()  # sizes of its error: of BANDS, or shape, nan, raises


class Measured(NamedTuple):
    """What was seen of one mistake."""

    exercise: str
    cases: int
    course: str  # "passes" or "fails" with the course's shapes; nothing where no number decides
    harms: tuple[Harm, ...]

    @property
    def in_values(self) -> bool:
        """Whether an array is wrong, or does not come."""
        return any(h.effect != "unharmed" for h in self.harms if h.name not in ASIDE)


def measure() -> dict[str, Measured]:
    """Every mistake that a run shows, by its name; its own function's exercise goes first."""
    found = {}
    for own in (True, False):
        for exercise in (*exercises().values(), *BEYOND):
            for mistake in entries(exercise):
                if mistake.id in found or (mistake.function == exercise.function) != own:
                    continue
                if candidate := together(exercise, mistake):
                    found[mistake.id] = measured(exercise, candidate)
    return found


def measured(exercise, candidate) -> Measured:
    """What one mistake does in one exercise."""
    runs = [
        (case, right, seen, {c.output: c for c in compared(case, right, seen) if not c.ok})
        for (case, right), seen in zip(expectations(exercise), candidate.seen, strict=True)
    ]
    inside = [run for run in runs if not run[0].told]
    runs = inside if any(cells for *_, cells in inside) else runs
    names = dict.fromkeys(name for _, right, *_ in runs for name in right.values)
    harms = [harm(exercise, runs, name) for name in (*names, *ASIDE)]
    kept = tuple(h for h in harms if h.name in names or h.effect != "unharmed")
    traits = [case.traits for case, *_, cells in runs if cells]
    by_eye = any(one.get("mode is test") for one in traits) and exercise.name != "dropout_backward"
    by_eye |= all(one.get("training") for one in traits)
    course = verdict(exercise, candidate.made[0], by_eye)
    return Measured(exercise.name, len(runs), course, kept)


def harm(exercise, runs, name: str) -> Harm:
    """The row of one array."""
    wrong = {k for k, (*_, cells) in enumerate(runs) if name in cells}
    group = group_of(name, exercise.outputs)
    if not wrong:
        return Harm(name, "unharmed", group=group)
    where = separates([case for case, *_ in runs], wrong).removeprefix("it is wrong ")
    where = where.replace("not: mode is test", "mode is train")
    where = where or f"in {len(wrong)} of {len(runs)} cases"
    seen = [runs[k] for k in sorted(wrong)]
    texts = [cells[name].text.removesuffix(": ") for *_, cells in seen]
    if name in ASIDE:
        return Harm(name, "wrong", texts[0], where, group, ())
    sizes = [size(case, right.values[name], s.values.get(name)) for case, right, s, _ in seen]
    words = [s for s in sizes if isinstance(s, str)]
    errors = [s for s in sizes if not isinstance(s, str)]
    bands = tuple(dict.fromkeys([band(s) for s in sizes]))
    details = [in_words(errors)] if errors else []
    details += ["not a number"] * ("nan" in words)
    for kind in ("shape", "raises"):
        details += [t for s, t in zip(sizes, texts, strict=True) if s == kind][:1]
    every = {"raises"} == set(words) and not errors
    return Harm(name, "raises" if every else "wrong", "; ".join(details), where, group, bands)


def group_of(name: str, outputs: tuple[str, ...]) -> str:
    """The array that one asks for: of dropout, what can be said of any mask is about ``out``."""
    if name in ASIDE:
        return name
    if name.isidentifier():
        return name.rstrip("0123456789").lower()
    return "dx" if name.startswith("dx ") else outputs[0]


def size(case, right, mine) -> float | str:
    """The largest relative error, or a word where there is none."""
    if mine is None:
        return "raises"
    if mine.shape != right.shape:
        return "shape"
    a, b = np.asarray(right, np.float64), np.asarray(mine, np.float64)
    wrong = off(b, a, bound_of(case))
    a, b = a[wrong], b[wrong]
    if not (np.isfinite(a) & np.isfinite(b)).all():
        return "nan"
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def band(found: float | str) -> str:
    """The band of an error."""
    if isinstance(found, str):
        return found
    return next(name for name, least in BANDS.items() if round(found, 6) >= least)


def in_words(errors: list[float]) -> str:
    """An error, or from where to where they go."""
    least, most = f"{min(errors):.2g}", f"{max(errors):.2g}"
    return f"error {most}" if least == most else f"error {least} to {most}"
