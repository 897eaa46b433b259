"""Linux: what a process may do is taken from it by the kernel, for good, and without being root.

Landlock (Linux 5.13 and later) confines its files: it reads the system, Python and this package,
and writes nowhere but in its folder. A seccomp filter takes its sockets, new processes and signals,
memory that outlives it, and changes of modes and owners, which Landlock leaves. No Python, C or
machine code of the process gets around either. See landlock(7) and seccomp(2); numbers of x86-64,
and of arm64, which has those of the kernel's asm-generic/unistd.h.
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
    # The network, new processes, and other processes.
    "socket": (41, 198), "socketpair": (53, 199), "fork": (57, None), "vfork": (58, None),
    "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130),
    "tgkill": (234, 131), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "kcmp": (312, 272),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "setpriority": (141, 140),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "ioprio_set": (251, 30), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # Other ways to do these.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    # Memory that no limit counts, or that outlives the process.
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219),
    # Modes, owners, times and attributes of files, and what makes others than plain ones.
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
    "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None),
    "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "mknod": (133, None), "mknodat": (259, 33), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    # What root may do, where a teacher is root.
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "acct": (163, 89), "syslog": (103, 116), "iopl": (172, None), "ioperm": (173, None),
    "quotactl": (179, 60), "quotactl_fd": (443, 443),
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


def available() -> list[str]:
    """Which of the two this kernel has; asking changes nothing."""
    column, found = machine(), []
    if column is not None:
        libc, action = ctypes.CDLL(None, use_errno=True), ctypes.c_uint32(REFUSE)
        found += ["landlock"] if libc.syscall(444, None, 0, 1) > 0 else []
        found += (
            ["seccomp"] if not libc.syscall(SECCOMP[column], 2, 0, ctypes.byref(action)) else []
        )
    return found


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
