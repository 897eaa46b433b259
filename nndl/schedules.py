"""Learning-rate schedules: by what the learning rate is multiplied as a run proceeds.

A schedule is a function of the run's progress alone, from 0 at its first step towards 1 at its end,
so a run that is resumed goes on exactly as if it had not stopped.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nndl.checks.arguments import check_number, check_param, check_sequence

__all__ = ["constant", "cosine", "one_cycle", "step"]


def constant(progress: float) -> float:
    """1 throughout.

    Parameters
    ----------
    progress : float
        The part of the run that is over, 0 to 1.

    Returns
    -------
    float
        The factor of the learning rate.
    """
    return 1.0


def step(progress: float, at: Sequence[float] = (0.5, 0.75), factor: float = 0.1) -> float:
    """Step decay: a multiplication by ``factor`` at each of the points ``at``.

    The defaults are those of He et al., Deep Residual Learning (2016), on CIFAR-10.

    Parameters
    ----------
    progress : float
        The part of the run that is over, 0 to 1.
    at : sequence of float
        The points at which to multiply, as parts of the run: 0.5 is after 6 of 12 epochs.
    factor : float
        The factor at each of these points.

    Returns
    -------
    float
        ``factor ** k``, where k of the points have been reached.
    """
    return float(factor) ** sum(progress >= point for point in at)


def cosine(progress: float, end: float = 0.0) -> float:
    """Half a period of a cosine, from 1 down to ``end``.

    Equation (5) of Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts
    (2017), without restarts.

    Parameters
    ----------
    progress : float
        The part of the run that is over, 0 to 1.
    end : float
        The factor at the end of the run.

    Returns
    -------
    float
        ``end + (1 - end) * (1 + cos(pi * progress)) / 2``.
    """
    return end + (1 - end) * (1 + math.cos(math.pi * progress)) / 2


def one_cycle(progress: float, rise: float = 0.3, start: float = 0.04, end: float = 0.0) -> float:
    """One cycle: a straight line up from ``start`` to 1, then one down to ``end``.

    After Smith and Topin, Super-Convergence (2018), whose descent goes on below the start.

    Parameters
    ----------
    progress : float
        The part of the run that is over, 0 to 1.
    rise : float
        The part of the run in which the factor rises, above 0 and below 1.
    start, end : float
        The factor at the beginning and at the end.

    Returns
    -------
    float
        ``start + (1 - start) * progress / rise`` while progress is below ``rise``, then
        ``end + (1 - end) * (1 - progress) / (1 - rise)``.
    """
    if progress < rise:
        return start + (1 - start) * progress / rise
    return end + (1 - end) * (1 - progress) / (1 - rise)


SCHEDULES = {"constant": constant, "step": step, "cosine": cosine, "one_cycle": one_cycle}


def schedule_of(function: str, schedule: Any) -> Callable[[float], float]:
    """The function of progress that ``schedule`` means.

    Parameters
    ----------
    function : str
        The calling function, for the message.
    schedule : str, (str, dict) or callable
        A name; a name and settings, as ``("step", {"at": (0.3, 0.6)})``; or a function of progress.

    Returns
    -------
    callable
        Takes the progress and returns the factor.

    Raises
    ------
    TypeError, ValueError
        For an unknown name or setting, or a value that is out of its range.
    """
    if callable(schedule):
        return schedule
    pair = isinstance(schedule, tuple | list) and len(schedule) == 2
    name, settings = schedule if pair else (schedule, {})
    if not isinstance(name, str):
        wanted = "a name, (name, settings) or a function of progress"
        raise TypeError(f"{function}: schedule is {schedule!r}, expected {wanted}")
    if name not in SCHEDULES:
        raise ValueError(f"{function}: schedule is {name!r}, expected one of {[*SCHEDULES]}")
    known = list(inspect.signature(SCHEDULES[name]).parameters)[1:]
    check_param(function, f"settings of the schedule {name!r}", settings, (), known)
    numbers, points = dict(settings), settings.get("at", ())
    check_sequence(function, "the schedule's at", points, "of numbers")
    numbers |= {f"at[{k}]": point for k, point in enumerate(numbers.pop("at", ()))}
    for key, value in numbers.items():
        check_number(function, f"the schedule's {key}", value, most=1.0)
    if settings.get("rise") in (0, 1):
        rise = f"the schedule's rise is {settings['rise']}"
        raise ValueError(f"{function}: {rise}, expected a number between 0 and 1")
    settings = {
        key: tuple(map(float, value)) if key == "at" else float(value)
        for key, value in settings.items()
    }
    return partial(SCHEDULES[name], **settings)
