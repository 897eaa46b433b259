"""What the constants of the kernels decide: each set to other values, and timed.

    python -m benchmarks.tune TOPIC [--rounds 5]

A topic is ``blocks``, ``winograd``, ``pays``, ``threads``, ``loops``, ``statistics`` or
``micro_kernel``. For a constant, a
line gives the time with each value beside the time with the value that it has now: the mean over
all rows, by their logarithms, and the slowest row. A value is better when the mean is below 1 by
more than a second run changes it. It is then edited where it stands, and ``make bench`` says what
the layers make of it. Nothing is written. Values that change how sums are grouped change bits.
"""

import argparse
from functools import partial
from itertools import product

import numpy as np

from benchmarks.layers import DTYPES, LAYERS, arguments
from benchmarks.side_by_side import take_turns
from benchmarks.tune_micro_kernel import measure_micro_kernel
from benchmarks.tune_statistics import measure_statistics
from nndl.fast import conv, relu
from nndl.fast.kernels import blocking, direct_plan, winograd_plan
from nndl.fast.runtime.jit import compile_kernel

TOPICS = {
    "blocks": [
        (blocking, "MIN_BLOCKS", (8, 16, 32, 64)),
        (blocking, "MAX_FRAME_BYTES", (2**16, 2**17, 2**18, 2**19, 2**20)),
        (blocking, "MIN_BLOCK_PIXELS", (64, 128, 256, 512)),
        (direct_plan, "REDUCTION_GROUPS", (8, 16, 32)),
        (direct_plan, "MAX_PARTIAL_SUM_BYTES", (2**20, 2**22, 2**24)),
        (direct_plan, "MAX_MR_DW", (8, 10, 12, 14)),
    ],
    "winograd": [
        (winograd_plan, "MAX_V_BYTES", (2**16, 2**17, 2**18, 2**19)),
        (winograd_plan, "MAX_M_BYTES", (2**15, 2**16, 2**17, 2**18)),
        (winograd_plan, "MAX_V_BYTES_DW", (2**17, 2**18, 2**19, 2**20)),
        (winograd_plan, "WINOGRAD_MIN_BLOCKS", (4, 8, 16)),
        (winograd_plan, "MIN_BLOCK_TILES", (32, 64, 128)),
    ],
}
# Channels and filters, and the height of an image, from where transforms cost the most on.
PAYS = [(8, 32), (16, 32), (16, 16), (32, 32), (32, 16), (64, 16), (128, 8), (128, 16), (256, 8)]
PLANS = [getattr(conv, name) for name in dir(conv) if name.endswith("_plan")]


class Setting:
    """Values of constants; plans are made anew when they come into force."""

    present = None

    def __init__(self, *constants):
        self.constants = constants

    def enter(self):
        """Put them into force, instead of those of the setting before."""
        if Setting.present is not self:
            for module, name, value in self.constants:
                setattr(module, name, value)
            for plan in PLANS:
                plan.cache_clear()
            Setting.present = self


def passes(shape, dtype):
    """The forward and the backward pass on a shape, as functions without arguments."""
    rng = np.random.default_rng(0)
    given = arguments("conv", shape, dtype, rng)
    out, cache = conv.conv_forward_fast(*given)
    dout = rng.standard_normal(out.shape).astype(dtype)
    return {
        "forward": lambda: conv.conv_forward_fast(*given),
        "backward": lambda: conv.conv_backward_fast(dout, cache),
    }


def compare(call, settings, rounds):
    """The median time of ``call`` with each of some settings, which take turns."""

    def under(setting):
        def run():
            setting.enter()
            call()

        run()  # compiles
        return run

    contenders = {name: under(setting) for name, setting in settings.items()}
    return {name: np.median(times) for name, times in take_turns(contenders, rounds).items()}


def measure_constants(topic, rounds):
    """One line a constant: the time with each value, beside that with the present one."""
    for module, name, values in TOPICS[topic]:
        now, ratios = getattr(module, name), []
        settings = {value: Setting((module, name, value)) for value in values}
        for shape, dtype in product(LAYERS["conv"].shapes, DTYPES):
            for call in passes(shape, dtype).values():
                times = compare(call, settings, rounds)
                ratios.append([times[value] / times[now] for value in values])
        settings[now].enter()
        means, worst = np.exp(np.log(ratios).mean(axis=0)), np.max(ratios, axis=0)
        cells = [f"{v}: {m:.3f} ({w:.2f})" for v, m, w in zip(values, means, worst, strict=True)]
        print(f"{name} is {now}, mean (slowest row): " + ", ".join(cells), flush=True)


def measure_pays(rounds):
    """How many times faster Winograd's products are than plain sums, by channels and side."""
    names = "winograd_pays", "winograd_pays_for_dw"
    settings = {
        answer: Setting(*((conv, name, lambda *_, answer=answer: answer) for name in names))
        for answer in (False, True)
    }
    for r, dtype, (channels, height) in product((3, 5), DTYPES, PAYS):
        shape = f"{max(8, 2**14 // height**2)},{channels},{height}; {channels},{r},1,{r // 2}"
        size = (r + 1) ** 2 * channels**2 * np.dtype(dtype).itemsize
        cells = []
        for direction, call in passes(shape, dtype).items():
            times = compare(call, settings, rounds)
            cells.append(f"{direction} {times[False] / times[True]:.2f}")
        print(f"{shape} {dtype}, U of {size} bytes: {', '.join(cells)}", flush=True)


def measure_threads(rounds):
    """How many times faster a call is with threads, by its multiply-adds."""
    settings = {least: Setting((conv, "MIN_PARALLEL_WORK", least)) for least in (0, 2**60)}
    for height in (4, 6, 8, 12, 16, 24, 32):
        call = passes(f"8,8,{height}; 8,3,1,1", "float32")["forward"]
        times = compare(call, settings, rounds)
        work = 8 * 8 * 8 * 9 * height**2
        print(f"{work} multiply-adds: {times[2**60] / times[0]:.2f} times faster with threads")


def measure_loops(rounds):
    """How many times faster a loop over the entries of an array is with threads, by their number.

    The loops are those of ReLU, backward: two arrays are read and one is written.
    """
    for exponent in range(11, 20):
        given = np.random.default_rng(0).standard_normal((3, 2**exponent)).astype(np.float32)
        calls = {name: partial(gate(least), *given) for name, least in (("yes", 0), ("no", 2**60))}
        for call in calls.values():
            call()  # compiles
        times = take_turns(calls, rounds)
        ratio = np.median(times["no"]) / np.median(times["yes"])
        print(f"2**{exponent} entries: {ratio:.2f} times faster with threads")


def gate(least):
    """The loop of ReLU, with threads from ``least`` entries on."""
    return compile_kernel(relu._gate, np.dtype(np.float32), "1C 1C 1C!", min_parallel_work=least)


OTHERS = {
    "pays": measure_pays,
    "threads": measure_threads,
    "loops": measure_loops,
    "statistics": measure_statistics,
    "micro_kernel": measure_micro_kernel,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topic", choices=[*TOPICS, *OTHERS])
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    if chosen.topic in TOPICS:
        measure_constants(chosen.topic, chosen.rounds)
    else:
        OTHERS[chosen.topic](chosen.rounds)
