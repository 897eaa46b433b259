"""Grading: what students hand in as they hand it in, and what a teacher reads of it."""

import ast
import codecs
import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from types import SimpleNamespace

import pytest
from markdown_it import MarkdownIt

from nndl.practice.exercises import exercise
from nndl.practice.grading import child, judging, reports, table, wire
from nndl.practice.grading.loading import defines
from nndl.practice.grading.notebooks import plain
from nndl.practice.watching import Observation
from tests.support import submissions

ROOT = Path(__file__).resolve().parent.parent
POSIX = os.name == "posix"
RIGHT, WRONG, notebook = submissions.RIGHT, submissions.WRONG, submissions.notebook
NUMPY, BODY = RIGHT.split("\n\n\n")
SHEETS = {
    "nbformat": 3,
    "worksheets": [{"cells": [
        {"cell_type": "code", "input": RIGHT.splitlines(True), "outputs": []},
        {"cell_type": "markdown", "source": ["text"]},
    ]}],
}  # fmt: skip
ODD = "|<img src=x onerror=alert(1)>|[x](javascript:y) `z` \x1b[31m"
# name: (what is handed in, status, verdict on relu_forward, a part of the problems)
FILES = {
    "bom.ipynb": (codecs.BOM_UTF8 + notebook(RIGHT).encode(), "checked", "right", ""),
    "sheets.ipynb": (json.dumps(SHEETS), "checked", "right", ""),
    "UPPER.PY": (RIGHT, "checked", "right", ""),
    "Upper.IPYNB": (notebook(RIGHT), "checked", "right", ""),
    "wide.ipynb": (notebook(RIGHT).encode("utf-16"), "problems", "missing", "save it again"),
    "wide.py": (RIGHT.encode("utf-16"), "problems", "missing", "Python reads UTF-8"),
    "nothing.ipynb": ("", "problems", "missing", "it is empty"),
    "text.ipynb": ("text", "problems", "missing", "it is no notebook"),
    "windows.ipynb": (notebook("%%time\r\n" + RIGHT.replace("\n", "\r\n")), "checked", "right", ""),
    "magics.ipynb": (
        notebook(NUMPY + "\nfound = !ls\nnp.maximum?\n?np\nfor k in range(2):\n    %time k",
                 "%%capture out\n" + BODY, "%%bash\nexit 1"), "checked", "right", "",
    ),
    "tries.ipynb": (
        notebook("try:\n    import numpy as np\nexcept ImportError:\n    print('install it')",
                 "if True:\n" + indent(BODY, "    "),
                 "if True:\n    import sys\n    while True: pass",
                 "with open('none') as file:\n    text = file.read()"), "checked", "right", "",
    ),
    "displays.ipynb": (
        notebook(RIGHT.replace("    r", "    display(x)\n    r")), "checked", "right", "",
    ),
    "asks.py": ("name = input()\n" + RIGHT, "problems", "right", "EOFError"),
    "late.py": (RIGHT.replace("\n\n\n", "\nimport no_such_module\n"), "problems", "right",
                "No module named 'no_such_module'"),
    "inner": (
        {"hw/helper.py": f"{NUMPY}\ndef top(x):\n    return np.maximum(x, 0)\n",
         "hw/work.ipynb": notebook("from helper import top",
                                   "def relu_forward(x):\n    return top(x), x")},
        "checked", "right", "",
    ),
    "with_package": (
        {"nndl/__init__.py": "", "nndl/relu.py": RIGHT, "work.py": WRONG}, "checked", "wrong", "",
    ),
    "two_files": ({"new.py": RIGHT, "old.py": WRONG}, "checked", "right", ""),
    "misspelled.py": (RIGHT.replace("forward", "foward"), "checked", "missing", ""),
    "line.ipynb": (notebook(RIGHT.replace("    r", "    x = x + one\n    r")), "checked", "wrong",
                   ""),
    "gone.py": (
        f"{NUMPY}\ndef relu_forward(x):\n    return np.product(x), x  # {ODD}\n",
        "checked", "wrong", "",
    ),
    "long.py": (RIGHT + "\nraise ValueError(';=1+1' + 'x' * 10**7)\n", "problems", "right", ";'=1"),
    "many.ipynb": (notebook(RIGHT, *[f"import no_module_{k}" for k in range(60)]), "problems",
                   "right", " …"),
}  # fmt: skip
LEFT = {"hw.zip": "an archive", "notes.txt": "no module or notebook"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All of them in one run of the public command."""
    top = tmp_path_factory.mktemp("files")
    submissions.write(top / "in", {name: one[0] for name, one in FILES.items()})
    submissions.write(top / "in", dict.fromkeys(LEFT, "text"))
    submissions.write(top / "in", {"old-reports": {"class.md": "", "students/ana.md": ""}})
    if POSIX:
        (top / "in" / "link.py").symlink_to(top / "in" / "UPPER.PY")
    command = [sys.executable, "-m", "nndl.practice", "grade", str(top / "in"), "--csv",
               str(top / "out.csv"), "--exercises", "relu_forward,relu_backward"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 0, done.stderr
    with (top / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    students = (top / "out-reports" / "students").iterdir()
    texts = {path.name.removesuffix(".md"): path.read_text(encoding="utf-8") for path in students}
    whole = (top / "out-reports" / "class.md").read_text(encoding="utf-8")
    return SimpleNamespace(rows=rows, texts=texts, whole=whole, said=done.stderr)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_graded_as_its_student_meant_it(graded, name):
    row, (_, status, verdict, part) = graded.rows[name], FILES[name]
    assert (row["status"], row["relu_forward"]) == (status, verdict), row["problems"]
    assert part in row["problems"]
    assert bool(row["problems"]) == (status == "problems")
    assert len(row["problems"]) <= table.WIDEST + 2


def test_what_is_not_taken_is_told(graded):
    left = (
        LEFT | {"old-reports": "reports of another run"} | ({"link.py": "a link"} if POSIX else {})
    )
    assert set(graded.rows) == set(FILES) == set(graded.texts)
    for name, why in left.items():
        assert f"'{name}': {why}" in graded.said
        assert f"- `{name}`: {why}" in graded.whole


def test_a_report_says_what_there_is_instead_and_the_line_in_a_cell(graded):
    report = graded.texts["misspelled.py"]
    assert "None of the functions was found." in report
    assert "It has: `relu_foward`." in report
    assert "Missing: `relu_forward`, `relu_backward`." in report
    twice = "The first file by name counts:\n\n- `relu_forward is in new.py and old.py`\n"
    assert [name for name, text in graded.texts.items() if twice in text] == ["two_files"]
    assert [name for name, text in graded.texts.items() if "counts:" in text] == ["two_files"]
    assert "in line 5: x = x + one" in graded.texts["line.ipynb"]
    assert "None of the functions" not in graded.texts["line.ipynb"]


def test_nothing_that_a_student_wrote_is_markup(graded):
    """Nor does a table get more cells by it, nor does the class read a student's line."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    for text in (*graded.texts.values(), graded.whole):
        found = [
            token for block in markdown.parse(text) for token in (block, *(block.children or []))
        ]
        kinds = {token.type for token in found}
        assert not kinds & {"html_block", "html_inline", "link_open", "image"}
        assert "\x1b" not in text
    assert "onerror" in graded.texts["gone.py"]
    assert "onerror" not in graded.whole
    assert "| np.product was removed from NumPy | `numpy-1` | `relu_forward` | 1 |" in graded.whole


def test_a_convention_is_told_apart_from_mistakes():
    title = "Dividing by 2 * N"
    one = {"verdict": "convention", "causes": ["half"], "title": title, "text": "", "cases": [3, 3]}
    entry = {"submission": "a", "status": "checked", "problems": [], "exercises": {"svm_loss": one}}
    told = reports.whole([entry], ["svm_loss"])
    assert told.index("## Mistakes\n\nNone.") < told.index("## Conventions")
    assert r"| Dividing by 2 \* N | `half` | `svm_loss` | 1 |" in told
    assert "convention | 3 of 3 | Dividing" in reports.student(entry, ["svm_loss"])


def test_a_convention_has_a_title_and_its_cases_are_those_of_the_text():
    def forward(x, pool_param):
        out, cache = exercise("max_pool_forward").reference()(x, pool_param)
        return out.astype(float), cache

    sent = json.loads(json.dumps(child.seen(exercise("max_pool_forward"), forward, 3.0)))
    found = judging.judged("max_pool_forward", sent)
    assert found["verdict"] == "convention"
    assert found["title"]
    right, of = found["cases"]
    assert f"right on {right} of {of} cases" in found["text"]


def test_names_of_arguments_are_bounded():
    sent = json.loads(json.dumps({**wire.sent(Observation()), "changed": ["x" * 999] * 999}))
    seen = wire.received(sent, set())
    assert sum(map(len, seen.changed)) <= wire.NAMED**2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1", "'=1"), ("a;=1", "a;'=1"), ("a; -1", "a; '-1"), ("＝1", "'＝1"), (" @f", " '@f"),
        ("a=1, -2", "a=1, -2"), ("a\t=1", "a =1"),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula_in_any_spreadsheet(text, shown):
    assert table.plain(text) == shown


def test_names_that_differ_stay_different():
    names = ["a.py", "\ta.py", " a.py", "\na.py", "\x1b[1ma.py", "a\u202eyp.py"]
    shown = [table.one_line(name) for name in names]
    assert len(set(shown)) == len(names)
    assert all(name.isprintable() for name in shown)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x = 1", "x = 1"), ("%%html\n<b>", ""), ("%%time\nx", "\nx"),
        ("a, b = !ls", "a, b = None"), ("f?", "pass"), ("a.b??", "pass"), ("# f?", "# f?"),
        ("if x:\n    !ls", "if x:\n    pass"), ("x = 5 \\\n  % 2", "x = 5 \\\n  % 2"),
    ],
)  # fmt: skip
def test_a_cell_without_what_is_jupyters(source, code):
    assert plain(source) == code


@pytest.mark.parametrize(
    ("source", "whether"),
    [
        ("import a", True), ("a()", False), ("for k in a:\n    import b", False),
        ("try:\n    import a\nexcept ImportError:\n    a = None", True),
        ("if a:\n    train()", False), ("if a:\n    import b\n    for k in b: b()", False),
        ("if a:\n    def f():\n        while 1: pass", True), ("with a:\n    b = 1", True),
    ],
)  # fmt: skip
def test_what_is_there_to_define_something(source, whether):
    (statement,) = ast.parse(source).body
    assert defines(statement) == whether
