"""What the first call of a layer costs in a new process: its code is loaded, or compiled.

Cold, nothing has been compiled before; warm, an earlier process has left its code on disk. Both use
a folder of their own, so the cache of this machine stays as it is. The time of the imports is
listed beside: a program pays it once, whatever it calls.
"""

import json
import sys
import tempfile
from time import perf_counter

from benchmarks.layers import DTYPES, LAYERS
from benchmarks.memory import in_new_process
from benchmarks.side_by_side import rounded


def measure(threads, layers=tuple(LAYERS), dtypes=DTYPES, repeats=3):
    """For each layer and dtype: one cold process, then the median of some warm ones."""
    lines = []
    for layer in layers:
        for dtype in dtypes:
            with tempfile.TemporaryDirectory() as folder:
                place = {"NUMBA_CACHE_DIR": folder, "NUMBA_NUM_THREADS": str(threads)}
                runs = [
                    in_new_process("benchmarks.first_call", layer, dtype, **place)
                    for _ in range(1 + repeats)
                ]
            warm = {key: middle(run[key] for run in runs[1:]) for key in runs[0]}
            imports = warm.pop("imports")
            cold = {key: seconds for key, seconds in runs[0].items() if key != "imports"}
            lines.append({"layer": layer, "dtype": dtype, "imports": imports})
            lines[-1] |= {"cold": cold, "warm": warm}
    return lines


def middle(values):
    """The median of an odd number of values."""
    values = sorted(values)
    return values[len(values) // 2]


def first_calls(layer, dtype):
    """Seconds of the imports, then of the first call in each direction."""
    start = perf_counter()
    from benchmarks.layers import arguments, functions

    forward, *backward = functions(layer)
    seconds = {"imports": perf_counter() - start}

    import numpy as np

    given = arguments(layer, LAYERS[layer].small, dtype, np.random.default_rng(0))
    start = perf_counter()
    out, cache = forward(*given)
    seconds["forward" if backward else "both"] = perf_counter() - start
    if backward:
        dout = np.ones_like(out)
        start = perf_counter()
        backward[0](dout, cache)
        seconds["backward"] = perf_counter() - start
    return {key: rounded(value) for key, value in seconds.items()}


if __name__ == "__main__":
    print(json.dumps(first_calls(*sys.argv[1:])))
