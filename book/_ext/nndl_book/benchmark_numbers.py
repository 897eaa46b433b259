"""The benchmarks' record, ``benchmarks/results.json``, as the page needs it: no Sphinx here."""

import json
import math
from pathlib import Path
from statistics import geometric_mean

RECORD = Path(__file__).resolve().parents[3] / "benchmarks" / "results.json"
DTYPES = ("float32", "float64")
DIRECTIONS = {"forward": "forward", "backward": "backward", "both": "loss and gradient"}
BEHIND = "▼"  # beside a ratio below 1, so that color is not needed to see it


def read() -> dict:
    return json.loads(RECORD.read_text(encoding="utf-8"))


def select(record, dtype=None, against="PyTorch", conv=None) -> list[dict]:
    """Rows of one kind; ``conv`` is True for convolutions alone, False for all others."""
    return [
        row
        for row in record["rows"]
        if row["against"] == against
        and dtype in (None, row["dtype"])
        and conv in (None, row["layer"] == "conv")
    ]


def median(row) -> float:
    return row["ratio"]["median"]


def share(record, row, library="nndl") -> float:
    """The part of the machine's measured peak that a convolution reaches."""
    seconds = row["seconds"]
    gflops = row["gflops"] * seconds["nndl"]["median"] / seconds[library]["median"]
    return gflops / record["machine"]["peak_gflops"][row["dtype"]]["all"]


def duration(seconds) -> str:
    """``0.123`` as ``123 ms``, ``2.4906`` as ``2.49 s``."""
    if seconds >= 0.9995:
        return f"{seconds:.2f}\N{NO-BREAK SPACE}s"
    return f"{milliseconds(seconds)}\N{NO-BREAK SPACE}ms"


def milliseconds(seconds) -> str:
    """Three digits, and all of those before the point."""
    value = 1e3 * seconds
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.{2 - math.floor(math.log10(max(value, 1e-4)))}f}"


def plain(value) -> str:
    """A ratio with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value) -> str:
    """A ratio, marked where it is below 1."""
    return f"{plain(value)}\N{NO-BREAK SPACE}{BEHIND}" if value < 1 else plain(value)


def facts(record) -> dict[str, str]:
    """What the prose of the page says in numbers, by name."""
    rows, machine = select(record), record["machine"]
    behind, others = [row for row in rows if median(row) < 1], machine["others"]
    kind = machine.get("processor")  # records of before lack it
    found = {
        "rows": len(rows),
        "behind": len(behind),
        "rounds": record["rounds"],
        "cores": machine["cores"],
        "threads": machine["threads"],
        "vector": machine["vector_bits"],
        "processor": f"LLVM calls this machine's processor {kind}." if kind else "",
        "imports": duration(max(line["imports"] for line in record["first_call"])),
        "others": "an unknown part" if others is None else f"{100 * others:.1f} percent",
        "other bits": sum(
            not row.get("same_on_one_thread", True) for row in record["rows"] + record["steps"]
        ),
        **{f"bandwidth {n}": f"{gb:.0f}" for n, gb in machine["bandwidth_gb_s"].items()},
        **record["versions"],
    }
    for dtype in DTYPES:
        for count, gflops in machine["peak_gflops"][dtype].items():
            found[f"peak {dtype} {count}"] = f"{gflops:.0f}"
        conv = select(record, dtype, conv=True)
        found[f"conv {dtype}"] = f"{geometric_mean(map(median, conv)):.2f}"
        found[f"slowest conv {dtype}"] = f"{min(map(median, conv)):.2f}"
        steps = [median(row) for row in record["steps"] if row["dtype"] == dtype]
        found[f"slowest step {dtype}"] = f"{min(steps):.2f}"
    if behind:
        worst = min(behind, key=median)
        what = f"{worst['layer']}, {DIRECTIONS[worst['direction']]}, {worst['dtype']}"
        found["worst"] = f"the lowest ratio is {median(worst):.2f} ({what})"
    else:
        found["worst"] = f"the lowest ratio is {min(map(median, rows)):.2f}"
    return {name: str(value) for name, value in found.items()}
