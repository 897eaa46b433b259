"""Linux: what a process may do is taken from it by the kernel, for good, and without being root.

Landlock (Linux 5.13 and later) confines its files: it reads the system, Python and this package,
and writes nowhere but in its folder. A seccomp filter takes its sockets, new processes and signals,
and changes of modes and owners, which Landlock leaves. No Python, C or machine code of the process
gets around either. See landlock(7) and seccomp(2); numbers of x86-64 and of arm64.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
import sys
from collections.abc import Iterable

# name: number on x86-64, number on arm64 (None: there is none).
DENIED = {
    "socket": (41, 198), "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "bpf": (321, 280), "userfaultfd": (323, 282),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "truncate": (76, 45),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setpriority": (141, 140),
}  # fmt: skip
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
CLONE, CLONE3, PRLIMIT, SECCOMP = (56, 220), (435, 435), (302, 261), (317, 277)
THREAD = 0x10000  # of clone: a thread, no process
READ, WRITE = 0b1101, 0b1_1111_1111_0010  # READ_FILE, READ_DIR and EXECUTE; the rest of version 1
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def machine() -> int | None:
    """The column of this machine's numbers, or None."""
    known = sys.platform == "linux" and sys.maxsize > 2**32 and platform.machine() in MACHINES
    return MACHINES[platform.machine()][0] if known else None


def program(column: int) -> bytes:
    """The filter, in instructions of BPF: code, jumps if true and if false, value."""
    loads, equal, at_least, has_bits, gives = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse, allow = (gives, 0, 0, REFUSE | errno.EPERM), (gives, 0, 0, ALLOW)
    number, first = (loads, 0, 0, 0), (loads, 0, 0, 16)  # of the call, and its first argument
    denied = sorted({n[column] for n in DENIED.values() if n[column] is not None})
    body = [
        (loads, 0, 0, 4), (equal, 1, 0, list(MACHINES.values())[column][1]), refuse, number,
        (at_least, 0, 1, 0x40000000), refuse,  # another way of calling
        (equal, 0, 1, CLONE3[column]), (gives, 0, 0, REFUSE | errno.ENOSYS),  # clone, then
        *(one for call in denied for one in ((equal, 0, 1, call), refuse)),
        (equal, 0, 4, CLONE[column]), first, (has_bits, 1, 0, THREAD), refuse, allow,
        (equal, 0, 3, PRLIMIT[column]), first, (equal, 1, 0, 0), refuse,  # of others
        allow,
    ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *one) for one in body)


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filtered(column: int) -> bool:
    """Put the filter on all threads of this process; whether that worked."""
    libc, code = ctypes.CDLL(None, use_errno=True), program(column)
    if libc.prctl(38, 1, 0, 0, 0):  # no new privileges, which the filter needs
        return False
    given = _Program(len(code) // 8, code)
    return libc.syscall(SECCOMP[column], 1, 1, ctypes.byref(given)) == 0


def end_with(parent: int) -> None:
    """Let this process be ended with the one that started it, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:  # it had ended before
            os._exit(1)


def confined(folder: str, readable: Iterable[str]) -> bool:
    """Confine this process's files to a folder, and for reading to others; whether it worked."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(444, None, 0, 1)
    if version < 1 or libc.prctl(38, 1, 0, 0, 0):
        return False
    write = WRITE | (1 << 13 if version > 1 else 0) | (1 << 14 if version > 2 else 0)
    handled = ctypes.c_uint64(READ | write)
    rules = libc.syscall(444, ctypes.byref(handled), 8, 0)
    if rules < 0:
        return False
    devices = [("/dev/null", 0b110), *((f"/dev/{d}random", 0b100) for d in ("", "u"))]
    given = [(folder, READ | write), *((path, READ) for path in readable), *devices]
    try:
        return all(_rule(libc, rules, *one) for one in given) and not libc.syscall(446, rules, 0)
    finally:
        os.close(rules)


def _rule(libc: ctypes.CDLL, rules: int, path: str, access: int) -> bool:
    try:
        place = os.open(path, os.O_PATH)
    except OSError:
        return True  # what is not there need not be allowed
    try:
        if not os.path.isdir(path):
            access &= 0b111
        given = struct.pack("=Qi", access, place)
        return libc.syscall(445, rules, 1, given, 0) == 0
    finally:
        os.close(place)
