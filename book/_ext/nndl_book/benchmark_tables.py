"""The tables of the benchmarks' page: a head, and groups of lines.

A group is a title and its lines; the title's cell stands once, beside all of them.
"""

from statistics import geometric_mean

from book._ext.nndl_book.benchmark_numbers import (
    DIRECTIONS,
    duration,
    median,
    milliseconds,
    plain,
    ratio,
    select,
    share,
)


def table(record, kind, dtype) -> tuple[list[str], list]:
    """The table of one kind, for one dtype where a table is about one."""
    return {
        "conv": rows_table,
        "others": rows_table,
        "loops": rows_table,
        "summary": summary_table,
        "steps": steps_table,
        "memory": memory_table,
        "step-memory": memory_table,
        "first": first_table,
    }[kind](record, kind, dtype)


def rows_table(record, kind, dtype):
    against = "naive loops" if kind == "loops" else "PyTorch"
    rows = select(record, dtype, against, {"conv": True, "others": False}.get(kind))
    head = ["Shape", "Pass", "Ratio", "nndl, ms", f"{against}, ms"]
    head += ["Of peak"] * (kind == "conv")
    groups = {}
    for row in rows:
        title = row["shape"] if kind == "conv" else f"{row['layer']} {row['shape']}"
        title += f" {row['dtype']}" if dtype is None else ""
        line = [DIRECTIONS[row["direction"]], *times(row, against)]
        if kind == "conv":
            line.append(f"{share(record, row):.0%}")
        groups.setdefault(title, []).append(line)
    return head, list(groups.items())


def times(row, against="PyTorch") -> list[str]:
    """The ratio with its quartiles, and both times. A single round has no quartiles."""
    ends = [row["ratio"][name] for name in ("q1", "q3")]
    spread = f" ({'–'.join(map(plain, ends))})".replace("–", "\N{WORD JOINER}–\N{WORD JOINER}")
    spread = "" if ends[0] == ends[1] else spread
    both = [milliseconds(row["seconds"][name]["median"]) for name in ("nndl", against)]
    return [ratio(median(row)) + spread, *both]


def steps_table(record, kind, dtype):
    groups = {}
    for row in record["steps"]:
        groups.setdefault(row["layer"], []).append([row["dtype"], *times(row)])
    return ["Network", "dtype", "Ratio", "nndl, ms", "PyTorch, ms"], list(groups.items())


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
    lines, title = ("step_memory", "layer") if kind == "step-memory" else ("memory", "shape")
    groups = {}
    for line in record[lines]:
        cells = groups.setdefault(line[title], {}).setdefault(line["dtype"], {})
        cells[line["library"]] = f"{line['mb']:.1f}\N{NO-BREAK SPACE}MB"
    head = {"layer": "Network", "shape": "Shape"}[title]
    return [head, "dtype", "nndl", "PyTorch"], [
        (of, [[dtype, cells["nndl"], cells["PyTorch"]] for dtype, cells in kinds.items()])
        for of, kinds in groups.items()
    ]


def first_table(record, kind, dtype):
    groups = {}
    for line in record["first_call"]:
        for direction, cold in line["cold"].items():
            cells = [DIRECTIONS[direction], line["dtype"], duration(line["warm"][direction])]
            groups.setdefault(line["layer"], []).append([*cells, duration(cold)])
    return ["Layer", "Pass", "dtype", "Warm", "Cold"], list(groups.items())
