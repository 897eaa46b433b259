"""Docstrings fold after their first line in the code of a page; the package has them whole.

The lines of such a cell are several ``pre`` and ``details`` in one box. The copy button takes the
text of the box, so that all of the code is copied, whatever is folded.
"""

import html
import re

from book._tools.minutes import docstrings

CELL = re.compile(
    r'(?s)(<div class="cell_input docutils container">\s*<div class="highlight-[^"]*">'
    r'<div class="highlight">)<pre><span></span>(.*?)</pre>'
)
FEWEST = 2  # lines below the first
LINK = re.compile("</?a[^>]*>")  # what opens at a click has no links
END = '<span class="newline">\n</span>'  # copied and not shown, behind the sign that more follows


def folds(source: str) -> list[tuple[int, int]]:
    """The first and the last line, from 1, of each docstring that is long enough."""
    try:
        found = docstrings(source)
    except SyntaxError:  # a shell command, or a magic one
        return []
    return [(first, last) for first, last in found if last - first >= FEWEST]


def box(lines: list[str], found: list[tuple[int, int]]) -> str:
    """Highlighted lines of code with docstrings folded; no line of Pygments' leaves a tag open."""

    def pre(start, stop):
        return f"<pre><span></span>{''.join(lines[start:stop])}</pre>" if start < stop else ""

    parts, done = [], 0
    for first, last in sorted(found):
        parts.append(pre(done, first - 1))
        title = LINK.sub("", lines[first - 1].removesuffix("\n")) + END
        rest = pre(first, last)
        parts.append(f'<details class="fold docstring"><summary>{title}</summary>{rest}</details>')
        done = last
    return f'<div class="folded-code">{"".join(parts)}{pre(done, len(lines))}</div>'


def fold(match) -> str:
    """A cell's input with its docstrings folded."""
    start, code = match.groups()
    found = folds(html.unescape(re.sub("<[^>]*>", "", code)))
    return start + box(code.splitlines(keepends=True), found) if found else match[0]


def fold_all(app, pagename, templatename, context, doctree) -> None:
    if doctree is not None:
        context["body"] = CELL.sub(fold, context["body"])


def connect(app) -> None:
    app.connect("html-page-context", fold_all, priority=600)  # after the equations' numbers
