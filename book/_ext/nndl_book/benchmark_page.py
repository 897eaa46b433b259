"""The page of the benchmarks: its tables, plots and numbers, from the record and nothing else.

``measured-table`` and ``measured-plot`` name what they show, ``measured`` is a number in a
sentence. All read ``benchmarks/results.json`` when the site is built, so the page cannot disagree
with it.
"""

import base64
from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.nndl_book import (
    benchmark_numbers,
    benchmark_plots,
    benchmark_tables,
    figure_colors,
    figure_svg,
    tables,
)
from book._ext.nndl_book.tables import empty_table, put_beside, row


def record_of(env) -> dict:
    """The record; the page that is being read is read again when the record changes."""
    modules = (benchmark_numbers, benchmark_tables, benchmark_plots, tables)
    modules += (figure_colors, figure_svg)
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
    """One plot, with the caption as content. The picture lies in the page itself."""

    required_arguments = 1
    has_content = True

    def run(self):
        drawing, words = benchmark_plots.draw(record_of(self.env), self.arguments[0])
        images = "".join(
            self.image(name, draw(drawing), words) for name, draw in figure_svg.FORMS.items()
        )
        figure = nodes.figure("", nodes.raw("", images, format="html"), classes=["measured"])
        caption, messages = self.state.inline_text(" ".join(self.content), self.lineno)
        figure += nodes.caption("", "", *caption)
        figure["names"].append(f"fig-measured-{self.arguments[0]}")
        self.state.document.note_explicit_target(figure)
        self.set_source_info(figure)
        return [figure, *messages]

    @staticmethod
    def image(name, drawing, words):
        """The tag of one form, for light or for dark pages."""
        sizes = zip(("width", "height"), figure_svg.size(figure_svg.parsed(drawing)), strict=True)
        lengths = " ".join(f'{side}="{figure_svg.SCALE * size:.0f}"' for side, size in sizes)
        data = base64.b64encode(drawing.encode()).decode()
        source = f"data:image/svg+xml;base64,{data}"
        return f'<img class="drawing {name}" alt="{escape(words)}" {lengths} src="{source}">'


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
