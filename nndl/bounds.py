"""What an accuracy must reach, printed beside it: ``check`` for shares that should be large."""

import math
from numbers import Integral

from nndl.checks.gradients import SHARE_BOUNDS, number_of

__all__ = ["check_at_least"]


def check_at_least(name, share, least):
    """Print an accuracy beside what it must reach; raise when it is below.

    What a network has learned differs a little from machine to machine, because their vector
    instructions add in different orders. So the book does not compare such a number to the letter,
    but with a bound.

    Parameters
    ----------
    name : str
        What was measured.
    share : float
        From 0 to 1.
    least : int
        What it must reach, in percent, one of ``nndl.checks.gradients.SHARE_BOUNDS``: the tens,
        and from 90 each.

    Raises
    ------
    AssertionError
        The share is below, or not from 0 to 1, or NaN.
    TypeError
        The share is not one number.
    ValueError
        The bound is not one of these.
    """
    share = number_of("check_at_least", name, share)
    if not isinstance(least, Integral) or least not in SHARE_BOUNDS:
        expected = f"{', '.join(map(str, SHARE_BOUNDS[:-1]))} or {SHARE_BOUNDS[-1]}"
        raise ValueError(f"check_at_least: the bound of {name} is {least}, expected {expected}")
    # Rounded down, so that what is printed reaches the bound only when the share does.
    shown = math.floor(round(1000 * share, 6)) / 10 if math.isfinite(share) else 100 * share
    print(f"{name}: {shown:.1f} %  (at least {least} %)")
    if not least <= round(100 * share, 6) <= 100:  # written so that NaN fails
        raise AssertionError(f"{name}, {shown:.1f} %, is not from {least} % to 100 %")
