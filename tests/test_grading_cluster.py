"""Grading on a cluster: the files and verdicts of a run without one, whoever is killed."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nndl.cluster import connect, jobs
from nndl.practice.__main__ import main
from nndl.practice.grading import cluster, kernel, running, table
from nndl.practice.grading.options import Limits, Task
from tests.support import submissions

ROOT = Path(__file__).resolve().parent.parent
LINUX = kernel.machine() is not None
POSIX = os.name == "posix"
SHORT = Limits(seconds=5, load_seconds=1, case_seconds=0.5, disk=1)
NAMES = "relu_forward,relu_backward"
SOME = ["bo", "helper", "half.ipynb", "reads_own", "wrong.py", "syntax.py", "empty", "bytes.py",
        "exit_inside.py", "loop.py", "forges.py", "prints.py"]  # fmt: skip
SLOW = "import time\ntime.sleep(0.5)\n" + submissions.RIGHT


@pytest.fixture(scope="module")
def two():
    """Two workers."""
    with connect(workers=2) as client:
        yield client


def outputs(folder):
    """What a run wrote, but for the order in which submissions were finished."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    found["out.jsonl"] = sorted(found["out.jsonl"].split(b"\n"))
    return found


def test_files_and_verdicts_are_those_of_a_run_without_a_cluster(tmp_path, two):
    known = submissions.GOOD | submissions.BROKEN | submissions.HOSTILE
    contents = {name: known[name][0] for name in SOME}
    contents |= {"Zoë 漢.py": submissions.RIGHT} if POSIX else {}
    contents["large.py"] = submissions.RIGHT + "#" * (1 << 20)
    contents["inner"] = {"a/b/c.py": submissions.RIGHT, "a/.hidden.py": submissions.WRONG}
    submissions.write(tmp_path / "in", contents)
    (tmp_path / "in" / "nothing").mkdir()
    found = {}
    for name, where in (("here", None), ("there", two)):
        (tmp_path / name).mkdir()
        given = (NAMES, None, SHORT, where)
        entries = running.run(tmp_path / "in", tmp_path / name / "out.csv", *given)
        assert [e["submission"] for e in entries] == sorted(
            (*contents, "nothing"), key=lambda label: label.encode()
        )
        found[name] = outputs(tmp_path / name)
    assert found["there"] == found["here"]
    by = {entry["submission"]: entry for entry in entries}
    assert "more than 1 MB" in by["large.py"]["problems"][0]
    verdicts = {name: known[name][2] for name in SOME}
    assert {name: table.verdict(by[name], "relu_forward") for name in SOME} == verdicts


def test_a_worker_sends_text_that_holds_no_object(tmp_path):
    """What a submission wrote is in it as JSON."""
    submissions.write(tmp_path, {"a.py": submissions.RIGHT})
    task = Task(tmp_path / "a.py", ("relu_forward",), SHORT)
    sent = cluster._maker(task, "x")()
    assert sent.files == (("a.py", submissions.RIGHT.encode()),)
    assert pickle.loads(pickle.dumps(sent)) == sent
    found = cluster._graded(sent, None)
    assert type(found) is str
    assert json.loads(found)["exercises"]["relu_forward"]["verdict"] == "right"


def test_the_submission_of_a_worker_that_is_killed_is_graded_again(tmp_path, two):
    if not LINUX:
        pytest.skip("processes are listed in /proc on Linux alone")
    submissions.write(tmp_path / "in", {f"{k}.py": SLOW for k in range(4)})
    killed = []

    def kill():
        until = time.monotonic() + 60
        while time.monotonic() < until:
            pids = two.run(os.getpid).values()
            for pid in pids:
                if children := below(pid):
                    os.kill(pid, signal.SIGKILL)
                    killed.extend(children)
                    return
            time.sleep(0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    found = running.run(tmp_path / "in", tmp_path / "out.csv", "relu_forward", None, SHORT, two)
    thread.join()
    assert killed
    assert [table.verdict(entry, "relu_forward") for entry in found] == ["right"] * 4
    until = time.monotonic() + 10
    while any(Path("/proc", str(pid)).exists() for pid in killed) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [pid for pid in killed if Path("/proc", str(pid)).exists()]


def below(parent):
    """The processes of submissions that a process has started, once they have begun."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            where = os.readlink(process / "cwd")
        except OSError:
            continue
        if int(fields[1]) == parent and "graded-" in where:
            found.append(int(process.name))
    return found


def test_a_run_whose_client_is_killed_goes_on(tmp_path):
    if not POSIX:
        pytest.skip("there is no SIGKILL")
    submissions.write(tmp_path / "in", {f"{k}.py": SLOW for k in range(3)})
    command = [sys.executable, "-m", "nndl.practice", "grade", str(tmp_path / "in"), "--csv",
               str(tmp_path / "out.csv"), "--cluster", "local", "--jobs", "1", "--exercises",
               "relu_forward", "--seconds", "6", "--disk", "1"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    finished, until = tmp_path / "out.jsonl", time.monotonic() + 60
    while not (finished.exists() and finished.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    lines = finished.read_text().splitlines()
    assert 1 <= len(lines) < 3
    ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert ended.stdout.startswith("3 submissions: ")
    assert finished.read_text().splitlines()[: len(lines)] == lines
    assert (tmp_path / "out.csv").read_text().count("checked,1") == 3


def test_submissions_whose_workers_end_each_time_are_named_and_the_rest_is_kept(
    tmp_path, two, monkeypatch
):
    plain = jobs.There.next

    def given_up(self):
        number, found = plain(self)
        return number, jobs.Undone("") if number == 1 else found

    monkeypatch.setattr(jobs.There, "next", given_up)
    submissions.write(tmp_path / "in", {f"{k}.py": submissions.RIGHT for k in "abc"})
    given = (tmp_path / "in", tmp_path / "out.csv", "relu_forward", None, SHORT, two)
    with pytest.raises(RuntimeError, match=r"^b\.py: the workers that judge were ended"):
        running.run(*given)
    monkeypatch.undo()
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    verdicts = [table.verdict(entry, "relu_forward") for entry in running.run(*given)]
    assert verdicts == ["right"] * 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--cluster", "10.0.0.1:8786"], "--cluster: connect: address is '10.0.0.1:8786'"),
        (["--cluster", "tls://10.0.0.1:8786"], "needs TLS, and certificates are missing in Dask's"),
        (["--cluster", ""], "--cluster: connect: address is empty"),
        (["--cluster", "127.0.0.1:8786", "--jobs", "2"], "--jobs: the cluster has workers"),
    ],
)
def test_errors_name_the_argument(tmp_path, monkeypatch, capsys, given, message):
    submissions.write(tmp_path / "in", {"a.py": submissions.RIGHT})
    monkeypatch.chdir(tmp_path)
    assert main(["grade", "in", "--csv", "out.csv", *given]) == 2
    assert message in capsys.readouterr().err


def test_without_the_extra_grading_says_what_to_install(tmp_path, monkeypatch, capsys):
    submissions.write(tmp_path / "in", {"a.py": submissions.RIGHT})
    for name in [name for name in sys.modules if name.startswith("nndl.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "distributed", None)
    arguments = ["grade", str(tmp_path / "in"), "--csv", str(tmp_path / "out.csv")]
    assert main([*arguments, "--cluster", "local"]) == 2
    assert 'pip install "nndl[cluster]"' in capsys.readouterr().err
