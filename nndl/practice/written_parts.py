"""What of an output is written, where the rest stays 0: one image alone, all rows but the last."""

from collections.abc import Iterator, Sequence

import numpy as np

from nndl.internal.types import Array
from nndl.practice.comparing import close, expectations, off
from nndl.practice.exercises import Exercise
from nndl.practice.watching import Observation

# What the indices of an output's axes count, by how many there are.
AXES = {
    "out": {2: ("example", "output"), 4: ("image", "channel", "row", "column")},
    "dx": {2: ("example", "feature"), 4: ("image", "channel", "row", "column")},
    "dw": {2: ("input", "output"), 4: ("filter", "channel", "row", "column")},
    "db": {1: ("entry",)},
}
# Of n along an axis, those that are written.
PARTS = (
    ("the first {} alone", lambda n: np.arange(n) == 0),
    ("the last {} alone", lambda n: np.arange(n) == n - 1),
    ("every {} but the last", lambda n: np.arange(n) < n - 1),
    ("every {} but the first", lambda n: np.arange(n) > 0),
)
Both = tuple[Array, Array, float]  # right, the reader's, and how far they may differ


def written(exercise: Exercise, seen: Sequence[Observation]) -> Iterator[tuple[str, str, set[int]]]:
    """Outputs of which a part is right and the rest is 0: the name, the part, the cases."""
    for name in exercise.outputs:
        if name not in AXES:
            continue
        wrong: dict[int, Both] = {}
        for k, ((case, right), one) in enumerate(zip(expectations(exercise), seen, strict=False)):
            mine, due = one.values.get(name), right.values.get(name)
            bound = 1e-3 if case.single else 1e-6
            if case.told or mine is None or due is None or mine.shape != due.shape:
                continue
            if not close(mine, due, bound):
                wrong[k] = due, mine, bound
        dimensions = {due.ndim for due, _, _ in wrong.values()}
        if len(wrong) < 2 or len(dimensions) != 1:
            continue
        for axis, called in enumerate(AXES[name].get(dimensions.pop(), ())):
            if called == "channel" and name == "out" and "conv" in exercise.name:
                called = "filter"
            for words, of in PARTS:
                if all(is_part(both, axis, of(both[0].shape[axis])) for both in wrong.values()):
                    yield name, words.format(called), set(wrong)
                    return


def is_part(both: Both, axis: int, part: Array) -> bool:
    """Whether that part is right, and the rest is 0."""
    right, mine, bound = (np.moveaxis(a, axis, 0) if isinstance(a, np.ndarray) else a for a in both)
    assert isinstance(right, np.ndarray)
    assert isinstance(mine, np.ndarray)
    return not off(mine[part], right[part], bound).any() and not mine[~part].any()
