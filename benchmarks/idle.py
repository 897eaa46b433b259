"""Is the machine idle? Ratios from a busy one mislead.

A layer on several threads is as late as its last thread. Where other programs take a core, that
thread waits for its turn, for milliseconds: PyTorch, which divides even small layers among threads,
was then seen to lose by factors of a hundred to what it beats on an idle machine.
"""

import os
from pathlib import Path
from time import perf_counter

from benchmarks.side_by_side import rounded

BUSY = 0.05  # share of all cores' time: above it, ratios are not to be trusted


class Others:
    """How much of the machine's time other programs take, while this one measures."""

    STAT = Path("/proc/stat")

    def __init__(self):
        self.start = self.busy(), perf_counter()

    def busy(self):
        """Seconds that all cores have worked for other programs; None where nobody counts."""
        if not self.STAT.exists():
            return None
        user, nice, system, _, _, *rest = map(
            int, self.STAT.read_text().split("\n")[0].split()[1:8]
        )
        return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])

    def share(self):
        """The part of all cores' time since the start, from 0 to 1."""
        busy, then = self.start
        if busy is None:
            return None
        return rounded(max(0.0, self.busy() - busy) / (perf_counter() - then) / os.cpu_count(), 2)
