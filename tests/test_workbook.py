"""The workbook: nothing of a solution is left in it, and what stays runs with what was written.

The site's own notebooks are in test_site.py. ``NNDL_WORKBOOK=all`` runs every notebook, with the
book's functions in the blanks; without it two short ones are run.
"""

import ast
import os
import re
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from nbclient import NotebookClient

from book._ext.nndl_book import workbook_tables
from book._tools.chapter import read_chapters
from book._workbook import copying
from book._workbook.blanks import blank, in_words
from book._workbook.course import COURSE
from book._workbook.cutting import cut, solved
from book._workbook.plan import tasks
from book._workbook.reader import imports, with_readers
from book._workbook.wording import hours_in_words, practice_name
from nndl import practice
from nndl.internal import unwritten
from tests.support.workbook import BY_HAND, leaks, plain, telling_lines

ROOT = Path(__file__).parents[1]
TASKS = tasks()
SHORT = ("spatial_batchnorm", "losses")
RUN = list(TASKS) if os.environ.get("NNDL_WORKBOOK") == "all" else SHORT


@pytest.fixture(scope="module")
def notebooks():
    """``{name: (the chapter's notebook, the one that was cut of it)}``."""
    found = {name: plain(task.chapter) for name, task in TASKS.items()}
    return {name: (whole, cut(whole, TASKS[name])) for name, whole in found.items()}


def run(notebook, folder, allow_errors=False):
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", allow_errors=allow_errors)
    client.execute(cwd=str(folder))
    return notebook


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_chapter_that_makes_a_module_has_a_notebook():
    for chapter in read_chapters():
        tangled = any("tangle" in cell.metadata.get("tags", []) for cell in chapter.cells)
        assert tangled == (chapter.path.stem in TASKS), chapter.name


def parsed(cell):
    """A cell's tree; a cell with a magic has none."""
    return ast.parse("" if re.search("^[%!]", cell.source, re.M) else cell.source)


@pytest.mark.parametrize("name", TASKS)
def test_no_line_of_a_solution_is_left(notebooks, name):
    whole, made = notebooks[name]
    nbformat.validate(made)
    assert leaks(made, TASKS[name]) == []
    assert len(telling_lines(TASKS[name])) >= len(TASKS[name].all), "the search looks for something"
    assert set(leaks(whole, TASKS[name])) == set(telling_lines(TASKS[name])), "and would find it"


@pytest.mark.parametrize("name", TASKS)
def test_every_blank_has_its_place_and_its_check(notebooks, name):
    cells = {cell.id: cell for cell in notebooks[name][1].cells}
    for where, blanks in TASKS[name].blanks.items():
        for taken in blanks:
            assert f'raise NotImplementedError("{taken.message}")' in cells[where].source
            if exercise := practice_name(TASKS[name], taken):
                check = cells[f"practice-{exercise}".replace("_", "-")]
                assert check.source == f"practice.{exercise}({taken.checked})"


def test_every_exercise_of_practice_has_its_cell():
    asked = [practice_name(task, taken) for task in TASKS.values() for taken in task.all]
    assert set(practice.names()) - BY_HAND <= set(asked)


