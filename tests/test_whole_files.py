"""Files that are whole or not there: several writers at once, links, and writers that died."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nndl.internal import whole_files
from nndl.training import checkpoints

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(os.name == "nt", reason="needs links or SIGKILL")

WRITER = """
import sys
import numpy as np
from nndl.training import checkpoints
for number in range(40):
    array = np.full(20_000, 100 * int(sys.argv[2]) + number)
    checkpoints.write(sys.argv[1], {"number": number}, {"a/b": array})
"""

KILLED = """
import os, signal, sys
from nndl.internal.whole_files import writing
with writing(sys.argv[1]) as file:
    file.write(b"half of it")
    file.flush()
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print("ready", flush=True)
    sys.stdin.readline()
"""


def start(program, *arguments, **options):
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, **options)


def test_two_processes_that_write_one_checkpoint_leave_whole_files(tmp_path):
    """At every moment one of the files is there, all of it; no writer fails."""
    path = tmp_path / "run_epoch_1.npz"
    checkpoints.write(path, {"number": 0}, {"a/b": np.zeros(20_000)})
    writers = [start(WRITER, path, k, stderr=subprocess.PIPE) for k in range(2)]
    reads = 0
    while any(writer.poll() is None for writer in writers):
        _, meta, arrays = checkpoints.read(path)  # raises for a damaged file
        assert (arrays["a/b"] == arrays["a/b"][0]).all()
        assert arrays["a/b"][0] % 100 == meta["number"]
        reads += 1
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert reads > 1
    assert os.listdir(tmp_path) == [path.name]


@posix
def test_a_link_at_the_name_of_what_is_being_written_is_not_followed(tmp_path, monkeypatch):
    target, path = tmp_path / "precious", tmp_path / "c.npz"
    target.write_text("precious")
    (tmp_path / "c.npz.part").symlink_to(target)
    monkeypatch.setattr(whole_files.secrets, "token_hex", lambda _: "0123456789ab")
    (tmp_path / "c.npz.0123456789ab.part").symlink_to(target)
    with pytest.raises(FileExistsError), whole_files.writing(path):
        pass
    monkeypatch.undo()
    checkpoints.write(path, {}, {"a/b": np.zeros(2)})
    assert target.read_text() == "precious"
    checkpoints.read(path)


@posix
def test_a_link_at_the_path_is_replaced_and_its_target_is_left_alone(tmp_path):
    target, path = tmp_path / "precious", tmp_path / "c.npz"
    target.write_text("precious")
    path.symlink_to(target)
    checkpoints.write(path, {}, {})
    assert target.read_text() == "precious"
    assert not path.is_symlink()


@posix
def test_what_killed_writers_left_is_deleted_and_what_living_ones_write_is_not(tmp_path):
    path = tmp_path / "file"
    for _ in range(2):
        killed = start(KILLED, path, "killed")
        assert killed.wait() == -signal.SIGKILL
    assert len(os.listdir(tmp_path)) == 1  # the second has deleted what the first left
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with start(KILLED, path, "lives", **pipes) as living:
        assert living.stdout.readline() == "ready\n"
        assert len(os.listdir(tmp_path)) == 1  # the living one has tidied up
        with whole_files.writing(path) as file:
            file.write(b"mine")
        assert path.read_bytes() == b"mine"
        living.communicate("\n")
        assert living.returncode == 0
    assert path.read_bytes() == b"half of it"
    assert os.listdir(tmp_path) == ["file"]


def test_files_of_others_are_left_alone(tmp_path):
    others = ["file.part", "file.txt.0123456789ab.part", "file.0123456789ab", "b.0123456789ab.part"]
    for name in others:
        (tmp_path / name).write_text("other")
    young = tmp_path / "file.0123456789ab.part"  # of a writer that has only just begun
    young.touch()
    with whole_files.writing(tmp_path / "file") as file:
        file.write(b"x")
    if os.name != "nt":
        assert young.exists()
    assert {*others, "file"} <= {*os.listdir(tmp_path)}


@posix
def test_a_new_file_has_the_rights_that_the_system_gives_it(tmp_path):
    (tmp_path / "usual").touch()
    with whole_files.writing(tmp_path / "whole") as file:
        file.write(b"x")
    modes = [(tmp_path / name).stat().st_mode for name in ("usual", "whole")]
    assert modes[0] == modes[1]


def test_an_error_in_the_block_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_files.writing(path):
        1 / 0  # noqa: B018
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_nothing_of_this_repository_writes_beside_a_file_under_one_fixed_name():
    """Two processes would write into each other's file."""
    for path in [*ROOT.glob("nndl/**/*.py"), *ROOT.glob("benchmarks/*.py")]:
        found = re.findall(r".*[\"']\.?part[\"'].*", path.read_text(encoding="utf-8"))
        assert found == [] or path.name == "whole_files.py", path
