"""Whether a check like the course's sees a mistake: one run with its shapes and settings.

The shapes are those of the notebooks of ECE C147/C247 and CS231n. Where none are given here, the
case of the exercise that is called "as in the course" has them.
"""

from dataclasses import replace
from functools import cache

import numpy as np

from nndl.practice.candidates import together
from nndl.practice.exercises import Case, Exercise

LABEL = "as in the course"
NOT_ASKED = ("avg_pool", "leaky_relu")  # the courses do not have them
WINDOWS = {"pool_height": 2, "pool_width": 2, "stride": 2}
CASES = {
    "affine_forward": {"x": (2, 4, 5, 6), "w": (120, 3), "b": (3,)},
    "affine_backward": {"x": (10, 2, 3), "w": (6, 5), "b": (5,)},
    "conv_forward": {
        "x": (2, 3, 4, 4), "w": (3, 3, 4, 4), "b": (3,), "conv_param": {"stride": 2, "pad": 1},
    },
    "conv_backward": {
        "x": (4, 3, 5, 5), "w": (2, 3, 3, 3), "b": (2,), "conv_param": {"stride": 1, "pad": 1},
    },
    "max_pool_forward": {"x": (2, 3, 4, 4), "pool_param": WINDOWS},
    "max_pool_backward": {"x": (3, 2, 8, 8), "pool_param": WINDOWS},
}  # fmt: skip


@cache
def checked(exercise: Exercise) -> Exercise | None:
    """The exercise with the course's case alone; None where it has none."""
    if exercise.name.startswith(NOT_ASKED):
        return None
    found = [case for case in exercise.cases() if case.name == LABEL]
    if exercise.name in CASES:
        rng = np.random.default_rng(0)
        given = CASES[exercise.name].items()
        made = {k: v if isinstance(v, dict) else rng.standard_normal(v) for k, v in given}
        found = [Case(LABEL, made)]
    return replace(exercise, cases=lambda: found) if found else None


def verdict(exercise: Exercise, mistake, in_test_mode: bool) -> str:
    """Whether a mistake "passes" or "fails"; nothing where that is not known.

    The notebooks look at running averages and at the test mode by eye, or not at all.
    """
    alone = checked(exercise)
    if alone is None:
        return ""
    seen = together(alone, mistake)
    wrong = {output for _, output in seen.wrong} & {*exercise.outputs} if seen else set()
    if any(not output.startswith("running") for output in wrong):
        return "fails"
    return "" if wrong or in_test_mode else "passes"
