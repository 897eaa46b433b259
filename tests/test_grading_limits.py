"""Grading: what a submission has on the disk is counted wherever it hides it, and nothing stays."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from nndl.practice.grading import disk, places
from tests.support import submissions

ROOT = Path(__file__).resolve().parent.parent
POSIX = os.name == "posix"
LINUX = sys.platform == "linux"
C = "import ctypes, mmap, os, time\nlibc = ctypes.CDLL(None)\n"
FILLED = "    for k in range(8): os.write(file, bytes(100_000))\n"
END = "time.sleep(30)\n" + submissions.RIGHT
TOO_MUCH, HIDDEN = "it wrote too much, or too many files", "it hides what it wrote"
# Each has 4 MB on the disk, of 1 MB that it may hand in or write, and of 2 at which it is ended.
HIDING = {
    "removed.py": (
        C + "for one in 'abcde':\n    file = os.open(one, os.O_RDWR | os.O_CREAT)\n"
        "    os.unlink(one)\n" + FILLED, {TOO_MUCH},
    ),
    "never_named.py": (
        C + "for one in 'abcde':\n    file = os.open('.', os.O_TMPFILE | os.O_RDWR)\n" + FILLED,
        {TOO_MUCH},
    ),
    "mapped.py": (
        C + "kept = []\nfor one in 'abcde':\n    file = os.open(one, os.O_RDWR | os.O_CREAT)\n"
        "    os.unlink(one)\n" + FILLED + "    kept.append(mmap.mmap(file, 4096))\n"
        "    os.close(file)\n", {TOO_MUCH},
    ),
    "unlisted.py": (  # nothing is hidden from root
        C + "os.mkdir('a', 0o300)\nfor one in 'abcde':\n"
        "    file = os.open(f'a/{one}', os.O_RDWR | os.O_CREAT)\n" + FILLED, {TOO_MUCH, HIDDEN},
    ),
    "deep.py": (
        C + "for k in range(1500):\n    libc.mkdir(b'abcdefghi', 0o700)\n"
        "    libc.chdir(b'abcdefghi')\nfor one in b'abcde':\n"
        "    file = libc.open(bytes([one]), os.O_RDWR | os.O_CREAT, 0o600)\n" + FILLED, {HIDDEN},
    ),
    "moving.py": (
        C + "os.mkdir('0')\nfor one in 'abcde':\n"
        "    file = os.open(f'0/{one}', os.O_RDWR | os.O_CREAT)\n" + FILLED +
        "for k in range(10**9): libc.rename(b'%d' % k, b'%d' % (k + 1))\n", {TOO_MUCH, HIDDEN},
    ),
}  # fmt: skip


def command(folder, *more):
    """The public one."""
    return [sys.executable, "-m", "nndl.practice", "grade", str(folder), "--csv",
            str(folder.parent / "out.csv"), "--exercises", "relu_forward", *more]  # fmt: skip


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All of them in one run."""
    if not LINUX:
        pytest.skip("files without a name are counted on Linux alone")
    top = tmp_path_factory.mktemp("hiding")
    (top / "tmp").mkdir()
    submissions.write(top / "in", {name: code + END for name, (code, _) in HIDING.items()})
    done = subprocess.run(
        command(top / "in", "--disk", "1"), capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(top / "tmp")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (top / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    return SimpleNamespace(rows=rows, tmp=top / "tmp")


@pytest.mark.parametrize("name", HIDING)
def test_what_is_written_counts_wherever_it_is(graded, name):
    row = graded.rows[name]
    assert row["status"] == "stopped"
    assert row["problems"] in HIDING[name][1]


def test_nothing_of_them_stays(graded):
    assert len(graded.rows) == len(HIDING)
    assert list(graded.tmp.iterdir()) == []


def test_folders_that_cannot_be_listed_or_are_too_deep_are_removed(tmp_path):
    if not POSIX:
        pytest.skip("there are no such modes")
    folder, here = tmp_path / "folder", os.open(".", os.O_RDONLY)
    (folder / "open" / "closed").mkdir(parents=True)
    (folder / "open" / "closed" / "file").write_text("text")
    (folder / "open" / "closed").chmod(0)
    (folder / "open").chmod(0o300)
    (folder / "deep").mkdir()
    os.chdir(folder / "deep")
    try:
        for _ in range(1500):
            os.mkdir("abcdefghi")
            os.chdir("abcdefghi")
    finally:
        os.chdir(here)
        os.close(here)
    places.remove(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_counted_with_all_in_it_and_links_are_not_followed(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(b"123")
    (tmp_path / "d").write_bytes(b"45")
    assert disk.size(tmp_path, 9) == (5, 4)
    if POSIX:
        (tmp_path / "a" / "link").symlink_to(ROOT)
        total, count = disk.size(tmp_path, 9)
        assert (total, count) == (5 + len(os.fsencode(ROOT)), 5)
    assert disk.size(tmp_path, 1)[1] > 1


def test_an_interrupted_run_waits_for_no_submission(tmp_path):
    """A submission has ten minutes here, and would take them."""
    if not POSIX:
        pytest.skip("Ctrl-C waits there for the submissions that are running")
    stubborn = (
        "class Odd(Exception):\n    def __str__(self):\n        while True: pass\nraise Odd\n"
    )
    submissions.write(tmp_path / "in", {"0.py": submissions.RIGHT, "1.py": stubborn})
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        command(tmp_path / "in", "--jobs", "2", "--seconds", "600"), stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp")},
        start_new_session=True, text=True,
    )  # fmt: skip
    finished, until = tmp_path / "out.jsonl", time.monotonic() + 120
    while not (finished.exists() and finished.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "what is finished is kept" in said
    assert finished.read_text().count("\n") == 1
    while (left := list((tmp_path / "tmp").glob("graded-*"))) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
