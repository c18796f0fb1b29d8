"""The system call filter that every sandbox loads: a classic BPF program that takes away what media never needs.

Used by both providers and by the Landlock launcher, so it imports nothing of ours. It refuses by list rather than
allows by list, because the file system, the network and other processes are closed by the provider; the list closes
the kernel's side doors, and every call younger than the table is refused unseen.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Callable

# name: (x86_64, aarch64), from the kernel's unistd headers; 0 where the architecture has no such call.
_NETWORK = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
}  # fmt: skip
_NAMESPACES_AND_MOUNTS = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
}  # fmt: skip
_OTHER_PROCESSES = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "kcmp": (312, 272), "process_madvise": (440, 440), "shmget": (29, 194),
    "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip
_KERNEL = {
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "ioperm": (173, 0), "iopl": (172, 0),
    "modify_ldt": (154, 0), "personality": (135, 92),
}  # fmt: skip
# Landlock leaves ownership, modes, times and notifications of files it does not let one open; so they go here.
_FILE_ATTRIBUTES = {
    "chmod": (90, 0), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, 0), "fchown": (93, 55),
    "lchown": (94, 0), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, 0),
    "utimes": (235, 0), "futimesat": (261, 0), "utimensat": (280, 88), "mknod": (133, 0), "mknodat": (259, 33),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "inotify_init": (253, 0), "inotify_init1": (294, 26),
}  # fmt: skip
REFUSED = _NETWORK | _NAMESPACES_AND_MOUNTS | _OTHER_PROCESSES | _KERNEL | _FILE_ATTRIBUTES

_CLONE, _CLONE3, _PRLIMIT, _IOCTL = (56, 220), (435, 435), (302, 261), (16, 29)
_KILLS = ((62, 129), (200, 130), (234, 131))  # kill, tkill, tgkill
_YOUNGEST_KNOWN = 450
_X32_BIT = 0x40000000
_CLONE_NEW_ANY = 0x7E020080  # every CLONE_NEW* flag, time namespace included
_TERMINAL_IOCTLS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: type into the terminal that started us

_LOAD, _IF_EQUAL, _IF_GREATER, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_KILL_PROCESS, _ALLOW = 0x80000000, 0x7FFF0000
_REFUSE, _UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_NUMBER_AT, _ARCH_AT, _ARGUMENT_AT = 0, 4, 16
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def is_supported() -> bool:
    """Whether the table knows this machine's system calls."""
    return platform.machine() in _ARCHITECTURES


def filter_program(*, only_signal_pid: int | None = None) -> bytes:
    """The filter as an array of `struct sock_filter` (8 bytes each), for this machine.

    `only_signal_pid` refuses signals to any process but that one, for kernels whose Landlock does not confine
    signals. Raises KeyError on an architecture that the table does not know; ask `is_supported` first.
    """
    column, arch = _ARCHITECTURES[platform.machine()]
    code: list[bytes] = []

    def emit(operation: int, value: int, when_true: int = 0, when_false: int = 0) -> None:
        code.append(struct.pack("=HBBI", operation, when_true, when_false, value))

    emit(_LOAD, _ARCH_AT)
    emit(_IF_EQUAL, arch, 1, 0)
    emit(_RETURN, _KILL_PROCESS)
    emit(_LOAD, _NUMBER_AT)
    if column == 0:
        emit(_IF_GREATER, _X32_BIT - 1, 0, 1)
        emit(_RETURN, _KILL_PROCESS)
    emit(_IF_GREATER, _YOUNGEST_KNOWN, 0, 1)
    emit(_RETURN, _UNKNOWN)
    for number in sorted({numbers[column] for numbers in REFUSED.values()} - {0}):
        emit(_IF_EQUAL, number, 0, 1)
        emit(_RETURN, _REFUSE)
    # The C library falls back to clone, whose flags a filter can read.
    emit(_IF_EQUAL, _CLONE3[column], 0, 1)
    emit(_RETURN, _UNKNOWN)
    _refuse_argument(emit, _CLONE[column], argument=0, test=_IF_ANY_BIT, values=(_CLONE_NEW_ANY,), refuse_on=True)
    _refuse_argument(emit, _IOCTL[column], argument=1, test=_IF_EQUAL, values=_TERMINAL_IOCTLS, refuse_on=True)
    _refuse_argument(emit, _PRLIMIT[column], argument=0, test=_IF_EQUAL, values=(0,), refuse_on=False)
    if only_signal_pid is not None:
        for numbers in _KILLS:
            test_values = (only_signal_pid,)
            _refuse_argument(emit, numbers[column], argument=0, test=_IF_EQUAL, values=test_values, refuse_on=False)
    emit(_RETURN, _ALLOW)
    return b"".join(code)


def _refuse_argument(
    emit: Callable[..., None], number: int, *, argument: int, test: int, values: tuple[int, ...], refuse_on: bool
) -> None:
    """For call `number`: refuse it when one of `values` matches the argument's low word (or when none does)."""
    length = 2 + 2 * len(values)  # the load, two a value, the default
    emit(_IF_EQUAL, number, 0, length)
    emit(_LOAD, _ARGUMENT_AT + 8 * argument)
    for value in values:
        emit(test, value, 0, 1)
        emit(_RETURN, _REFUSE if refuse_on else _ALLOW)
    emit(_RETURN, _ALLOW if refuse_on else _REFUSE)
