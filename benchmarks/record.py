"""The record: what a run writes, and what a later one is compared with."""

import json
from pathlib import Path

from benchmarks.layers import name_of
from nndl.internal.whole_files import writing

HERE = Path(__file__).resolve().parent
RECORD = HERE / "results.json"  # in git: the book's page is made from it
LATEST = HERE / "latest.json"  # of a quick run, or on a busy machine; not in git
ALLOWANCE = 0.25  # of a ratio: what two runs on one machine may differ by
STEP = "step"  # the direction of the rows that are a training step, and not a single layer's
KEY = ("layer", "direction", "shape", "dtype", "against")


def read(path=RECORD):
    return json.loads(path.read_text(encoding="utf-8"))


def write(path, results):
    """Write the record, a row a line, whole or not at all."""
    lines = []
    for key, value in results.items():
        if isinstance(value, list):
            rows = ",\n".join(f"    {json.dumps(row)}" for row in value)
            value = f"[\n{rows}\n  ]" if value else "[]"
        else:
            value = json.dumps(value)
        lines.append(f"  {json.dumps(key)}: {value}")
    with writing(path) as file:
        file.write(("{\n" + ",\n".join(lines) + "\n}\n").encode())


def rows_of(results):
    """All rows of a record: the layers' and the training steps'."""
    return [*results["rows"], *results["steps"]]


def key_of(row):
    return tuple(row[key] for key in KEY)


def slower(rows, recorded, allowance=ALLOWANCE):
    """The rows whose ratio has fallen, and a sentence on each.

    Compared are ratios, because both sides of a ratio are measured on the same machine at the same
    time. A row counts as slower when even the upper quartile of its ratio lies more than
    ``allowance`` below the recorded median.
    """
    before = {key_of(row): row["ratio"]["median"] for row in recorded}
    found = {}
    for row in rows:
        then, now = before.get(key_of(row)), row["ratio"]
        if then is not None and now["q3"] < (1 - allowance) * then:
            found[key_of(row)] = f"{name_of(row)}: {now['median']:.2f}, recorded {then:.2f}"
    return found