def test_names_are_known_where_they_are_used(notebooks, tmp_path):
    for name, (_, made) in notebooks.items():
        nbformat.write(made, tmp_path / f"{name}.ipynb")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select"]
    done = subprocess.run([*command, "F821", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", TASKS)
def test_later_cells_take_what_the_reader_wrote(notebooks, name):
    """The chapter's own functions are imported nowhere below their place, but from the twins."""
    task, written = TASKS[name], set()
    for cell in codes(notebooks[name][1]):
        if cell.id.startswith("code-"):
            written |= {taken.name.partition(".")[0] for taken in task.blanks.get(cell.id, [])}
            for node in imports(cell.source):
                assert ".fast" in node.module or not written & {part.name for part in node.names}
            for module in set(task.modules.values()):
                used = set(re.findall(rf"(?<![\w.]){module}\.(\w+)", cell.source))
                assert not written & used, cell.id
    assert written


def test_other_processes_import_what_they_run(notebooks):
    """A process that begins anew knows no function that a notebook defines."""
    given = []  # to other processes
    for _, made in notebooks.values():
        calls = [n for c in codes(made) for n in ast.walk(parsed(c)) if isinstance(n, ast.Call)]
        given += [c.args[0] for c in calls if ast.unparse(c.func).endswith("in_processes")]
    assert given
    assert all(isinstance(node, ast.Attribute) for node in given)


def test_the_same_bytes_each_time(notebooks):
    for name, (whole, made) in notebooks.items():
        before = nbformat.writes(whole)
        assert nbformat.writes(cut(whole, TASKS[name])) == nbformat.writes(made)
        assert nbformat.writes(whole) == before, "the chapter's own stays as it is"


@pytest.mark.parametrize("name", [name for name in practice.names() if name not in BY_HAND])
def test_a_check_is_kind_to_a_blank(name):
    task, where, taken = next(
        (task, where, taken)
        for task in TASKS.values()
        for where, blanks in task.blanks.items()
        for taken in blanks
        if practice_name(task, taken) == name
    )
    source = next(cell.source for cell in task.chapter.cells if cell.id == where)
    names = dict(vars(import_module(f"nndl.{task.modules[taken.name]}")))
    for one in task.blanks[where]:
        source = blank(source, one.name, one.equations)[0]
    exec(source, names)
    result = practice.check(name, names[taken.checked])
    assert result.verdict == "unfinished"
    assert "Traceback" not in repr(result)
    assert len(repr(result).splitlines()) < 4


@pytest.mark.parametrize("name", RUN)
def test_with_the_solutions_nbval_passes_and_all_checks_do(notebooks, name, tmp_path):
    """Later cells print what the chapter prints, from the functions in the blanks."""
    whole, made = notebooks[name]
    tags = {cell.id: cell.metadata.get("tags", []) for cell in TASKS[name].chapter.cells}
    stored, done = {cell.id: cell.outputs for cell in codes(whole)}, 0
    written = solved(made, whole, TASKS[name])
    for cell in codes(written):
        own = [tag for tag in tags.get(cell.id, []) if tag.startswith("nbval")]
        cell.metadata.tags = own if cell.id in stored else ["nbval-ignore-output"]
        cell.outputs, cell.execution_count = stored.get(cell.id, []), 1
        if cell.id[:8] == "practice":
            cell.source, done = f'assert {cell.source}.verdict == "right"', done + 1
    asked = [practice_name(TASKS[name], taken) for taken in TASKS[name].all]
    assert done == len({exercise for exercise in asked if exercise})
    nbformat.write(written, tmp_path / "solved.ipynb")
    sanitizer = ROOT / "tests" / "nbval_sanitize.cfg"
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-n0",
               f"--nbval-sanitize-with={sanitizer}", "--nbval-cell-timeout=600",
               "-c", os.devnull, "--rootdir", tmp_path,
               "-p", "no:cacheprovider", tmp_path / "solved.ipynb"]  # fmt: skip
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-1000:]
    assert f"{len(codes(written))} passed" in ran.stdout


def test_a_notebook_runs_to_its_first_blank_and_then_says_what_is_missing(notebooks, tmp_path):
    task, made = TASKS["losses"], notebooks["losses"][1]
    ran, errors, begun = run(made, tmp_path, allow_errors=True), [], False
    for cell in codes(ran):
        found = [out for out in cell.outputs if out.output_type == "error"]
        assert begun or not found, cell.id
        begun = begun or cell.id in task.blanks
        errors += found
    kinds = [error.ename for error in errors]
    assert "NotImplementedError" in kinds
    assert set(kinds) <= {"NotImplementedError", "NameError"}
    for error in errors:
        assert any(taken.message in "".join(error.traceback) for taken in task.all)
        assert len("\n".join(error.traceback).splitlines()) == 1, "no wall of text"


CELL = '''\
import numpy as np

from nndl.checks.layers import check_relu


def double(x):
    """Twice x, equation (eq-a).

    Returns
    -------
    out : ndarray, shape (N,)
        Twice.
    """
    check_relu("double", x)
    # a comment
    out = 2 * x
    return out


class Net:
    def loss(self, X):
        X = self._prepared(X)
        return X.sum() * 3
'''


def test_a_body_becomes_what_is_to_do():
    source, taken = blank(CELL, "double", [1, 3])
    assert taken.removed == ("    # a comment", "    out = 2 * x", "    return out")
    assert '    check_relu("double", x)\n    # Your code here: equations (1) and (3).\n' in source
    assert "    # It returns out: shape (N,).\n    raise NotImplementedError(" in source
    assert taken.message == "double is not written yet: equations (1) and (3)"
    names = {}
    exec(source, names)
    with pytest.raises(NotImplementedError, match=r"equations \(1\) and \(3\)"):
        names["double"](__import__("numpy").ones(3))


def test_a_method_becomes_what_is_to_do():
    source, taken = blank(CELL, "Net.loss", [])
    assert "        X = self._prepared(X)\n        # Your code here.\n" in source
    assert 'raise NotImplementedError("Net.loss is not written yet")' in source
    assert taken.removed == ("        return X.sum() * 3",)


def test_what_reads_the_cache_is_the_readers_own():
    source = "def back(dout, cache):\n    check_back(dout, cache)\n    x = cache\n    return x"
    assert "check_back" not in blank(source, "back", [])[0]


