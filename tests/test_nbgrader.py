"""The workbook as assignments of nbgrader, through nbgrader's own commands.

``NNDL_WORKBOOK=all`` grades a right submission to every assignment; without it one is graded, with
a right, an empty and a wrong submission.
"""

import csv
import os
import re
import subprocess
import sys
import sysconfig
from types import SimpleNamespace

import nbformat
import pytest

from book._workbook.assignments import SKIPPED, assignment, points_of
from book._workbook.course import course
from book._workbook.cutting import cut
from book._workbook.plan import tasks
from nndl import mistakes
from tests.support.workbook import leaks, plain, telling_lines

TASKS = tasks()
ONE = "avg_pool"
RUN = list(TASKS) if os.environ.get("NNDL_WORKBOOK") == "all" else [ONE]
MARK = re.compile(r"(?m)^ *### (BEGIN|END) SOLUTION\n")
REGION = re.compile(r"(?ms)^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$")
MISTAKE = "avg-pool-backward-overwrites"


def nbgrader(where, *command):
    """Run one of nbgrader's commands; what it said."""
    environment = os.environ | {
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
        "JUPYTER_DATA_DIR": str(where / "data"), "JUPYTER_CONFIG_DIR": str(where / "settings"),
        "IPYTHONDIR": str(where / "ipython"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=where, env=environment, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def solved(notebook):
    """A source as someone hands it in who wrote everything right."""
    made = nbformat.from_dict(notebook)
    for cell in made.cells:
        cell.source = MARK.sub("", cell.source)
    return made


def submit(top, student, name, notebook):
    """Put a notebook where nbgrader looks for a student's."""
    folder = top / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def sources():
    """``{name: (what is cut, the source of the assignment)}``."""
    wholes = {name: plain(task.chapter) for name, task in TASKS.items()}
    cuts = {name: cut(whole, TASKS[name]) for name, whole in wholes.items()}
    return {n: (cuts[n], assignment(cuts[n], whole, TASKS[n])) for n, whole in wholes.items()}


@pytest.fixture(scope="module")
def top(sources, tmp_path_factory):
    """The folder of the course, with all assignments released."""
    folder = tmp_path_factory.mktemp("course")
    written = {name: nbformat.writes(source).encode() for name, (_, source) in sources.items()}
    for name, content in course(written).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    nbgrader(folder, "generate_assignment", "--assignment=*")
    return folder


@pytest.fixture(scope="module")
def graded(top, sources):
    """Submissions as nbgrader graded them: ``{(assignment, student): (points, of)}``."""
    for name in RUN:
        submit(top, "ana", name, solved(sources[name][1]))
    blank = nbformat.read(top / "release" / ONE / f"{ONE}.ipynb", as_version=4)
    submit(top, "bo", ONE, blank)
    wrong, mistake = solved(sources[ONE][1]), mistakes.load()[MISTAKE]
    (cell,) = (cell for cell in wrong.cells if mistake.right in cell.source)
    cell.source = cell.source.replace(mistake.right, mistake.wrong)
    submit(top, "cy", ONE, wrong)
    for name in RUN:
        nbgrader(top, "autograde", name)
    nbgrader(top, "generate_feedback", ONE)
    nbgrader(top, "export")
    with (top / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {(r["assignment"], r["student_id"]): (r["score"], r["max_score"]) for r in rows}
    scores = {key: tuple(map(float, score)) for key, score in found.items() if key[0] in RUN}
    return SimpleNamespace(scores=scores, feedback=top / "feedback")


@pytest.mark.parametrize("name", TASKS)
def test_what_is_released_is_the_workbook_without_a_solution(top, sources, name):
    made, source = sources[name]
    released = nbformat.read(top / "release" / name / f"{name}.ipynb", as_version=4)
    nbformat.validate(released)
    assert leaks(released, TASKS[name]) == []
    assert leaks(source, TASKS[name]) == telling_lines(TASKS[name]), "the source has all of it"
    blanks = {cell.id: cell.source for cell in made.cells if cell.id in TASKS[name].blanks}
    for cell in released.cells:
        if cell.id in blanks:
            assert re.sub(r"(?m)^ *\.\.\.\n", "", cell.source) == blanks[cell.id]


@pytest.mark.parametrize("name", TASKS)
def test_every_assignment_has_locked_tests_with_points(sources, name):
    made, source = sources[name]
    about = {c.id: c.metadata.nbgrader for c in source.cells if "nbgrader" in c.metadata}
    assert len({one.grade_id for one in about.values()}) == len(about)
    tests = {where: one for where, one in about.items() if one.grade}
    assert tests
    assert all(one.locked and not one.solution and one.points > 0 for one in tests.values())
    checks = [c.id for c in made.cells if c.id.startswith("practice-")]
    assert set(checks) <= set(tests)
    assert sum(tests[where].points for where in checks) == sum(points_of(TASKS[name]).values())
    assert {where for where, one in about.items() if one.solution} == set(TASKS[name].blanks)
    skipped = {c.id for c in source.cells if SKIPPED in c.metadata.get("tags", [])}
    assert not skipped & set(about)


def test_a_right_submission_gets_all_points(graded):
    for name in RUN:
        points, of = graded.scores[name, "ana"]
        assert points == of > 0, name


def test_an_empty_one_gets_none_and_a_wrong_one_what_is_right(graded):
    (_, of), points = graded.scores[ONE, "ana"], points_of(TASKS[ONE])
    assert of == sum(points.values())
    assert graded.scores[ONE, "bo"] == (0, of)
    assert graded.scores[ONE, "cy"] == (points["avg_pool_forward"], of)


def test_feedback_shows_the_diagnosis(graded):
    def page(student):
        return (graded.feedback / student / ONE / f"{ONE}.html").read_text(encoding="utf-8")

    title = mistakes.load()[MISTAKE].title
    assert f"AssertionError</span>: {title}" in page("cy")
    assert "avg_pool_backward: wrong: right on" in page("cy")
    assert title not in page("ana")
    assert "avg_pool_backward: not written yet" in page("bo")


def test_what_is_not_fit_for_a_solution_is_said(sources):
    task, (made, _) = TASKS[ONE], sources[ONE]
    twice = nbformat.from_dict(made)
    for cell in twice.cells:
        if cell.id in task.blanks:
            cell.source += "\n" + cell.source
    with pytest.raises(ValueError, match="has no single place for its solution"):
        assignment(twice, plain(task.chapter), task)
