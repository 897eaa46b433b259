"""What a step of the micro-kernel costs at each size, and what constants of ``blocking`` fit.

``python -m benchmarks.tune micro_kernel`` runs it.
"""

import numpy as np

from benchmarks.side_by_side import take_turns
from nndl.fast.kernels import blocking
from nndl.fast.kernels.intrinsics import address_of, call_address, vector_bytes
from nndl.fast.kernels.micro_kernel import micro_kernel
from nndl.fast.runtime.jit import device_function


@device_function
def repeated(address, arguments, times):
    """Call a micro-kernel that often."""
    for _ in range(times):
        call_address(address, arguments)


def step_time(mr, nv, rounds, steps=512):
    """Seconds a step of a micro-kernel takes whose operands lie in the nearest cache."""
    lanes = vector_bytes() // 4
    again = np.arange(steps) % 16
    arrays = [
        np.ones((mr, 16), np.float32), np.arange(mr) * 16, again,
        np.ones((16, nv * lanes), np.float32), np.arange(nv) * lanes, again * nv * lanes,
        np.zeros(mr, np.float32), np.empty((mr, nv * lanes), np.float32),
    ]  # fmt: skip
    places = [address_of(array, 0) for array in arrays]
    given = (*places[:6], steps, places[6], places[7], nv * lanes, places[4])
    kernel = micro_kernel(np.dtype(np.float32), mr, nv)
    repeated(kernel.address, given, 1)
    call = lambda: repeated(kernel.address, given, 100)  # noqa: E731
    return min(take_turns({"step": call}, rounds)["step"]) / 100 / steps


def measure_micro_kernel(rounds):
    """What a step costs, beside what ``blocking.cycles`` says, and the constants that fit best."""
    sizes = [
        (mr, nv)
        for mr in range(1, blocking.MAX_MR + 1)
        for nv in range(1, blocking.MAX_NV + 1)
        if mr * nv <= blocking.max_sums()
    ]
    times = np.array([step_time(*size, rounds) for size in sizes])
    unit = min(times / [mr * nv for mr, nv in sizes])  # of a multiply-add, where nothing waits
    for (mr, nv), time in zip(sizes, times, strict=True):
        print(f"{mr} x {nv}: {time / unit:.2f}, expected {blocking.cycles(mr, nv):.2f}")
    names = ("LATENCY", "BROADCAST", "VECTOR_LOAD", "STEP", "STEP_OF_ONE")
    best = [getattr(blocking, name) for name in names]

    def misfit(values):
        for name, value in zip(names, values, strict=True):
            setattr(blocking, name, value)
        expected = [blocking.cycles(*size) for size in sizes]
        return np.std(np.log(times / unit / expected))

    print(f"now, {dict(zip(names, best, strict=True))}: off by {100 * misfit(best):.0f} %")
    rng, spread = np.random.default_rng(0), 0.5
    for _ in range(3000):  # a random search: five numbers, and a step that shrinks
        tried = [value * np.exp(spread * rng.standard_normal()) for value in best]
        best, spread = (tried, spread) if misfit(tried) < misfit(best) else (best, spread * 0.999)
    fitted = {name: round(float(value), 2) for name, value in zip(names, best, strict=True)}
    print(f"best, {fitted}: off by {100 * misfit(best):.0f} %")
