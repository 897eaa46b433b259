"""What cells print: lines that break rather than run off a narrow screen, and tables that do not.

Every line becomes an element of its own, so that style can indent what comes after a break. Lines
in columns stay whole, and know their length: on a phone, style makes them as small as may be read
and lets the rest scroll.
"""

import re
from itertools import groupby, pairwise

from book._ext.nndl_book.check_lines import LOOKS_LIKE

OUTPUT = re.compile(
    r'(<div class="output (?:stream(?: holds| fails)?|text_plain) highlight[^"]*">'
    r'<div class="highlight"><pre>(?:<span></span>)?)(.*?)(</pre>)',
    re.DOTALL,
)
TAG = re.compile(r"<[^>]+>")
ENTITY = re.compile(r"&\w+;|&#\d+;")
GAP = re.compile(r"[^\s,.:;] {2,}(?=\S)")  # between two columns, not after a mark of a sentence
FEWEST = 2  # lines in columns that are a table


def shown(line: str) -> str:
    """A line of HTML as one sees it."""
    return ENTITY.sub("x", TAG.sub("", line))


def column_ends(line: str) -> set[int]:
    """Where a line begins again after two or more spaces, and where it stops before them."""
    text = shown(line)
    if LOOKS_LIKE.search(text):
        return set()  # two spaces part a check and its bound, and that is no table
    return {m.start() + 1 for m in GAP.finditer(text)} | {m.end() for m in GAP.finditer(text)}


def in_columns(lines: list[str]) -> list[bool]:
    """For each line, whether it and one beside it have the edge of a column in common."""
    edges = [column_ends(line) for line in lines]
    pairs = [bool(a & b) for a, b in pairwise(edges)]
    return [before or after for before, after in zip([False, *pairs], [*pairs, False], strict=True)]


def spans(body: str) -> str:
    """The lines of one output, each an element."""
    lines = body.removesuffix("\n").split("\n")
    out = []
    for table, run in groupby(zip(in_columns(lines), lines, strict=True), lambda pair: pair[0]):
        texts = [text for _, text in run]
        if table and len(texts) >= FEWEST:
            longest = max(len(shown(text)) for text in texts)
            out.append(f'<span class="columns" style="--length: {longest}">')
            out.append("\n".join(texts) + "\n</span>")
        else:
            out += [f'<span class="line">{text}\n</span>' for text in texts]
    return "".join(out)


def balanced(body: str) -> bool:
    """Whether every line closes the elements that it opens."""
    return all(line.count("<span") == line.count("</span>") for line in body.split("\n"))


def wrap(match: re.Match) -> str:
    head, body, tail = match.groups()
    return head + (spans(body) if balanced(body) else body) + tail


def mark(app, pagename, templatename, context, doctree) -> None:
    if context.get("body"):
        context["body"] = OUTPUT.sub(wrap, context["body"])


def connect(app) -> None:
    app.connect("html-page-context", mark)
