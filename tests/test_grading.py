"""Grading: fifty submissions, some broken, some hostile, and what is left of them."""

import contextlib
import csv
import ctypes.util
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

from book._workbook.cutting import cut, solved
from book._workbook.plan import tasks
from nndl import mistakes, practice
from nndl.practice.__main__ import main
from nndl.practice.comparing import expectations
from nndl.practice.exercises import exercise
from nndl.practice.grading import child, cluster, kernel, places, running, table, wire
from nndl.practice.grading.judging import judged
from nndl.practice.grading.options import Limits, Task
from nndl.practice.grading.reports import whole as class_report
from tests.support import submissions
from tests.support.right_bodies import RIGHT
from tests.support.student_bodies import WRITTEN, bodies
from tests.support.workbook import plain

ROOT = Path(__file__).resolve().parent.parent
LINUX = kernel.machine() is not None
GUARDS = kernel.available()
POSIX = os.name == "posix"
SHORT = Limits(seconds=5, load_seconds=1, case_seconds=0.5, disk=1)
ODD = {"Zoë 漢字 😀.py", "=1+1.py", "a|b`c.py"}  # names that some file systems refuse
# What needs a limit, or a call, that this system has not.
NEEDS_POSIX = {"crash.py", "forks.py", "loop_ignores.py", "deep", "n" * 252 + ".py"} | ODD
LEFT_OUT = (set() if POSIX else NEEDS_POSIX) | (set() if LINUX else {"memory.py"})


def guard_of(name):
    """What of the kernel refuses one of ``submissions.BELOW``."""
    return "landlock" if name in ("c_writes", "c_reads", "c_removes") else "seccomp"


def snapshot(folder):
    """Every file below a folder, with its content and mode."""
    found = {}
    for path in sorted(folder.rglob("*")):
        found[path.relative_to(folder).as_posix()] = (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else None,
        )
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All of them in one run."""
    top = tmp_path_factory.mktemp("grading")
    folder, outside = top / "in", top / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    table_of = submissions.GOOD | submissions.BROKEN | submissions.HOSTILE
    contents = {k: v[0] for k, v in table_of.items()}
    expected = {k: v[1:] for k, v in table_of.items()}
    for name, what in submissions.REFUSED.items():
        contents[name] = submissions.attempt(what.format(outside=str(outside)))
        expected[name] = ("checked", "right")
    for name, what in submissions.BELOW.items():
        if guard_of(name) in GUARDS:  # where nothing would refuse it, it is not tried
            contents[f"{name}.py"] = submissions.below(what.format(outside=str(outside)))
    contents = {k: v for k, v in contents.items() if k not in LEFT_OUT}
    submissions.write(folder, contents)
    (folder / ".hidden.py").write_text("")
    if POSIX:
        (folder / "link.py").symlink_to(outside / "kept.txt")
    before = snapshot(folder), snapshot(outside)
    found = running.run(folder, top / "out.csv", "relu_forward,relu_backward", 4, SHORT)
    return SimpleNamespace(
        top=top, folder=folder, entries={e["submission"]: e for e in found}, before=before,
        after=(snapshot(folder), snapshot(outside)), expected=expected, names=set(contents),
    )  # fmt: skip


def test_every_submission_has_its_verdict(graded):
    assert set(graded.entries) == graded.names
    assert len(graded.names) >= 45
    found = {
        name: (entry["status"], table.verdict(entry, "relu_forward"))
        for name, entry in graded.entries.items()
        if name in graded.expected
    }
    assert found == {k: v for k, v in graded.expected.items() if k in graded.names}


def test_nothing_outside_changed(graded):
    assert graded.after == graded.before


def test_nothing_is_left_running_or_lying_about(graded):
    if not LINUX:
        pytest.skip("processes are listed in /proc on Linux alone")
    assert not in_folders("graded-", graded.top)


def in_folders(part, top):
    """Processes below this one that are in a folder of a submission."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            where = os.readlink(entry / "cwd")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if part in where and (parent == os.getpid() or str(top) in where):
            found.append(entry.name)
    return found


@pytest.mark.parametrize("name", submissions.BELOW)
def test_the_kernel_refuses_what_python_does_not_see(graded, name):
    if not LINUX:
        pytest.skip("Landlock and seccomp are Linux's, on x86-64 and arm64")
    if guard_of(name) not in GUARDS:
        pytest.skip(f"this kernel has no {guard_of(name)}: nothing refuses that here")
    entry = graded.entries[f"{name}.py"]
    assert set(entry["guards"]) == {"hooks", *GUARDS}
    assert table.verdict(entry, "relu_forward") == "right", entry


