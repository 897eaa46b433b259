"""One row: ours and theirs on the same numbers, checked to agree, then timed."""

import numba
import numpy as np

from benchmarks.layers import LOOPS, arguments, calls, conv_flops, name_of
from benchmarks.side_by_side import rounded, summary, take_turns

TOLERANCE = {"float32": 1e-3, "float64": 1e-9}  # of the largest entry: a different sum, no bug
DRAWN = "dropout"  # from two generators: the masks differ, as they should


def set_up(threads):
    """Give nndl and PyTorch as many threads, and spare PyTorch the thought of gradients."""
    import torch

    numba.set_num_threads(threads)
    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)


def measure(case, rounds, threads, wanted=lambda row: True):
    """Yield the rows of a case: what is measured, both times, their ratio."""
    rows = {d: case.row(d) for d in case.directions if wanted(case.row(d))}
    if not rows:
        return
    given = arguments(case.layer, case.shape, case.dtype, np.random.default_rng(0))
    ours, dout = calls(case.layer, given)
    if case.against == LOOPS:
        theirs, _ = calls(case.layer, given, naive=True)
    else:
        from benchmarks import pytorch

        theirs = pytorch.calls(case.layer, given, dout)
    for direction, row in rows.items():
        pair = {"nndl": ours[direction], case.against: theirs[direction]}
        if (case.layer, direction) != (DRAWN, "forward"):
            row["same_on_one_thread"] = same_on_one_thread(pair["nndl"], threads)
        if case.layer != DRAWN and case.against != LOOPS:  # with the loops, tests compare
            must_agree(name_of(row), pair["nndl"](), pair[case.against](), TOLERANCE[case.dtype])
        row |= summary(take_turns(pair, rounds), "nndl", case.against)
        if case.layer == "conv":
            speed = conv_flops(case.shape, direction) / row["seconds"]["nndl"]["median"]
            row["gflops"] = rounded(speed / 1e9)
        yield row


def arrays(result):
    """What a call returned, as a list of arrays."""
    return [np.asarray(r) for r in (result if isinstance(result, tuple) else (result,))]


def must_agree(name, ours, theirs, tolerance):
    """Raise ``ValueError`` where the two did not compute the same."""
    for a, b in zip(arrays(ours), arrays(theirs), strict=True):
        error = np.abs(a - b).max() / max(1e-30, np.abs(b).max())
        if a.shape != b.shape or not error <= tolerance:
            raise ValueError(f"{name}: the results differ, by {error:.1e} of the largest")


def same_on_one_thread(call, threads):
    """Whether one thread gives the bits that all threads give."""
    many = arrays(call())
    numba.set_num_threads(1)
    try:
        one = arrays(call())
    finally:
        numba.set_num_threads(threads)
    return all(a.tobytes() == b.tobytes() for a, b in zip(many, one, strict=True))
