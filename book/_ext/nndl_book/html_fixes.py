"""Small repairs of the HTML that extensions write."""

import re
from pathlib import Path

from docutils import nodes

from book._ext.nndl_book import last_words

VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')
CODE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
REPLACED = {
    # A list may hold list items only, and the role that docutils writes is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
}
BLOCKS = (
    nodes.Sequential, nodes.paragraph, nodes.literal_block, nodes.block_quote, nodes.math_block,
)  # fmt: skip

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={page}">
</head>
<body><a href="{page}">{title}</a></body>
</html>
"""


def drop_shared_ids(app, doctree, docname) -> None:
    """sphinx-exercise gives every exercise and solution the same id; ids must be unique."""
    for section in doctree.findall(nodes.section):
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            section["ids"] = []


def end_paragraphs(app, doctree, docname) -> None:
    """End a paragraph before a block in it: docstrings' fields have such, and HTML does not."""
    for paragraph in list(doctree.findall(nodes.paragraph)):
        if not any(isinstance(child, BLOCKS) for child in paragraph.children):
            continue
        pieces, words = [], None
        for child in paragraph.children:
            if isinstance(child, BLOCKS):
                pieces, words = [*pieces, child], None
            elif words is None:
                words = nodes.paragraph("", "", child)
                pieces.append(words)
            else:
                words += child
        paragraph.replace_self(pieces)


def spans_in_code(body: str) -> str:
    """Source code without ``div``, which viewcode writes, and ``pre`` may not have."""
    return CODE.sub(lambda m: m[0].replace("<div", "<span").replace("</div>", "</span>"), body)


def lists_in_entries(body: str) -> str:
    """A list of modules below the entry of its package: viewcode writes it beside the entry."""
    inside = re.sub(r"</li>(\s*<ul>)", r"\1", body)
    return re.sub(r"</ul>(?=\s*(?:<li>|</ul>))", "</ul></li>", inside)


def name_print_title(context) -> None:
    """The theme heads what it prints with a title that generated pages do not have."""
    if not context.get("pagetitle"):
        context["pagetitle"] = context.get("title") or context.get("indextitle") or "Index"


def replace(app, pagename, templatename, context, doctree) -> None:
    for old, new in REPLACED.items():
        if old in context.get("body", ""):
            context["body"] = context["body"].replace(old, new)
    if pagename.startswith("_modules/"):
        context["body"] = spans_in_code(context["body"])
    if pagename == "_modules/index":
        context["body"] = lists_in_entries(context["body"])
    name_print_title(context)


def write_index(app, exception) -> None:
    """Forward from the front door with a whole page; sphinx-external-toc writes a lone tag."""
    if exception is None and app.builder.format == "html":
        page = app.builder.get_target_uri(app.config.root_doc)
        text = INDEX.format(title=app.config.html_title, page=page)
        (Path(app.outdir) / "index.html").write_text(text, encoding="utf-8")


def one_viewport(page: str, pagename: str = "", app=None) -> str:
    """A page with the first of its viewports: docutils, Sphinx and the theme each write one."""
    first = VIEWPORT.search(page)
    if first is None:
        return page
    return page[: first.end()] + VIEWPORT.sub("", page[first.end() :])


def connect(app) -> None:
    last_words.add(app, one_viewport)
    app.connect("doctree-resolved", drop_shared_ids)
    app.connect("doctree-resolved", end_paragraphs, priority=900)
    app.connect("html-page-context", replace)
    app.connect("build-finished", write_index)
