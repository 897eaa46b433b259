"""Solutions that open at their titles, without a script.

sphinx-exercise makes the title a link to the exercise above it, and sphinx-togglebutton adds a
button that a script needs: who clicked the title went up the page, and nothing opened.
"""

from docutils import nodes
from sphinx_exercise.nodes import solution_node

from book._ext.nndl_book.folds import folded


def fold_solutions(app, doctree, docname) -> None:
    """Fold every solution under its title, which is no link."""
    if app.builder.format != "html":
        return
    for solution in list(doctree.findall(solution_node)):
        title, *content = solution.children
        for link in list(title.findall(nodes.reference)):
            link.replace_self(link.children)
        block = folded(title.children, content, "solution", ids=solution["ids"])
        solution.parent.replace(solution, block)


def connect(app) -> None:
    app.connect("doctree-resolved", fold_solutions)
