"""The constants of batch norm's sums: each value in a process and a copy of the package of its own.

Loops are compiled with these constants in them, so a value cannot be set from outside as those of
the convolution's plans are.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nndl

# The module below nndl/fast/statistics, the constant, its line with a hole, values, layer, shape.
CONSTANTS = [
    ("features", "ROWS_PER_STEP", "ONE, ROWS_PER_STEP = np.uintp(1), np.uintp({})", "batch norm"),
    ("planes", "ACCUMULATION_BLOCK", "ACCUMULATION_BLOCK = np.uintp({})", "spatial batch norm"),
]
VALUES = {
    "ROWS_PER_STEP": (1, 2, 4, 8, 16, 32),
    "ACCUMULATION_BLOCK": (64, 128, 256, 512, 1024, 2048),
}
SHAPES = {"batch norm": "512,1024", "spatial batch norm": "64,32,32"}
CHILD = """
import json, sys, timeit
import numpy as np
from benchmarks.layers import arguments, calls
layer, shape = sys.argv[1:]
found = {}
for dtype in ("float32", "float64"):
    given = arguments(layer, shape, dtype, np.random.default_rng(0))
    made, dout = calls(layer, given)
    for direction, call in made.items():
        call()
        found[f"{direction} {dtype}"] = min(timeit.repeat(call, number=3, repeat=60)) / 3
given = arguments(layer, shape, "float32", np.random.default_rng(0))
x = given[0] + np.float32(100)  # the mean is far from 0: sums lose digits
wide = (x.astype(np.float64), *(a.astype(np.float64) for a in given[1:3]), given[3])
from benchmarks.layers import functions
forward = functions(layer)[0]
short, long = forward(x, *given[1:])[0], forward(*wide)[0]
found["error"] = float(np.abs(short - long).max() / np.abs(long).max())
print(json.dumps(found))
"""


def measured(module, line, value, present, layer):
    """Times in seconds, and the largest error of float32, with one value of a constant."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "nndl"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(nndl.__file__).parent, package, ignore=ignored)
        file = package / "fast" / "statistics" / f"{module}.py"
        text = file.read_text(encoding="utf-8")
        if line.format(present) not in text:
            raise ValueError(f"{file.name} has no line {line.format(present)!r}")
        file.write_text(text.replace(line.format(present), line.format(value)), encoding="utf-8")
        path = os.pathsep.join([folder, str(Path(__file__).parents[1])])
        done = subprocess.run(
            [sys.executable, "-c", CHILD, layer, SHAPES[layer]],
            env=os.environ | {"PYTHONPATH": path, "NUMBA_CACHE_DIR": folder},
            check=True,
            capture_output=True,
            text=True,
        )
    return json.loads(done.stdout)


def measure_statistics(rounds):
    """A line a constant and value: times beside those of the present value, and the error."""
    from nndl.fast.statistics import features, planes

    for module, name, line, layer in CONSTANTS:
        present = int(getattr({"features": features, "planes": planes}[module], name))
        every = {value: [] for value in VALUES[name]}
        for _ in range(rounds):
            for value, found in every.items():
                found.append(measured(module, line, value, present, layer))
        best = {
            value: {key: min(one[key] for one in found) for key in found[0]}
            for value, found in every.items()
        }
        for value, found in best.items():
            ratios = {k: t / best[present][k] for k, t in found.items() if k != "error"}
            mean = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
            cells = ", ".join(f"{k} {ratio:.2f}" for k, ratio in ratios.items())
            mark = " (now)" if value == present else ""
            print(f"{name} {value}{mark}: {mean:.3f}, {cells}; error {found['error']:.1e}")
