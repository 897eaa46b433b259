"""How long something takes, on the machine that runs it; in the book, on the one of the record.

Run a chapter, and you see the times of your own machine. The book's pages show those of
``book/timings.json``, which ``make timings`` makes on a quiet machine. `make chapters` hands them
over in the environment, so that executing a chapter elsewhere changes no published time and no
figure that is drawn from times.
"""

import json
import math
import os
import sys
import time
from numbers import Integral, Real
from pathlib import Path

__all__ = ["best_time", "on_record"]

RECORD = "NNDL_TIMINGS"  # in the environment: the record, {name: value} in JSON
REPORT = "NNDL_TIMINGS_TO"  # in the environment: the file to which a new record is appended
PATIENCE = 0.1  # seconds in which runs begin in a browser, where a reader waits for them
_reported = set()


def best_time(name, function, repeats=10, budget=None):
    """The shortest of several runs, in seconds: the others were disturbed by something.

    Where the book is made, the function runs once, and the time is that of the record. In a
    browser, runs begin for a tenth of a second at most, one at least, whatever is asked for.

    Parameters
    ----------
    name : str or None
        A label. It names the time in the record, so no other of the chapter has it. None
        where the caller records what it makes of the time, with `on_record`.
    function : callable
        The code to time; it takes no arguments.
    repeats : int
        Number of runs, where there is no budget.
    budget : float, optional
        The seconds in which runs begin, one at least.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    LookupError
        The book is made, and its record has no such time.
    ValueError
        There are no repeats, or the budget is not positive.
    """
    if budget is None and (not isinstance(repeats, Integral) or repeats < 1):
        raise ValueError(f"best_time: repeats is {repeats!r}, expected a positive integer")
    if budget is not None and not (isinstance(budget, Real) and budget > 0):
        raise ValueError(f"best_time: budget is {budget!r}, expected a positive number of seconds")
    if RECORD in os.environ:
        repeats, budget = 1, None
    elif sys.platform == "emscripten" and (budget or repeats > 1):
        budget = min(budget or PATIENCE, PATIENCE)
    best, count, now = math.inf, 0, time.perf_counter()
    end = now + (budget or 0)
    while now < end if budget else count < repeats:
        start = time.perf_counter()
        function()
        now = time.perf_counter()
        best, count = min(best, now - start), count + 1
    return best if name is None else on_record(name, best)


def on_record(name, value):
    """``value``, or where the book is made, the value that its record has under this name.

    For what `best_time` does not measure: the time of a run that cannot be repeated, or whatever
    else depends on the machine and decides how a figure looks.

    Parameters
    ----------
    name : str
        A label. It names the value in the record, so no other of the chapter has it.
    value : float or int
        The measurement of this machine.

    Returns
    -------
    float or int

    Raises
    ------
    LookupError
        The book is made, and its record has no such value.
    TypeError
        The name is no string.
    ValueError
        A record is made, and has this name already.
    """
    if not isinstance(name, str):
        raise TypeError(f"on_record: name is {name!r}, expected a string")
    if RECORD in os.environ:
        record = json.loads(os.environ[RECORD])
        if name not in record:
            what = f"on_record: the record of this chapter's timings has no {name!r}"
            raise LookupError(f"{what}: run `make timings` for it, on a quiet machine")
        return record[name]
    if REPORT in os.environ:
        if name in _reported:
            raise ValueError(f"on_record: two values of this chapter have the name {name!r}")
        _reported.add(name)
        # Rounded as it is recorded, so that this run prints what all others will.
        value = int(value) if isinstance(value, Integral) else float(f"{value:.4g}")
        with Path(os.environ[REPORT]).open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, value]) + "\n")
    return value
