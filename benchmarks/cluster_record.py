"""How the record of workers is written: tables in Markdown, a section for each machine."""

import os
import time

from llvmlite.binding import get_host_cpu_name

BATCH = 128
STEPS = ("network", "workers", "images/s", "× one thread", "× all cores", "predicted", "MB/worker")
STEPS += ("MB/step",)
NOTHING = ("workers", "parameters (MB)", "ms/step")
TRIALS = ("workers", "trials/s", "× without a cluster", "ideal")
HEAD = f"""# Training and searching on workers

`python -m benchmarks.cluster --record`. A step is one of Adam on {BATCH} images as large as
those of CIFAR-10. Each worker is a process with one thread, and has one shard. "× one thread" and
"× all cores" are the speed beside one process alone, which has one thread, or all cores. Predicted
is the first of them, by the simulator of the chapter "Many machines". MB/step are the parameters
to the workers and the gradients back. A search with 0 workers is one in the process that asks.
"""


def short(value):
    """A value as the tables have it."""
    if value is None:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) and value < 100 else f"{value:.0f}" if (
        isinstance(value, float)) else str(value)  # fmt: skip


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([short(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def section_of(rows, nothing, trials):
    """The heading of this machine's part of the record, and its tables."""
    ms = [(workers, size, seconds * 1e3) for workers, size, seconds in nothing]
    found = [
        (row["workers"], row["trials_per_second"], row["speed_up"], row["ideal"]) for row in trials
    ]
    each = 1000 * trials[0]["seconds"] / trials[0]["trials"]
    return (
        f"## {os.cpu_count()} cores, {get_host_cpu_name()}",
        f"""
On {time.strftime("%Y-%m-%d")}.

{table(STEPS, [[row[key] for key in STEPS] for row in rows])}

A step whose gradients cost nothing, so that nothing but the exchange is left:

{table(NOTHING, ms)}

A search, of {trials[0]["trials"]} trials of {each:.0f} ms:

{table(TRIALS, found)}
""",
    )


def recorded(before, heading, body):
    """The record with this machine's part, and the parts of others that it had before."""
    parts = dict(part.partition("\n")[::2] for part in ("\n" + before).split("\n## ")[1:])
    parts[heading.removeprefix("## ")] = body
    return HEAD + "".join(f"\n## {name}\n{parts[name].rstrip()}\n" for name in sorted(parts))
