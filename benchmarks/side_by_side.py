"""Two functions that take turns: how long each takes, and how many times faster one of them is.

A machine is not equally fast at all times. What two functions need within the same tenth of a
second can be compared all the same, so each round gives a ratio of its own, and the median of the
rounds is the result.
"""

from time import perf_counter, sleep

import numpy as np

TURN = 0.02  # seconds that a turn lasts at least: a fast function is called many times in it
# The threads of a library spin for a while before they sleep. Nobody is to work beside the
# spinning threads of the other.
PAUSE = 0.01
LONG = 0.1  # seconds: a call that takes longer is a turn of its own


def take_turns(contenders, rounds, clock=perf_counter, rest=sleep):
    """Seconds a call of each contender, one number a round.

    Parameters
    ----------
    contenders : dict
        Functions without arguments, by name. Each has been called before: it is compiled.
    rounds : int
        Turns of each. The first contender changes with each round.
    clock, rest : callable
        The clock, in seconds, and the sleep; a test brings its own.

    Returns
    -------
    dict
        For each name a list of ``rounds`` numbers.
    """
    seconds = {name: [] for name in contenders}
    for number in range(rounds):
        for name in list(contenders)[:: 1 if number % 2 == 0 else -1]:
            rest(PAUSE)
            seconds[name].append(turn(contenders[name], clock))
    return seconds


def turn(call, clock=perf_counter):
    """The mean time of calls in a row; the one before them, which wakes the threads, is left out.

    A call that is long enough for its threads not to matter is not repeated.
    """
    start = clock()
    call()
    end = clock()
    if end - start >= LONG:
        return end - start
    start, calls = end, 0
    while end - start < TURN:
        call()
        calls, end = calls + 1, clock()
    return (end - start) / calls


def summary(seconds, ours, theirs):
    """Quartiles of both times, and of the ratio of theirs to ours, which is taken in each round."""
    ratio = np.divide(seconds[theirs], seconds[ours])
    return {
        "seconds": {name: quartiles(values) for name, values in seconds.items()},
        "ratio": quartiles(ratio),
    }


def quartiles(values):
    """The median of ``values`` and what encloses their middle half."""
    points = np.percentile(values, [25, 50, 75])
    return dict(zip(("q1", "median", "q3"), map(rounded, points), strict=True))


def rounded(value, digits=4):
    """``value`` with ``digits`` digits: the others are noise."""
    return float(f"{value:.{digits}g}")
