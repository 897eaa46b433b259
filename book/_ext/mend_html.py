"""Small repairs of the HTML that extensions write."""

from docutils import nodes

REPLACED = {
    # A list may hold list items only, and the role that docutils writes is deprecated.
    'role="doc-biblioentry"': 'role="listitem"',
}


def drop_shared_ids(app, doctree, docname) -> None:
    """sphinx-exercise gives every exercise and solution the same id; ids must be unique."""
    for section in doctree.findall(nodes.section):
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            section["ids"] = []


def replace(app, pagename, templatename, context, doctree) -> None:
    for old, new in REPLACED.items():
        if old in context.get("body", ""):
            context["body"] = context["body"].replace(old, new)


def setup(app) -> dict:
    app.connect("doctree-resolved", drop_shared_ids)
    app.connect("html-page-context", replace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
