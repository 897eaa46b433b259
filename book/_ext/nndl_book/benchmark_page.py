"""The page of the benchmarks: its tables, plots and numbers, from the record and nothing else.

``measured-table`` and ``measured-plot`` name what they show, ``measured`` is a number in a
sentence. All read ``benchmarks/results.json`` when the site is built, so the page cannot disagree
with it.
"""

import os
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book import (
    benchmark_numbers,
    benchmark_plots,
    benchmark_tables,
    figure_twins,
    tables,
)
from book._ext.nndl_book.tables import empty_table, put_beside, row


def record_of(env) -> dict:
    """The record; the page that is being read is read again when the record changes."""
    modules = (benchmark_numbers, benchmark_tables, benchmark_plots, tables)
    for file in (__file__, *(module.__file__ for module in modules), benchmark_numbers.RECORD):
        env.note_dependency(str(file))
    return benchmark_numbers.read()


class MeasuredTable(SphinxDirective):
    """One table: its kind and its title, and the dtype where it is about one."""

    required_arguments = 2
    final_argument_whitespace = True
    option_spec = {"dtype": directives.unchanged}  # noqa: RUF012, as docutils has it

    def run(self):
        record, dtype = record_of(self.env), self.options.get("dtype")
        head, groups = benchmark_tables.table(record, self.arguments[0], dtype)
        table, body = empty_table(head, "measured", self.arguments[1])
        for title, lines in groups:
            rows = [row(map(nodes.Text, cells)) for cells in lines]
            for line, cells in zip(rows, lines, strict=True):
                for cell, text in zip(line, cells, strict=True):
                    if benchmark_numbers.BEHIND in text:
                        cell["classes"].append("behind")
            put_beside(rows, nodes.Text(title))
            body += rows
        return [table]


class MeasuredPlot(SphinxDirective):
    """One plot, with the caption as content; ``figure_twins`` makes its forms."""

    required_arguments = 1
    has_content = True

    def run(self):
        drawing, words = benchmark_plots.draw(record_of(self.env), self.arguments[0])
        figure = nodes.figure("", nodes.image(uri=self.file(drawing), alt=words))
        figure["classes"].append("measured")
        caption, messages = self.state.inline_text(" ".join(self.content), self.lineno)
        figure += nodes.caption("", "", *caption)
        figure["names"].append(f"fig-measured-{self.arguments[0]}")
        self.state.document.note_explicit_target(figure)
        self.set_source_info(figure)
        return [figure, *messages]

    def file(self, drawing) -> str:
        """Where the drawing is, as seen from the book's folder; it is written first."""
        file = Path(self.env.doctreedir) / figure_twins.PLOTS / f"{self.arguments[0]}.svg"
        file.parent.mkdir(exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != drawing:
            file.write_text(drawing, encoding="utf-8", newline="\n")
        return "/" + Path(os.path.relpath(file, self.env.srcdir)).as_posix()


class Measured(SphinxRole):
    """One number, by its name among ``benchmark_numbers.facts``."""

    def run(self):
        facts = benchmark_numbers.facts(record_of(self.env))
        if self.text not in facts:
            problem = f"{self.text!r} is not among the measured facts"
            return [], [self.inliner.reporter.error(problem, line=self.lineno)]
        return [nodes.Text(facts[self.text])], []


def connect(app) -> None:
    app.add_directive("measured-table", MeasuredTable)
    app.add_directive("measured-plot", MeasuredPlot)
    app.add_role("measured", Measured())
