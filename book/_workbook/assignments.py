"""The workbook as assignments of nbgrader: its notebooks with the solutions in their places.

nbgrader keeps a source with solutions, and makes of it what students get. Here a solution stands
above the ``raise NotImplementedError`` of its blank, so that what is left without it is the blank.
The check of a function is its test; where there is none, a cell of the chapter that checks it.
Cells that no test needs are not run when nbgrader grades (nbclient's ``skip_cells_with_tag``).
"""

import ast
import re
from copy import deepcopy

from book._workbook.blanks import blank, functions
from book._workbook.cutting import OWN
from book._workbook.plan import Task
from book._workbook.reader import UNUSED, imports, used
from book._workbook.wording import practice_name

SKIPPED = "skip-execution"
FIXED = ("nndl-is-here", "workbook-tools")
CHECKS = re.compile(r"\bcheck(_at_least)?\(")
TEST = """\
# The test of {name}: {points} points if it is right, none otherwise.
from nndl import practice

_result = practice.{exercise}({name})
display(_result)
assert _result.verdict in ("right", "convention"), "; ".join(
    cause.title for cause in _result.cause
) or _result.verdict"""


def nbgrader(name: str, **given) -> dict:
    """The metadata of a cell, in version 3 of nbgrader's schema."""
    kinds = {"grade": False, "solution": False, "task": False, "locked": False}
    return {"schema_version": 3, "grade_id": name, **kinds, **given}


def assignment(made, notebook, task: Task):
    """The source of an assignment.

    Parameters
    ----------
    made : NotebookNode
        What ``cutting.cut`` made of the chapter's notebook; it stays as it is.
    notebook : NotebookNode
        The chapter's notebook.
    task : Task
        What the chapter asks for.
    """
    right, points = {cell.id: cell.source for cell in notebook.cells}, points_of(task)
    made, helpers = deepcopy(made), helpers_of(made, right, task)
    own, order = own_tests(made, task), [cell.id for cell in made.cells]
    tests = [k for k, name in enumerate(order) if name in own or name.startswith("practice-")]
    # A test of the chapter's own needs what stands above it; a check needs what is defined there.
    last, runs_to = max(tests, default=-1), max((order.index(name) for name in own), default=-1)
    aside = plain_cells(task)
    for number, cell in enumerate(made.cells):
        if cell.cell_type == "code":  # nbgrader takes outputs away
            cell.outputs, cell.execution_count = [], None
        if cell.id in task.blanks:
            for one in task.blanks[cell.id]:
                cell.source = with_solution(cell.source, right[cell.id], one, helpers)
            cell.metadata["nbgrader"] = nbgrader(cell.id, solution=True)
        elif number in tests:
            worth = own.get(cell.id)
            if worth is None:
                exercise, _, name = cell.source.removeprefix("practice.")[:-1].partition("(")
                worth = points[exercise]
                cell.source = TEST.format(exercise=exercise, name=name, points=worth)
            cell.metadata["nbgrader"] = nbgrader(cell.id, grade=True, locked=True, points=worth)
        elif cell.id in FIXED:
            cell.metadata["nbgrader"] = nbgrader(cell.id, locked=True)
        elif cell.id in aside and number > runs_to and (number > last or not defines(cell.source)):
            cell.metadata["tags"] = [SKIPPED]
    return made


def plain_cells(task: Task) -> set[str]:
    """The chapter's cells that are neither of the package nor to write."""
    cells = (c for c in task.chapter.cells if "tangle" not in c.metadata.get("tags", []))
    return {cell.id for cell in cells} - task.blanks.keys()


def own_tests(made, task: Task) -> dict[str, int]:
    """Cells of the chapter that are tests of what has no check of its own, with their points.

    That is the next cell that checks it by its name. Where nothing in the chapter has a check of
    its own, the next one that checks something counts as well: all below uses it.
    """
    found: dict[str, int] = {}
    checks = {
        cell.id: used([cell.source])
        for cell in made.cells
        if cell.id in plain_cells(task) and CHECKS.search(cell.source)
    }
    order = [cell.id for cell in made.cells]
    for where, blanks in task.blanks.items():
        after = [name for name in checks if order.index(name) > order.index(where)]
        for one in blanks:
            named = [name for name in after if one.checked in checks[name]]
            if not practice_name(task, one) and (place := named or after * (not points_of(task))):
                found[place[0]] = found.get(place[0], 0) + len(one.removed)
    return found


def points_of(task: Task) -> dict[str, int]:
    """The points of each test: the lines that are to write for it."""
    found: dict[str, int] = {}
    for one in task.all:
        if name := practice_name(task, one):
            found[name] = found.get(name, 0) + len(one.removed)
    return found


def defines(source: str) -> bool:
    """Whether cells below may need a cell: it imports, or defines a function or a class."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return any(isinstance(node, kinds) for node in ast.parse(source).body)


def helpers_of(made, right: dict[str, str], task: Task) -> dict[str, str]:
    """The modules of names that only solutions need, and that are imported nowhere else."""
    codes = [cell.source for cell in made.cells if OWN.fullmatch(cell.id)]
    known = {alias.name for source in codes for node in imports(source) for alias in node.names}
    return {
        alias.name: node.module
        for where in task.blanks
        for node in imports(right[where])
        if node.module.startswith(UNUSED)
        for alias in node.names
        if alias.name not in known
    }


def with_solution(source: str, right: str, one, helpers: dict[str, str]) -> str:
    """A cell with the solution of one of its blanks, between nbgrader's marks."""
    node, removed = functions(right)[one.name], blank(right, one.name, ())[1].removed
    indent = " " * node.body[0].col_offset
    needed = sorted(used([ast.unparse(node)]) & helpers.keys())
    lines = [f"from {helpers[name]} import {name}" for name in needed]
    end = [] if isinstance(node.body[-1], ast.Return) else ["return"]
    body = [*(indent + line for line in lines), *removed, *(indent + line for line in end)]
    place = f'{indent}raise NotImplementedError("{one.message}")'
    marks = f"{indent}### BEGIN SOLUTION", f"{indent}### END SOLUTION"
    if source.count(place) != 1:
        raise ValueError(f"assignments: {one.name} has no single place for its solution")
    return source.replace(place, "\n".join([marks[0], *body, marks[1], place]))
