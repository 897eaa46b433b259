"""The page of the benchmarks: its tables, plots and numbers, from the record and nothing else.

``measured-table`` and ``measured-plot`` name what they show, ``measured`` is a number in a
sentence. All read ``benchmarks/results.json`` when the site is built, so the page cannot disagree
with it.
"""

import base64
from html import escape

import measured_plots
import measured_tables
import measurements
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxRole
from verified import row


def record_of(env) -> dict:
    """The record; the page that is being read is read again when the record changes."""
    modules = (measurements, measured_tables, measured_plots)
    for file in (__file__, *(module.__file__ for module in modules), measurements.RECORD):
        env.note_dependency(str(file))
    return measurements.read()


class MeasuredTable(SphinxDirective):
    """One table: its kind and its title, and the dtype where it is about one."""

    required_arguments = 2
    final_argument_whitespace = True
    option_spec = {"dtype": directives.unchanged}  # noqa: RUF012, as docutils has it

    def run(self):
        record, dtype = record_of(self.env), self.options.get("dtype")
        head, groups = measured_tables.table(record, self.arguments[0], dtype)
        table = nodes.table("", nodes.title("", self.arguments[1]), classes=["measured"])
        group = nodes.tgroup(cols=len(head))
        group.extend(nodes.colspec(colwidth=1) for _ in head)
        group += nodes.thead("", row(map(nodes.Text, head)))
        body = nodes.tbody()
        group += body
        table += group
        for title, lines in groups:
            for i, cells in enumerate(lines):
                line = row(map(nodes.Text, cells))
                for cell, text in zip(line, cells, strict=True):
                    if measurements.BEHIND in text:
                        cell["classes"].append("behind")
                if i == 0:
                    entry = nodes.entry("", nodes.paragraph("", "", nodes.Text(title)))
                    entry["morerows"] = len(lines) - 1
                    line.insert(0, entry)
                body += line
        return [table]


class MeasuredPlot(SphinxDirective):
    """One plot, with the caption as content. The picture lies in the page itself."""

    required_arguments = 1
    has_content = True

    def run(self):
        drawing, words = measured_plots.draw(record_of(self.env), self.arguments[0])
        data = base64.b64encode(drawing.encode()).decode()
        image = f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'
        figure = nodes.figure("", nodes.raw("", image, format="html"), classes=["measured"])
        caption, messages = self.state.inline_text(" ".join(self.content), self.lineno)
        figure += nodes.caption("", "", *caption)
        figure["names"].append(f"fig-measured-{self.arguments[0]}")
        self.state.document.note_explicit_target(figure)
        self.set_source_info(figure)
        return [figure, *messages]


class Measured(SphinxRole):
    """One number, by its name among ``measurements.facts``."""

    def run(self):
        facts = measurements.facts(record_of(self.env))
        if self.text not in facts:
            problem = f"{self.text!r} is not among the measured facts"
            return [], [self.inliner.reporter.error(problem, line=self.lineno)]
        return [nodes.Text(facts[self.text])], []


def setup(app) -> dict:
    app.add_directive("measured-table", MeasuredTable)
    app.add_directive("measured-plot", MeasuredPlot)
    app.add_role("measured", Measured())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
