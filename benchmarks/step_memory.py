"""How much memory does a training step need beyond the network, its averages and its images?

Each measurement is a process of its own, as for a convolution. A step on two images comes first:
code, threads and Adam's averages are there when the peak is noted.
"""

import json
import sys

from benchmarks.layers import DTYPES, PYTORCH
from benchmarks.memory import MB, RESET, in_new_process, peak_of
from benchmarks.networks import NETWORKS, SHAPE
from benchmarks.side_by_side import rounded
from benchmarks.steps import Ours, batch


def measure(threads, networks=tuple(NETWORKS), dtypes=DTYPES):
    """A line for each library, network and dtype; none where the system does not tell."""
    if not RESET.exists():
        return []
    return [
        {"library": library, "layer": name, "shape": SHAPE, "dtype": dtype}
        | in_new_process("benchmarks.step_memory", library, name, dtype, SHAPE, str(threads))
        for dtype in dtypes
        for name in networks
        for library in ("nndl", PYTORCH)
    ]


def beyond(library, name, dtype, shape, threads):
    """MB in use at the peak of a step, less what is there before and after."""
    made, given = Ours(name, dtype), batch(dtype, shape)
    if library == "nndl":
        import numba

        numba.set_num_threads(threads)
    else:
        import torch

        from benchmarks.pytorch_steps import Theirs

        torch.set_num_threads(threads)
        made, given = Theirs(name, made.params, dtype), Theirs.tensors(*given)
    made.step(*(array[:2] for array in given))
    return peak_of(lambda: made.step(*given))[0] / MB


if __name__ == "__main__":
    library, name, dtype, shape, threads = sys.argv[1:]
    mb = beyond(library, name, dtype, shape, int(threads))
    print(json.dumps({"mb": rounded(max(0.0, mb), 3)}))
