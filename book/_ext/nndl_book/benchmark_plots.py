"""The plots of the benchmarks' page, each with a description made of the same numbers."""

import io

import matplotlib
import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from book._ext.nndl_book.benchmark_numbers import DIRECTIONS, DTYPES, median, select, share

MARKS = {"forward": ("o", "C0"), "backward": ("s", "C1"), "both": ("D", "C2")}
WIDTH, LINE = 4.0, 0.32  # inches; so narrow that its words stay readable on a phone
STYLE = {"svg.fonttype": "path", "svg.hashsalt": "nndl", "font.size": 8, "axes.titlesize": 8}


def draw(record, kind) -> tuple[str, str]:
    """An SVG drawing and the words for those who do not see it."""
    with matplotlib.style.context(["nndl.book", STYLE]):
        figure = (shares if kind == "peak" else ratios)(record, kind == "conv")
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    words = peak_words(record) if kind == "peak" else ratio_words(record, kind == "conv")
    return file.getvalue().decode("utf-8"), words


def label(row) -> str:
    return row["shape"] if row["layer"] == "conv" else f"{row['layer']} {row['shape']}"


def two_lines(row) -> str:
    """The label, in half the width."""
    return (
        label(row).replace("; ", "\n")
        if row["layer"] == "conv"
        else (f"{row['layer']}\n{row['shape']}")
    )


def panels(rows, height):
    """A panel for each dtype, with a line for each shape, the first on top."""
    names = {label(row): two_lines(row) for row in rows}
    figure = Figure(figsize=(WIDTH, height + LINE * len(names)))
    axes = figure.subplots(1, len(DTYPES), sharex=True, sharey=True)
    axes[0].set_yticks(range(len(names)), names.values())
    axes[0].set_ylim(len(names) - 0.4, -0.6)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        ax.set_title(dtype)
        ax.grid(axis="y", color="0.85", lw=0.5)
        ax.tick_params(axis="y", length=0)
    return figure, axes, list(names)


def place(row, names) -> float:
    """Forward stands a little above a shape's line, backward a little below."""
    return (
        names.index(label(row)) + {"forward": -0.16, "backward": 0.16, "both": 0}[row["direction"]]
    )


def ratios(record, conv):
    rows = select(record, conv=conv)
    figure, axes, names = panels(rows, 1.0)
    for row in rows:
        ax, (mark, color) = axes[DTYPES.index(row["dtype"])], MARKS[row["direction"]]
        y, low, high = place(row, names), row["ratio"]["q1"], row["ratio"]["q3"]
        ax.plot([low, high], [y, y], color=color, lw=1.5)
        ax.plot(median(row), y, mark, ms=5, mec=color, mfc="white" if median(row) < 1 else color)
    for ax in axes:
        ax.axvline(1, color="black", lw=1, zorder=1)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(
            lambda value, _: f"{value:g}" if value >= 1 else f"1/{1 / value:g}"
        )
    figure.supxlabel("times as fast as PyTorch (hollow: PyTorch is faster)", fontsize=8)
    legend(figure, {DIRECTIONS[d]: MARKS[d] for d in dict.fromkeys(r["direction"] for r in rows)})
    return figure


def shares(record, conv):
    rows = select(record, conv=True)
    figure, axes, names = panels(rows, 1.0)
    for row in rows:
        ax, (mark, color), y = (
            axes[DTYPES.index(row["dtype"])],
            MARKS[row["direction"]],
            place(row, names),
        )
        ours, theirs = (100 * share(record, row, name) for name in ("nndl", "PyTorch"))
        ax.plot([ours, theirs], [y, y], color="0.5", lw=0.7, zorder=1)
        ax.plot(ours, y, mark, ms=5, color=color)
        ax.plot(theirs, y, "|", ms=9, mew=1.5, color="black")
    for ax in axes:
        ax.axvline(100, color="black", lw=0.7, ls="--", zorder=1)
        ax.set_xlim(left=0)
    figure.supxlabel("percent of the measured peak of all cores", fontsize=8)
    kinds = {DIRECTIONS[d]: MARKS[d] for d in ("forward", "backward")}
    legend(figure, kinds | {"PyTorch": ("|", "black")})
    return figure


def legend(figure, kinds):
    """The marks, filled, above the panels."""
    lines = [
        Line2D([], [], ls="", marker=mark, color=color, ms=5) for mark, color in kinds.values()
    ]
    figure.legend(lines, kinds, loc="outside upper center", ncols=3, fontsize=8, handletextpad=0.2)


def ratio_words(record, conv) -> str:
    words = f"Ratios of {'convolutions' if conv else 'the other layers'} on a logarithmic axis."
    for dtype in DTYPES:
        rows = sorted(select(record, dtype, conv=conv), key=median)
        ahead = sum(median(row) >= 1 for row in rows)
        low, high = rows[0], rows[-1]
        words += (
            f" In {dtype}, nndl is at least as fast in {ahead} of {len(rows)} rows: the ratios go "
            f"from {median(low):.2f} ({label(low)}, {DIRECTIONS[low['direction']]}) to "
            f"{median(high):.2f} ({label(high)}, {DIRECTIONS[high['direction']]})."
        )
    return words


def peak_words(record) -> str:
    words = "Convolutions as shares of the measured peak, nndl beside PyTorch."
    for dtype in DTYPES:
        rows = select(record, dtype, conv=True)
        spans = []
        for name in ("nndl", "PyTorch"):
            parts = [share(record, row, name) for row in rows]
            spans.append(f"{name} from {min(parts):.0%} to {max(parts):.0%}")
        words += f" In {dtype}, {' and '.join(spans)}."
    return words
