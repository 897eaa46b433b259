"""Everywhere: Python itself refuses what a submission must not do.

An audit hook, which nothing takes off again. It sees what is done through Python's own functions,
not what machine code does that was reached with ``ctypes``; on Linux the kernel sees that, too.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

REFUSED = ("socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "winreg.",
           "os.system", "os.startfile", "os.kill", "os.killpg", "os.chmod", "os.chown", "os.utime",
           "os.setxattr", "os.removexattr", "os.putenv.", "pty.", "ftplib.", "http.", "urllib.",
           "smtplib.", "webbrowser.", "_winapi.CreateProcess", "_winapi.OpenProcess",
           "_winapi.TerminateProcess", "syslog.", "signal.pthread_kill")  # fmt: skip
CHANGES = ("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.rename", "os.link", "os.symlink")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def refuse(folder: str) -> None:
    """From now on: no network, no process, no signal, and no writing but below ``folder``."""
    home = os.path.realpath(folder)
    sys.addaudithook(_hook(home, os.path.realpath, os.path.join(home, ""), os.fsdecode))


def _hook(
    home: str, real: Callable[..., str], below: str, decoded: Callable[..., str]
) -> Callable[[str, tuple[Any, ...]], None]:
    def inside(path: Any) -> bool:
        if isinstance(path, int):  # a file that is open already
            return True
        name = decoded(path)
        found = real(name)
        return name == os.devnull or found == home or found.startswith(below)

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            if given[0] is not None and (given[2] or 0) & WRITES and not inside(given[0]):
                raise PermissionError("a submission writes nowhere but in its own folder")
        elif event in CHANGES:
            paths = given[:2] if event in ("os.rename", "os.link", "os.symlink") else given[:1]
            if not all(inside(path) for path in paths):
                raise PermissionError("a submission changes nothing but its own folder")
        elif event.startswith(REFUSED):
            raise PermissionError(f"a submission has no {event.partition('.')[2] or event}")

    return look
