"""Exercises have headings; their solutions open at their titles, without a script.

sphinx-exercise makes the title of a solution a link to the exercise above it, and
sphinx-togglebutton adds a button that a script needs: who clicked the title went up the page, and
nothing opened. An exercise's title is no heading there, so no heading key finds it.
"""

import re

from docutils import nodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_exercise.utils import get_node_number

from book._ext.nndl_book.boxes import heading
from book._ext.nndl_book.folds import folded

EFFORT = re.compile(r"(.*?) ?\((easy|medium|hard|open)\)")


def name_of(children) -> tuple[list[nodes.Node], str]:
    """The name and the effort that `` (Sizes (easy))`` says; it may have formulas."""
    if len(children) < 3 or children[0].astext() != " (":
        return [], ""
    *name, last = children[1:-1]
    match = EFFORT.fullmatch(last.astext()) if isinstance(last, nodes.Text) else None
    if match is None:
        return [*name, last], ""
    return [*name, nodes.Text(match[1])], match[2]


def exercise_title(app, exercise) -> heading:
    """``Exercise 9.1``, the name, and how hard it is, in parts that the style sheet knows."""
    name, effort = name_of(exercise[0].children)
    number = get_node_number(app, exercise, "exercise") if exercise.get("ids") else ""
    parts = [nodes.inline("", f"Exercise {number}".strip(), classes=["kind"])]
    parts += [nodes.Text(" "), *name] if name else []
    parts += [nodes.Text(" "), nodes.inline("", effort, classes=["effort"])] if effort else []
    return heading("", "", *parts, classes=["admonition-title"])


def solution_title(solution) -> list[nodes.Node]:
    """``Solution to Exercise 9.1, Sizes``."""
    said, *links = solution[0].children
    children = [child for link in links for child in link.children]
    name, _ = name_of(children[1:])
    label = f"{said.astext()}{''.join(child.astext() for child in children[:1])}"
    return [nodes.Text(label), *([nodes.Text(", "), *name] if name else [])]


def fold_solutions(app, doctree, docname) -> None:
    """Give exercises headings, and fold every solution under its title, which is no link."""
    if app.builder.format != "html":
        return
    for solution in list(doctree.findall(solution_node)):
        title = solution_title(solution)
        block = folded(title, solution.children[1:], "solution", ids=solution["ids"])
        solution.parent.replace(solution, block)
    for kind in (exercise_node, exercise_enumerable_node):
        for exercise in list(doctree.findall(kind)):
            exercise.replace(exercise[0], exercise_title(app, exercise))


def connect(app) -> None:
    app.connect("doctree-resolved", fold_solutions)
