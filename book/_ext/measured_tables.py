"""The tables of the benchmarks' page: a head, and groups of lines.

A group is a title and its lines; the title's cell stands once, beside all of them.
"""

from statistics import geometric_mean

from measurements import DIRECTIONS, duration, median, milliseconds, plain, ratio, select, share


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
    head = ["Shape", "Pass", "Ratio", "nndl, ms", f"{against}, ms"]
    head += ["Of peak"] * (kind == "conv")
    groups = {}
    for row in rows:
        title = row["shape"] if kind == "conv" else f"{row['layer']} {row['shape']}"
        title += f" {row['dtype']}" if dtype is None else ""
        ends = (plain(row["ratio"][name]) for name in ("q1", "q3"))
        spread = f" ({'–'.join(ends)})".replace("–", "\N{WORD JOINER}–\N{WORD JOINER}")
        line = [DIRECTIONS[row["direction"]], ratio(median(row)) + spread]
        line += [milliseconds(row["seconds"][name]["median"]) for name in ("nndl", against)]
        if kind == "conv":
            line.append(f"{share(record, row):.0%}")
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
