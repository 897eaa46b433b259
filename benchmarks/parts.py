"""Where does the time of a training step go: to which kind of layer, and how much between them?

While a step runs, each compiled function that a network calls is clocked. What the step takes
beyond their sum is spent between them: checks of the network, dictionaries, sums in NumPy. To see
it best, take one thread: ``make bench ARGS="--profile --threads 1"``.
"""

from collections import defaultdict
from contextlib import contextmanager
from statistics import median
from time import perf_counter

import nndl.activations
import nndl.cnn
import nndl.convnet
import nndl.layer_utils
from benchmarks import steps
from benchmarks.layers import DTYPES
from benchmarks.networks import NETWORKS, SHAPE

# Whose names are looked up during a step.
MODULES = nndl.activations, nndl.cnn, nndl.convnet, nndl.layer_utils, steps
WHOLE, BETWEEN = "whole step", "between them"


@contextmanager
def clocked(clock=perf_counter):
    """Within it, the dictionary that it gives collects the seconds spent in each function."""
    seconds, originals = defaultdict(float), []

    def timed(function):
        def call(*arguments, **named):
            start = clock()
            result = function(*arguments, **named)
            seconds[function.__name__] += clock() - start
            return result

        return call

    for module in MODULES:
        for name, value in list(vars(module).items()):
            if name.endswith("_fast"):
                originals.append((module, name, value))
                setattr(module, name, timed(value))
    try:
        yield seconds
    finally:
        for module, name, value in originals:
            setattr(module, name, value)


def parts(name, dtype, repeats, shape=SHAPE, clock=perf_counter):
    """Seconds of a step, the median of some: of each function, of the whole and between them."""
    X, y = steps.batch(dtype, shape)
    runs = []
    with clocked(clock) as seconds:  # before the network is made: its layers keep functions
        ours = steps.Ours(name, dtype)
        ours.step(X, y)
        for _ in range(repeats):
            seconds.clear()
            start = clock()
            ours.step(X, y)
            whole = clock() - start
            runs.append(seconds | {BETWEEN: whole - sum(seconds.values()), WHOLE: whole})
    return {part: median(run[part] for run in runs) for part in runs[0]}


def report(repeats, networks=tuple(NETWORKS), dtypes=DTYPES, shape=SHAPE):
    """A table for each network and dtype: milliseconds of each function, longest first."""
    lines = []
    for name in networks:
        for dtype in dtypes:
            found = parts(name, dtype, repeats, shape)
            whole, between = found.pop(WHOLE), found.pop(BETWEEN)
            lines += ["", f"{name}, {dtype}"]
            last = [("all of them", sum(found.values())), (BETWEEN, between), (WHOLE, whole)]
            for part, seconds in sorted(found.items(), key=lambda item: -item[1]) + last:
                part = part.removesuffix("_fast").replace("_", " ")
                lines.append(f"  {part:36}{1e3 * seconds:10.2f} ms{seconds / whole:8.1%}")
    return "\n".join(lines[1:])
