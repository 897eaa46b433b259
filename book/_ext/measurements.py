"""The benchmarks' record, ``benchmarks/results.json``, as the page needs it: no Sphinx here."""

import json
import math
from pathlib import Path
from statistics import geometric_mean

RECORD = Path(__file__).resolve().parents[2] / "benchmarks" / "results.json"
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
    """``0.0123`` as ``12.3 ms``: three digits and the unit they fit."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size or unit == "µs":
            value = seconds / size
            digits = max(0, 2 - math.floor(math.log10(max(value, 1e-9)))) if value else 0
            return f"{value:.{min(digits, 2)}f}\N{NO-BREAK SPACE}{unit}"
    raise AssertionError


def plain(value) -> str:
    """A ratio with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value) -> str:
    """A ratio, marked where it is below 1."""
    return f"{plain(value)}\N{NO-BREAK SPACE}{BEHIND}" if value < 1 else plain(value)


def facts(record) -> dict[str, str]:
    """What the prose of the page says in numbers, by name."""
    rows, machine = select(record), record["machine"]
    behind = [row for row in rows if median(row) < 1]
    found = {
        "rows": len(rows),
        "behind": len(behind),
        "rounds": record["rounds"],
        "cores": machine["cores"],
        "threads": machine["threads"],
        "vector": machine["vector_bits"],
        "other bits": sum(not row.get("same_on_one_thread", True) for row in record["rows"]),
        **{f"bandwidth {n}": f"{gb:.0f}" for n, gb in machine["bandwidth_gb_s"].items()},
        **record["versions"],
    }
    for dtype in DTYPES:
        for count, gflops in machine["peak_gflops"][dtype].items():
            found[f"peak {dtype} {count}"] = f"{gflops:.0f}"
        conv = select(record, dtype, conv=True)
        found[f"conv {dtype}"] = f"{geometric_mean(map(median, conv)):.2f}"
        found[f"slowest conv {dtype}"] = f"{min(map(median, conv)):.2f}"
    if behind:
        worst = min(behind, key=median)
        what = f"{worst['layer']}, {DIRECTIONS[worst['direction']]}, {worst['dtype']}"
        found["worst"] = f"the lowest ratio is {median(worst):.2f} ({what})"
    else:
        found["worst"] = f"the lowest ratio is {min(map(median, rows)):.2f}"
    return {name: str(value) for name, value in found.items()}


# ------------------------------------------------------------ tables: a head and groups of lines
# A group is a title and its lines; the title's cell stands once, beside all of them.


def table(record, kind, dtype) -> tuple[list[str], list]:
    """The table of one kind, for one dtype where a table is about one."""
    return {
        "conv": rows_table,
        "others": rows_table,
        "loops": rows_table,
        "summary": summary_table,
        "memory": memory_table,
        "first": first_table,
    }[kind](record, kind, dtype)


def rows_table(record, kind, dtype):
    against = "naive loops" if kind == "loops" else "PyTorch"
    rows = select(record, dtype, against, {"conv": True, "others": False}.get(kind))
    head = ["Shape", "Pass", "nndl", against, "Ratio"]
    head += ["Of peak"] * (kind == "conv")
    groups = {}
    for row in rows:
        title = row["shape"] if kind == "conv" else f"{row['layer']} {row['shape']}"
        title += f" {row['dtype']}" if dtype is None else ""
        ours, theirs = (row["seconds"][name]["median"] for name in ("nndl", against))
        line = [DIRECTIONS[row["direction"]], duration(ours), duration(theirs)]
        spread = f" ({plain(row['ratio']['q1'])}–{plain(row['ratio']['q3'])})"
        line += [ratio(median(row)) + spread]
        line += [f"{share(record, row):.0%}"] * (kind == "conv")
        groups.setdefault(title, []).append(line)
    return head, list(groups.items())


def summary_table(record, kind, dtype):
    groups = {}
    for row in select(record):
        groups.setdefault(row["layer"], {}).setdefault(row["dtype"], []).append(median(row))
    return ["Layer", "dtype", "Mean", "Lowest", "Highest"], [
        (
            layer,
            [[dtype, *map(ratio, (geometric_mean(v), min(v), max(v)))] for dtype, v in of.items()],
        )
        for layer, of in groups.items()
    ]


def memory_table(record, kind, dtype):
    groups = {}
    for line in record["memory"]:
        cells = groups.setdefault(line["shape"], {}).setdefault(line["dtype"], {})
        cells[line["library"]] = f"{line['mb']:.1f}\N{NO-BREAK SPACE}MB"
    return ["Shape", "dtype", "nndl", "PyTorch"], [
        (shape, [[dtype, cells["nndl"], cells["PyTorch"]] for dtype, cells in kinds.items()])
        for shape, kinds in groups.items()
    ]


def first_table(record, kind, dtype):
    groups = {}
    for line in record["first_call"]:
        for direction, cold in line["cold"].items():
            cells = [DIRECTIONS[direction], line["dtype"], duration(line["warm"][direction])]
            groups.setdefault(line["layer"], []).append([*cells, duration(cold)])
    return ["Layer", "Pass", "dtype", "Warm", "Cold"], list(groups.items())
