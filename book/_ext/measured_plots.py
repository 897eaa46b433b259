"""The plots of the benchmarks' page, each with a description made of the same numbers."""

import io

import matplotlib
import matplotlib.style
from matplotlib.figure import Figure
from measurements import BEHIND, DIRECTIONS, DTYPES, median, select, share

MARKS = {"forward": ("o", "C0"), "backward": ("s", "C1"), "both": ("D", "C2")}
# 4.6 inches: a phone shows it nearly in full size, and its words stay readable.
WIDTH, LINE = 4.6, 0.27
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


def panels(rows, height):
    """A panel for each dtype, with a line for each shape, the first on top."""
    names = list(dict.fromkeys(map(label, rows)))
    figure = Figure(figsize=(WIDTH, height + LINE * len(names)))
    axes = figure.subplots(1, len(DTYPES), sharex=True, sharey=True)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.4, -0.6)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        ax.set_title(dtype)
        ax.grid(axis="y", color="0.85", lw=0.5)
        ax.tick_params(axis="y", length=0)
    return figure, axes, names


def ratios(record, conv):
    rows = select(record, conv=conv)
    figure, axes, names = panels(rows, 1.0)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        ax.axvline(1, color="black", lw=1)
        for row in (row for row in rows if row["dtype"] == dtype):
            mark, color = MARKS[row["direction"]]
            y = names.index(label(row)) + {"forward": -0.15, "backward": 0.15}.get(
                row["direction"], 0
            )
            ends = [row["ratio"]["q1"], row["ratio"]["q3"]]
            ax.plot(ends, [y, y], color=color, lw=1.5)
            face = "white" if median(row) < 1 else color
            name = DIRECTIONS[row["direction"]]
            ax.plot(median(row), y, mark, ms=4.5, mec=color, mfc=face, label=name)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    figure.supxlabel("times faster than PyTorch (hollow: PyTorch is faster)", fontsize=8)
    legend(figure, axes[0])
    return figure


def shares(record, conv):
    rows = select(record, conv=True)
    figure, axes, names = panels(rows, 1.0)
    for ax, dtype in zip(axes, DTYPES, strict=True):
        for row in (row for row in rows if row["dtype"] == dtype):
            y = names.index(label(row)) + (-0.15 if row["direction"] == "forward" else 0.15)
            mark, color = MARKS[row["direction"]]
            ours, theirs = (100 * share(record, row, name) for name in ("nndl", "PyTorch"))
            name = DIRECTIONS[row["direction"]]
            ax.plot([ours, theirs], [y, y], color="0.6", lw=0.7, zorder=0)
            ax.plot(ours, y, mark, ms=4.5, color=color, label=f"nndl, {name}")
            ax.plot(theirs, y, "|", ms=8, mew=1.5, color="black", label="PyTorch")
        ax.set_xlim(0, 100)
        ax.set_xticks([0, 25, 50, 75, 100])
    figure.supxlabel("per cent of the measured peak of all cores", fontsize=8)
    legend(figure, axes[0])
    return figure


def legend(figure, ax):
    """One entry for each kind of mark, above the panels; the same for marks hollow or filled."""
    handles = {name: line for line, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    for line in handles.values():
        line.set_in_layout(True)
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=3, fontsize=8)


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


__all__ = ["BEHIND", "draw"]
