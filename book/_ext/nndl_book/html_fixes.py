"""Small repairs of the HTML that extensions write."""

from pathlib import Path

from docutils import nodes

REPLACED = {
    # A list may hold list items only, and the role that docutils writes is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
}


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


def replace(app, pagename, templatename, context, doctree) -> None:
    for old, new in REPLACED.items():
        if old in context.get("body", ""):
            context["body"] = context["body"].replace(old, new)


def write_index(app, exception) -> None:
    """Forward from the front door with a whole page; sphinx-external-toc writes a lone tag."""
    if exception is None and app.builder.format == "html":
        page = app.builder.get_target_uri(app.config.root_doc)
        text = INDEX.format(title=app.config.html_title, page=page)
        (Path(app.outdir) / "index.html").write_text(text, encoding="utf-8")


def connect(app) -> None:
    app.connect("doctree-resolved", drop_shared_ids)
    app.connect("html-page-context", replace)
    app.connect("build-finished", write_index)
