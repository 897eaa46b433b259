"""Start the process of a submission, watch it, and end it with all that it started."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import nndl
from nndl.practice.grading import disk, fonts
from nndl.practice.grading.collected import MOST
from nndl.practice.grading.options import MEGABYTE, Limits

SENT = 64 * MEGABYTE  # bytes, from one process
NOISE = MEGABYTE  # of them, that it should not send
ENTRIES = 2 * MOST  # files and folders
TO_START = 60.0  # seconds; a loaded machine imports slowly
KEPT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "PATHEXT", "NUMBER_OF_PROCESSORS")
running: set[subprocess.Popen] = set()


class Messages(threading.Thread):
    """What a process sends, up to a limit; lines without the token are noise."""

    def __init__(self, process: subprocess.Popen, token: str) -> None:
        super().__init__(daemon=True)
        assert process.stdout is not None
        self.file, self.token = process.stdout.fileno(), token
        self.lines: list[bytes] = []
        self.sent = self.noise = 0
        self.started: float | None = None
        self.start()

    @property
    def full(self) -> bool:
        """Whether it sent too much."""
        return self.sent > SENT or self.noise > NOISE

    def run(self) -> None:
        """Read up to the end."""
        token, rest = self.token.encode(), bytearray()
        with contextlib.suppress(OSError):
            while not self.full and (chunk := os.read(self.file, 1 << 16)):
                self.sent += len(chunk)
                rest += chunk
                if b"\n" not in chunk:
                    continue
                *whole, last = bytes(rest).split(b"\n")
                rest = bytearray(last)
                kept = [line for line in whole if token in line]
                self.noise += sum(map(len, whole)) + len(whole) - sum(map(len, kept)) - len(kept)
                self.lines += kept
                if kept and self.started is None:
                    self.started = time.monotonic()

    def all(self) -> list[dict[str, Any]]:
        """Those that are whole."""
        found = []
        for line in self.lines:
            with contextlib.suppress(ValueError, RecursionError):
                one = json.loads(line)
                if isinstance(one, dict) and one.get("token") == self.token:
                    found.append(one)
        return found


def run(
    folder: Path, names: list[str], limits: Limits, seconds: float
) -> tuple[list[dict[str, Any]], str]:
    """Run a copy of a submission; what it sent, and why it ended ("" where it did by itself)."""
    token = secrets.token_hex(16)
    job = {
        "token": token, "folder": str(folder), "exercises": names, "seconds": seconds,
        "load_seconds": limits.load_seconds, "case_seconds": limits.case_seconds,
        "memory": limits.memory * MEGABYTE, "size": limits.disk * MEGABYTE, "readable": readable(),
        "parent": os.getpid(),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-P", "-s", "-B", "-m", "nndl.practice.grading.child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=folder, env=environment(folder), start_new_session=True,
    )  # fmt: skip
    running.add(process)
    messages = Messages(process, token)
    try:
        assert process.stdin is not None
        with contextlib.suppress(OSError), process.stdin:
            process.stdin.write(json.dumps(job).encode() + b"\n")
        why = watch(process, messages, folder, limits, seconds)
    finally:
        end(process)
        messages.join(2)
        if not messages.is_alive() and process.stdout is not None:
            process.stdout.close()
        running.discard(process)
    return messages.all(), why


def watch(
    process: subprocess.Popen, messages: Messages, folder: Path, limits: Limits, seconds: float
) -> str:
    """Wait for its end, or for the limit that it does not keep."""
    begin = time.monotonic()
    while True:
        try:
            code = process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass
        else:
            return f"it ended its process ({code})" if code else ""
        start = messages.started
        if start and time.monotonic() > start + seconds:
            return f"its time was over ({limits.seconds:g} s)"
        if not start and time.monotonic() > begin + TO_START:
            return f"its time was over before it began: Python did not start in {TO_START:g} s"
        if messages.full:
            return "it sent too much"
        if why := written(process.pid, folder, limits.disk * MEGABYTE):
            return why


def written(process: int, folder: Path, most: int) -> str:
    """What is to be said of its files, if there is too much of them."""
    try:
        size, entries = disk.size(folder, ENTRIES + 2)
        size += disk.unnamed(process, folder, most)
    except disk.Hidden:
        return "it hides what it wrote"
    too_much = size > 2 * most or entries > ENTRIES + 2
    return "it wrote too much, or too many files" if too_much else ""


def end(process: subprocess.Popen) -> None:
    """Kill a process and its group."""
    if hasattr(os, "killpg"):
        for _ in range(20):  # a process may fork between two signals
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
    process.kill()
    process.wait()


def readable() -> list[str]:
    """Where a submission may read: the system, Python, and this package with what it imports."""
    here = [path for path in sys.path if path and Path(path).name in ("site-packages", "lib")]
    places = [sys.prefix, sys.base_prefix, str(Path(nndl.__file__).parent), *here]
    system = ["/usr", "/lib", "/lib64", "/bin", "/sys/devices/system/cpu"]
    # Of /etc what libraries read, and no list of users; of /proc the machine, and itself.
    etc = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime",
           "timezone", "mime.types", "os-release", "python3")  # fmt: skip
    proc = ("self", "cpuinfo", "meminfo", "stat", "version", "filesystems", "sys/vm")
    system += [f"/etc/{name}" for name in etc] + [f"/proc/{name}" for name in proc]
    return list(dict.fromkeys([*places, *system]))


def environment(folder: Path) -> dict[str, str]:
    """Nothing of the teacher's that it does not need."""
    root = str(Path(nndl.__file__).parent.parent)
    paths = os.pathsep.join(dict.fromkeys([root, *(path for path in sys.path if path)]))
    home = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), str(folder))
    home["MPLCONFIGDIR"] = str(folder / fonts.FOLDER)
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    fixed = {"PYTHONPATH": paths, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "MPLBACKEND": "Agg"}
    # Compiled functions would be compiled anew each time, since nothing can be kept: they are not.
    fixed["NUMBA_DISABLE_JIT"] = "1"
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | home | threads | fixed