def test_a_readers_names_win():
    own, modules = {"relu", "Net"}, {"layers"}
    source = (
        "from nndl.layers import (\n    relu,\n    affine as a,\n)\nfrom nndl.x import relu as r\n"
    )
    source += "relu(layers.Net, layers.other, nndl.layers.relu)"
    made = with_readers(source, own, modules)
    assert made.split("\n") == [
        "from nndl.layers import affine as a",
        "r = relu",
        "relu(Net, layers.other, nndl.layers.relu)",
    ]
    fast = "from nndl.fast.relu import relu"
    assert with_readers(fast, own, modules) == fast


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([], ""), ([2], "equation (2)"), ([2, 3, 5], "equations (2), (3) and (5)")],
)
def test_equations_in_words(numbers, words):
    assert in_words(numbers) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0.5, "half an hour"), (1, "1 hour"), (1.5, "1½ hours"), (2, "2 hours")],
)
def test_hours_in_words(hours, words):
    assert hours_in_words(hours) == words


def shell(shown):
    """What IPython is to the reports of errors."""
    long = SimpleNamespace(structured_traceback=lambda *_, **__: LONG)
    return SimpleNamespace(
        InteractiveTB=long, _showtraceback=lambda kind, error, lines: shown.append(lines)
    )


LONG = ["a", "long", "report"]


def reported(code, names):
    """What is shown of the error that this code raises in a place with these names."""
    shown = []
    try:
        exec(code, names)
    except Exception as error:
        found = unwritten.report(shell(shown), type(error), error, error.__traceback__)
    assert shown == [found]
    return found


def test_only_a_notebooks_own_cells_are_reported_in_a_line(monkeypatch):
    monkeypatch.setattr(unwritten, "MISSING", [])
    missing = "raise NotImplementedError('f is missing')"
    assert reported(missing, {}) == LONG, "some module's, not a cell's"
    assert reported("dx", {"get_ipython": None}) == LONG, "nothing has stopped yet"
    assert reported(missing, {"get_ipython": None}) == ["NotImplementedError: f is missing"]
    (line,) = reported("dx", {"get_ipython": None})
    assert line == (
        "NameError: name 'dx' is not defined. Perhaps a cell above stopped: f is missing"
    )
    assert reported("dx", {}) == LONG


def test_a_name_is_reported_in_a_line_until_the_function_is_written(monkeypatch):
    monkeypatch.setattr(unwritten, "MISSING", [])
    cells = {"get_ipython": None}
    blank = "def f():\n    raise NotImplementedError('f is missing')\nf()"
    assert reported(blank, cells) == ["NotImplementedError: f is missing"]
    assert reported("dx", cells) == [
        "NameError: name 'dx' is not defined. Perhaps a cell above stopped: f is missing"
    ]
    assert reported("def g():\n    return hh\ng()", cells) == LONG, "the line tells where"
    assert reported("def f():\n    return 1\ndx", cells) == LONG, "f is written now"
    method = (
        "class A:\n    def f(self):\n        raise NotImplementedError('A.f is missing')\nA().f()"
    )
    assert reported(method, cells) == ["NotImplementedError: A.f is missing"]
    (line,) = reported("dx", cells)
    assert line.endswith("A.f is missing")


def test_without_ipython_reports_stay_as_they_are():
    unwritten.short_reports()


def test_the_table_has_a_row_for_each_notebook(monkeypatch):
    env = SimpleNamespace(docname="workbook", note_reread=lambda: None)
    state = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)))
    monkeypatch.setattr(workbook_tables, "asking", lambda env: TASKS)
    directive = workbook_tables.Notebooks(
        "n", [], {}, [], 1, 0, "", state, SimpleNamespace(reporter=None)
    )
    (table,) = directive.run()
    head, *rows = table.findall(nodes.row)
    assert len(head) == len(workbook_tables.Notebooks.heads)
    named = [[name.astext() for name in row.findall(nodes.literal)] for row in rows]
    assert named == [[taken.name for taken in task.all] for task in TASKS.values()]


def test_make_workbook_copies_what_the_site_has(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(copying, "ROOT", tmp_path)
    assert copying.main() == 1
    assert "make workbook" in capsys.readouterr().err
    (tmp_path / "_build" / "html" / "workbook").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "workbook" / "01_a.ipynb").touch()
    with zipfile.ZipFile(tmp_path / "_build" / "html" / "workbook" / COURSE, "w") as archive:
        archive.writestr("nndl-nbgrader-1/source/01_a/01_a.ipynb", "{}")
    (tmp_path / "_build" / "workbook").mkdir()
    (tmp_path / "_build" / "workbook" / "02_old.ipynb").touch()
    assert copying.main() == 0
    assert {p.name for p in (tmp_path / "_build" / "workbook").iterdir()} == {
        "01_a.ipynb", "nbgrader", COURSE,
    }  # fmt: skip
    assert (tmp_path / "_build/workbook/nbgrader/source/01_a/01_a.ipynb").is_file()
