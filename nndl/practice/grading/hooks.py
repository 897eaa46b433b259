"""Everywhere: Python itself refuses what a submission must not do.

An audit hook, which nothing takes off again. It sees what is done through Python's own functions,
and keeps to itself what it decides by: a submission can change this module and the builtins. It is
a fence and no wall. Machine code that was reached with ``ctypes`` goes unseen, and whoever rewrites
enough of Python's own modules gets around it; on Linux the kernel sees that, too.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

REFUSED = ("socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "winreg.",
           "os.system", "os.startfile", "os.kill", "os.killpg", "os.chmod", "os.chown", "os.utime",
           "os.setxattr", "os.removexattr", "os.putenv.", "os.chflags", "pty.", "ftplib.",
           "http.", "urllib.", "smtplib.", "webbrowser.", "_winapi.CreateProcess",
           "_winapi.OpenProcess", "_winapi.TerminateProcess", "_winapi.CreateJunction", "syslog.",
           "signal.pthread_kill", "sqlite3.", "gc.get_", "sys.addaudithook",
           "cpython.PyInterpreterState_New")  # fmt: skip
MODULES = ("_xxsubinterpreters", "_interpreters", "_testcapi")  # what they do goes unseen
CHANGES = ("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.rename", "os.link", "os.symlink")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse(folder: str) -> None:
    """From now on: no network, no process, no signal, and no writing but below ``folder``."""
    home = os.path.realpath(folder)
    sys.addaudithook(_hook(home, os.path.realpath, os.path.join(home, ""), os.fsdecode))


def _hook(
    home: str, real: Callable[..., str], below: str, decoded: Callable[..., str]
) -> Callable[[str, tuple[Any, ...]], None]:
    refused, modules, changes, writes = REFUSED, MODULES, CHANGES, WRITES
    pairs, nothing = ("os.rename", "os.link", "os.symlink"), os.devnull
    kind, number, error, missing = type, int, PermissionError, ImportError

    def inside(path: Any) -> bool:
        if kind(path) is number:  # a file that is open already
            return True
        name = decoded(path)
        found = real(name)
        return name == nothing or found == home or found.startswith(below)

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            if given[0] is not None and (given[2] or 0) & writes and not inside(given[0]):
                raise error("a submission writes nowhere but in its own folder")
        elif event == "import":
            if given[0] in modules:
                raise missing(f"a submission has no {given[0]}")  # many ask with an except for it
        elif event in changes:
            for path in given[:2] if event in pairs else given[:1]:
                if not inside(path):
                    raise error("a submission changes nothing but its own folder")
        elif event.startswith(refused):
            raise error(f"a submission has no {event.partition('.')[2] or event}")

    return look
