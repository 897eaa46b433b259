"""Lines of code and the equations that they implement lead to each other.

In the code of a page, a label becomes the equation's number, a link to it; the statement around a
label in a comment is a region. Regions, equations and terms say what lights where one points at
them, as a selector in ``data-lights``, and ``equations.js`` lights it. The number of an equation is
a link to its first line; its preview lists all lines, and the equation's symbols.
"""

import html
import re
import textwrap
from dataclasses import dataclass

from docutils import nodes

from book._ext.nndl_book.equation_links import number_of
from book._tools.equation_lines import TERM, regions

PYTHON = ("ipython3", "ipython", "python")
CODE = re.compile(
    r'(?s)(<div class="highlight-([\w+-]+)[^"]*">\s*<div class="highlight"><pre>(?:<span></span>)?)'
    r"(.*?)(</pre>)"
)
TAG = re.compile("<[^>]*>")


@dataclass(frozen=True)
class Line:
    """A line of code that implements an equation: its anchor, where it is, and what it says.

    ``term`` is the equation's term that it computes, or None.
    """

    anchor: str
    place: str
    code: str
    term: str | None


class Anchors:
    """The anchors of a page's lines: ``line-eq-conv``, then ``line-eq-conv-2`` and so on."""

    def __init__(self):
        self.counts = {}

    def next(self, label: str) -> str:
        count = self.counts[label] = self.counts.get(label, 0) + 1
        return nodes.make_id(f"line-{label}") + (f"-{count}" if count > 1 else "")


def lines_of(doctree) -> dict[str, list[Line]]:
    """``{label: lines}`` of the equations that a page's code implements."""
    anchors, found = Anchors(), {}
    for block in doctree.findall(nodes.literal_block):
        if block.get("language") not in PYTHON:
            continue
        source = block.astext().splitlines()
        for region in regions(block.astext()):
            name, start = region.function or ("this page's code", 1)
            place = f"line {region.last - start + 1} of {name}" if region.function else name
            code = "\n".join(source[region.first - 1 : region.last])
            for cite in region.cites:
                line = Line(anchors.next(cite.label), place, without_comments(code), cite.term)
                found.setdefault(cite.label, []).append(line)
    return found


def without_comments(code: str) -> str:
    """Lines of code as a list shows them: those that are more than the equation's label."""
    kept = [re.sub(rf"\s*#[^#\n]*{TERM.pattern}[^\n]*$", "", line) for line in code.splitlines()]
    return textwrap.dedent("\n".join(line for line in kept if line.strip()))


def note_lines(app, doctree, docname) -> None:
    """Give each equation its lines, before it is written."""
    if app.builder.format != "html":
        return
    found = lines_of(doctree)
    for equation in doctree.findall(nodes.math_block):
        equation["lines"] = found.get(equation.get("label"), [])


def lit_lines(lines: list[Line]) -> str:
    """The selector of an equation's lines in the code."""
    return f".eq-line:has({','.join(f'#{line.anchor}' for line in lines)})"


def lit_by_terms(node, typeset: str) -> str:
    """An equation as it is drawn, each of whose terms lights the lines that compute it alone."""
    for term in node.get("terms", {}):
        lines = [line for line in node.get("lines", []) if line.term == term]
        found = re.search(rf'(?<= )term-{term}"', typeset)
        if lines and found:
            more = f' data-lights="{lit_lines(lines)}"'
            typeset = typeset[: found.end()] + more + typeset[found.end() :]
    return typeset


def lit_equations(region, number) -> str:
    """The selector of the equations that a region implements, with their terms."""
    found = []
    for cite in region.cites:
        if number(cite.label):
            equation = f"#{nodes.make_id(f'equation-{cite.label}')}"
            found += [equation, *([f"{equation} .term-{cite.term}"] if cite.term else [])]
    return ",".join(dict.fromkeys(found))


def number_link(node, number: str) -> str:
    """An equation's number, a link to its first line; to itself where no line implements it."""
    lines, label = node.get("lines", []), node["label"]
    if lines:
        more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
        name = html.escape(f"({number}), in code: {lines[0].place}{more}")
        return f'<a class="number" href="#{lines[0].anchor}" aria-label="{name}">({number})</a>'
    own, name = nodes.make_id(f"symbols-{label}"), f"({number}), symbols"
    return f'<a class="number" id="{own}" href="#{own}" aria-label="{name}">({number})</a>'


def preview(node) -> tuple[str, str]:
    """The anchor that an equation's number leads to, and the HTML that lists its lines."""
    lines, label = node.get("lines", []), node["label"]
    if not lines:
        return nodes.make_id(f"symbols-{label}"), ""
    items = [
        f'<li><a href="#{line.anchor}">{html.escape(line.place)}</a>'
        f"<pre>{html.escape(line.code)}</pre></li>"
        for line in lines
    ]
    return lines[0].anchor, f'<p>In code:</p><ul class="lines">{"".join(items)}</ul>'


def tied(code: str, number, anchors: Anchors) -> str:
    """Highlighted Python with numbers for labels, and the regions that equations light."""
    lines, found = code.split("\n"), regions(html.unescape(TAG.sub("", code)))
    anchored = {cite.line for region in found for cite in region.cites}

    def link(match, in_comment):
        label = match[1]
        shown = number(label)
        if not shown:
            return match[0]
        name = f' id="{anchors.next(label)}"' if in_comment else ""
        target = nodes.make_id(f"equation-{label}")
        return f'<a class="equation"{name} href="#{target}">({shown})</a>'

    for at, line in enumerate(lines, 1):
        lines[at - 1] = TERM.sub(lambda match, here=at in anchored: link(match, here), line)
    for region in found:
        start = f'<span class="eq-line" data-lights="{lit_equations(region, number)}">'
        lines[region.first - 1] = start + lines[region.first - 1]
        lines[region.last - 1] += "</span>"
    return "\n".join(lines)


def tie(app, pagename, templatename, context, doctree) -> None:
    """Tie all code of a page to its equations."""
    if doctree is None:
        return
    anchors = Anchors()

    def number(label):
        return number_of(app.env, pagename, label)

    def change(match):
        start, language, code, end = match.groups()
        return start + (tied(code, number, anchors) if language in PYTHON else code) + end

    context["body"] = CODE.sub(change, context["body"])


def connect(app) -> None:
    app.connect("doctree-resolved", note_lines, priority=900)  # before previews are written
    app.connect("html-page-context", tie)