HEADERS = ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm-generic/unistd.h")
NAMED = {
    "clone": kernel.CLONE, "clone3": kernel.CLONE3, "prlimit64": kernel.PRLIMIT,
    "seccomp": kernel.SECCOMP, **dict(zip(
        ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"),
        ((444, 444), (445, 445), (446, 446)), strict=True,
    )),
}  # fmt: skip


@pytest.mark.parametrize("column", [0, 1], ids=["x86_64", "arm64"])
def test_numbers_of_calls_are_those_of_the_systems_headers(column):
    """arm64 has the numbers of asm-generic/unistd.h, which is on every machine with headers."""
    ours = {name: numbers[column] for name, numbers in (kernel.DENIED | NAMED).items()}
    header = Path(HEADERS[column])
    if not header.is_file():
        pytest.skip(f"no {header}: the headers of the C library are not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    theirs = {name: int(number) for name, number in found}
    newer = {"fchmodat2"}  # than some headers
    assert {k: n for k, n in ours.items() if n != theirs.get(k) and k not in newer} == {}


@pytest.mark.parametrize(("column", "token"), [(0, 0xC000003E), (1, 0xC00000B7)])
def test_numbers_of_calls_are_those_of_libseccomp(column, token):
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch
    resolve.argtypes, resolve.restype = (ctypes.c_uint32, ctypes.c_char_p), ctypes.c_int
    for call, numbers in (kernel.DENIED | NAMED).items():
        known = resolve(token, call.encode())
        if known != -1:  # of a later kernel than the library
            assert (known if known >= 0 else None) == numbers[column], call


FENCE = """
import builtins, os, sys
from nndl.practice.grading import hooks
hooks.refuse(sys.argv[1])
hooks.REFUSED = hooks.MODULES = hooks.CHANGES = ()
hooks.WRITES = 0
builtins.any = builtins.all = lambda *_: True
os.devnull = sys.argv[2]
for line in sys.stdin.read().splitlines():
    try:
        exec(line, {"outside": sys.argv[2], "os": os})
    except (PermissionError, ImportError):
        print("refused")
    except BaseException as error:
        print(repr(error))
    else:
        print("done")
"""
FENCED = [
    "open(outside, 'w')", "os.open(outside, os.O_WRONLY | os.O_TRUNC)", "os.remove(outside)",
    "os.rename(outside, 'here')", "os.rename('mine', outside)", "os.symlink('x', outside)",
    "os.mkdir(outside + '2')", "os.chmod(outside, 0)", "os.system('true')", "os.kill(1, 0)",
    "import socket; socket.socket()", "import subprocess; subprocess.run(['true'])",
    "import sqlite3; sqlite3.connect(outside)", "import gc; gc.get_objects()", "import _testcapi",
]  # fmt: skip


def test_what_a_submission_changes_does_not_open_the_fence(tmp_path):
    """Python's own refusals alone, as on a system whose kernel has none."""
    kept, folder = tmp_path / "kept.txt", tmp_path / "folder"
    kept.write_text("kept")
    folder.mkdir()
    (folder / "mine").write_text("mine")
    own = ["open('mine', 'w').write('x')", "os.rename('mine', 'my')", "os.remove('my')"]
    command = [sys.executable, "-c", FENCE, str(folder), str(kept)]
    done = subprocess.run(
        command, input="\n".join([*FENCED, *own]), capture_output=True, text=True, cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert dict(zip(FENCED, said, strict=False)) == dict.fromkeys(FENCED, "refused"), done.stderr
    assert said[len(FENCED) :] == ["done"] * len(own)
    assert kept.read_text() == "kept"


def test_other_functions_are_checked_after_one_that_ended_its_process(graded):
    entry = graded.entries["exit_inside.py"]
    assert "ended its process" in entry["exercises"]["relu_forward"]["text"]
    assert table.verdict(graded.entries["bo"], "relu_backward") == "convention"


def test_the_table_is_in_order_and_no_formula(graded):
    with (graded.top / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [row["submission"].removeprefix("'") for row in rows]
    assert names == sorted(graded.names, key=os.fsencode)
    assert not [row for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]
    assert list(rows[0]) == [*table.HEAD, "relu_forward", "relu_backward"]
    by = dict(zip(names, rows, strict=True))
    assert (by["bo"]["right"], by["bo"]["convention"], by["bo"]["of"]) == ("1", "1", "2")
    assert "SyntaxError" in by["syntax.py"]["problems"]
    for row in rows:
        assert sum(int(row[kind]) for kind in table.COUNTED) == 2


def test_reports_say_what_the_checks_said(graded):
    reports = graded.top / "out-reports"
    assert len(list((reports / "students").iterdir())) == len(graded.names)
    wrong = (reports / "students" / "wrong.py.md").read_text(encoding="utf-8")
    assert "Right: 0 of 2 exercises." in wrong
    assert "relu_forward: wrong: right on" in wrong
    whole = (reports / "class.md").read_text(encoding="utf-8")
    right = sum(table.verdict(e, "relu_forward") == "right" for e in graded.entries.values())
    assert f"| `relu_forward` | {right} | " in whole
    title = mistakes.load()["relu-backward-open-at-zero"].title
    assert f"| {title} | `relu-backward-open-at-zero` | `relu_backward` | 1 |" in whole
    none = {"verdict": "wrong", "causes": [], "title": "", "text": "", "cases": [0, 9]}
    entry = graded.entries["wrong.py"] | {"exercises": {"relu_forward": none}}
    told = class_report([entry, entry], ["relu_forward"])
    assert "| not known |  | `relu_forward` | 2 |" in told


def test_what_cannot_be_sent_to_a_cluster_is_graded_here(tmp_path):
    submissions.write(tmp_path, {"deep": {"a/" * 31 + "m.py": ""}, "flat": {"m.py": ""}})
    for name, sent in (("deep", False), ("flat", True)):
        make = cluster._maker(Task(tmp_path / name, ("relu_forward",), SHORT), "")
        assert (make() is not None) == sent


def test_the_same_run_again_runs_nothing_and_a_changed_submission_alone(tmp_path, monkeypatch):
    submissions.write(tmp_path / "in", {f"{k}.py": submissions.RIGHT for k in "abc"})
    asked, grading = [], running.over

    def over(todo, *rest):
        asked.append([task.label for task, _ in todo])
        grading(todo, *rest)

    monkeypatch.setattr(running, "over", over)

    def run(names="relu_forward"):
        found = running.run(tmp_path / "in", tmp_path / "out.csv", names, 2, SHORT)
        return [table.verdict(entry, "relu_forward") for entry in found]

    assert run() == ["right"] * 3
    first = (tmp_path / "out.csv").read_bytes()
    assert run() == ["right"] * 3
    assert (tmp_path / "out.csv").read_bytes() == first
    (tmp_path / "in" / "b.py").write_text(submissions.WRONG)
    (tmp_path / "in" / "c.py").unlink()
    with (tmp_path / "out.jsonl").open("a") as file:
        file.write('{"submission": "a.py", "exe')  # cut off
    assert run() == ["right", "wrong"]
    assert asked == [["a.py", "b.py", "c.py"], [], ["b.py"]]


def test_a_run_that_was_killed_goes_on(tmp_path):
    if not POSIX:
        pytest.skip("there is no SIGKILL")
    slow = "import time\ntime.sleep(1.5)\n" + submissions.RIGHT
    three = {"0.py": submissions.RIGHT, "1.py": slow, "2.py": submissions.RIGHT}
    submissions.write(tmp_path / "in", three)
    command = [sys.executable, "-m", "nndl.practice", "grade", str(tmp_path / "in"), "--csv",
               str(tmp_path / "out.csv"), "--jobs", "1", "--exercises", "relu_forward",
               "--seconds", "6", "--disk", "1"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    finished = tmp_path / "out.jsonl"
    until = time.monotonic() + 60
    while not (finished.exists() and finished.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    lines = finished.read_text().splitlines()
    assert 1 <= len(lines) < 3
    until = time.monotonic() + 60
    if LINUX:  # what it started ends with it
        while in_folders("graded-", tmp_path) and time.monotonic() < until:
            time.sleep(0.05)
        assert not in_folders("graded-", tmp_path)
    while (left := list(tmp_path.glob("graded-*"))) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert finished.read_text().splitlines()[: len(lines)] == lines
    with (tmp_path / "out.csv").open(newline="") as file:
        assert [row["relu_forward"] for row in csv.DictReader(file)] == ["right"] * 3


def test_a_folder_that_is_being_filled_is_removed(tmp_path, monkeypatch):
    """A run may be killed at any moment: the folder is known before there is one."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    begun, filled = threading.Event(), []

    def fill():
        with contextlib.suppress(OSError), places.folder_of_its_own() as folder:
            while True:
                (folder / f"{len(filled)}.txt").write_text("text")
                filled.append(folder)
                begun.set()

    thread = threading.Thread(target=fill)
    thread.start()
    begun.wait(10)
    places.remove_all()
    thread.join(10)
    assert filled
    assert not thread.is_alive()
    assert not places.known
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["nowhere", "--csv", "out.csv"], "DIR: no folder 'nowhere'"),
        (["in", "--csv", "out.txt"], "--csv: expected a name that ends in .csv"),
        (["in", "--csv", "no/out.csv"], "--csv: no folder 'no'"),
        (["in", "--csv", "out.csv", "--exercises", "relu"], "--exercises: practice: no exercise"),
        (["in", "--csv", "out.csv", "--exercises", ","], "--exercises: expected names"),
        (["in", "--csv", "out.csv", "--jobs", "0"], "--jobs: expected a number above 0, got 0"),
        (["in", "--csv", "out.csv", "--case-seconds", "0"], "--case-seconds: expected a number"),
        (["in", "--csv", "out.csv"], "DIR: no folder, module or notebook in 'in'"),
    ],
)
def test_errors_name_the_argument(tmp_path, monkeypatch, capsys, given, message):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["grade", *given]) == 2
    assert message in capsys.readouterr().err


def test_verdicts_are_those_of_practice():
    """What goes through the wire loses nothing that a verdict or a cause depends on."""
    for name, _, function in list(bodies(WRITTEN + RIGHT))[::9]:
        direct = practice.check(name, function)
        sent = json.loads(json.dumps(child.seen(exercise(name), function, 3.0)))
        found = judged(name, sent)
        assert found["verdict"] == direct.verdict, (name, found["text"])
        assert found["json"]["cause"] == json.loads(direct.to_json())["cause"], name
        assert found["text"] == repr(direct)


def test_workbook_notebooks_are_graded(tmp_path):
    task = tasks()["losses"]
    whole = plain(task.chapter)
    blank = cut(whole, task)
    written = {"blank.ipynb": blank, "done.ipynb": solved(blank, whole, task)}
    submissions.write(tmp_path / "in", {k: nbformat.writes(v) for k, v in written.items()})
    limits = Limits(seconds=60)
    found = running.run(tmp_path / "in", tmp_path / "out.csv", None, 2, limits)
    for entry, verdict in zip(found, ("unfinished", "right"), strict=True):
        assert entry["status"] == "checked", entry["problems"]
        verdicts = {name: one["verdict"] for name, one in entry["exercises"].items()}
        assert verdicts == {"svm_loss": verdict, "softmax_loss": verdict}


def rows_of(name):
    """What a right function sends."""
    found = exercise(name)
    return [wire.sent(seen) for _, seen in expectations(found)]


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: [],
        lambda rows: rows[:-1],
        lambda rows: [{**rows[0], "values": {}}, *rows[1:]],
        lambda rows: [{**rows[0], "values": {"out": ["O", [1], ""]}}, *rows[1:]],
        lambda rows: [{**rows[0], "values": {"out": ["<f8", [1 << 60], "AAAA"]}}, *rows[1:]],
        lambda rows: [{**rows[0], "printed": 3}, *rows[1:]],
        lambda rows: [None, *rows[1:]],
        lambda rows: {},
    ],
)
def test_what_does_not_fit_is_no_right_answer(change):
    rows = rows_of("relu_forward")
    whole = {"own": False, "others": None, "forward": None}
    assert judged("relu_forward", {**whole, "rows": rows})["verdict"] == "right"
    assert judged("relu_forward", {**whole, "rows": change(rows)})["verdict"] == "stopped"


def test_arrays_are_the_same_on_the_other_side():
    for array in (np.array(2.5), np.zeros((0, 3), np.float32), np.array([[True], [False]])):
        back = wire.unpacked(wire.packed(array))
        assert back.dtype == array.dtype
        np.testing.assert_array_equal(back, array)
