"""Learning-rate schedules at the points that their formulas make easy.

Chapter: networks/training.
"""

import math

import numpy as np
import pytest

from nndl import schedules


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        ("constant", {0: 1, 0.5: 1, 1: 1}),
        ("step", {0: 1, 0.499: 1, 0.5: 0.1, 0.749: 0.1, 0.75: 0.01, 1: 0.01}),
        (("step", {"at": (0.3,), "factor": 0.5}), {0: 1, 3 / 10: 0.5, 1: 0.5}),
        (("step", {"at": ()}), {1: 1}),
        ("cosine", {0: 1, 1 / 3: 0.75, 0.5: 0.5, 2 / 3: 0.25, 1: 0}),
        (("cosine", {"end": 0.2}), {0: 1, 0.5: 0.6, 1: 0.2}),
        ("one_cycle", {0: 0.04, 0.15: 0.52, 0.3: 1, 0.65: 0.5, 1: 0}),
        (("one_cycle", {"rise": 0.5, "start": 0, "end": 0.1}), {0: 0, 0.25: 0.5, 0.5: 1, 1: 0.1}),
        (lambda progress: 2 * progress, {0.25: 0.5}),
    ],
)
def test_known_points(schedule, values):
    factor = schedules.schedule_of("f", schedule)
    for progress, value in values.items():
        assert factor(progress) == pytest.approx(value, abs=1e-12), progress


def test_cosine_is_pytorch_s(torch):
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    other = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20, eta_min=0.1)
    factor = schedules.schedule_of("f", ("cosine", {"end": 0.1}))
    for t in range(20):
        assert factor(t / 20) == pytest.approx(other.get_last_lr()[0], rel=1e-10)
        optimizer.step()
        other.step()


def test_one_cycle_is_pytorch_s(torch):
    """PyTorch puts the last step at the end, this book its end; so T steps there are T - 1 here."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    other = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, total_steps=21, pct_start=0.35, anneal_strategy="linear", div_factor=25,
        final_div_factor=1e8, cycle_momentum=False,
    )  # fmt: skip
    # its rise ends at step 0.35 * 21 - 1 = 6.35 of 20
    factor = schedules.schedule_of("f", ("one_cycle", {"rise": 6.35 / 20}))
    for t in range(21):
        assert factor(t / 20) == pytest.approx(other.get_last_lr()[0], abs=1e-7)
        optimizer.step()
        if t < 20:
            other.step()


def test_factors_are_between_0_and_1_and_continuous():
    points = np.linspace(0, 1, 1001)
    for name in ("cosine", "one_cycle"):
        values = np.array([schedules.schedule_of("f", name)(p) for p in points])
        assert values.min() >= 0
        assert values.max() <= 1
        assert np.abs(np.diff(values)).max() < 0.01


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("linear", "schedule is 'linear', expected one of .*one_cycle"),
        (None, "schedule is None, expected a name"),
        (("step", {"every": 5}), "unknown key 'every', not in .'at', 'factor'."),
        (("step", 0.1), "is a float, expected a dict"),
        (("step", {"at": (0.5, 30)}), r"the schedule's at\[1\] is 30, expected between 0 and 1"),
        (("step", {"at": 0.5}), "the schedule's at is 0.5"),
        (("step", {"factor": math.nan}), "the schedule's factor is nan"),
        (("one_cycle", {"rise": 1}), "the schedule's rise is 1, expected"),
        (("one_cycle", {"rise": 0.0}), "the schedule's rise is 0.0, expected"),
        (("cosine", {"end": "0"}), "the schedule's end is '0'"),
        (("cosine", {}, 3), "expected a name"),
    ],
)
def test_bad_schedules(schedule, message):
    with pytest.raises((TypeError, ValueError), match=f"^f: .*{message}"):
        schedules.schedule_of("f", schedule)
