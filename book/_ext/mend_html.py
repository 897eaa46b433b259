"""Small repairs of the HTML that extensions and the theme write."""

from docutils import nodes


def drop_shared_ids(app, doctree, docname) -> None:
    """sphinx-exercise gives every exercise and solution the same id; ids must be unique."""
    for section in doctree.findall(nodes.section):
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            section["ids"] = []


def setup(app) -> dict:
    app.connect("doctree-resolved", drop_shared_ids)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
