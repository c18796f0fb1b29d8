"""Makes the Landlock walls around itself and becomes the program; run as a script by `landlock`, never imported there.

Command line: a JSON object of what may be reached, then the program and its arguments. Any step that fails ends it
with a message and status 126: the program never starts half confined. The order matters: capabilities, no_new_privs,
Landlock, filter, exec.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import runpy
import signal
import stat
import struct
import sys
from typing import Any

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_TCP_BIND_AND_CONNECT = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_ABI_WITH_NETWORK, _ABI_WITH_IOCTL, _ABI_WITH_SCOPES = 4, 5, 6

_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), what)
    return result


def _prctl(option: int, *values: int) -> int:
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return int(_libc.prctl(ctypes.c_int(option), *arguments))


def _drop_capabilities() -> None:
    for capability in range(64):
        if _prctl(_PR_CAPBSET_READ, capability) != 1:
            break
        # An unprivileged caller may not shrink the set; no_new_privs keeps it from ever using it.
        if _prctl(_PR_CAPBSET_DROP, capability) < 0 and ctypes.get_errno() != errno.EPERM:
            raise OSError(ctypes.get_errno(), "capability bounding set")
    _checked(_prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL), "ambient capabilities")
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _checked(_libc.capset(header, bytes(24)), "capset")


def _handled(abi: int) -> int:
    newest = 16 if abi >= _ABI_WITH_IOCTL else 15
    return (1 << newest) - 1


def _ruleset(abi: int) -> int:
    attributes = struct.pack("=Q", _handled(abi))
    if abi >= _ABI_WITH_NETWORK:
        attributes += struct.pack("=Q", _TCP_BIND_AND_CONNECT)
    if abi >= _ABI_WITH_SCOPES:
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    return _checked(_libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0), "landlock_create_ruleset")


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # what is not there needs no right
    if not stat.S_ISDIR(os.fstat(beneath).st_mode):
        rights &= _ON_FILES
    rule = struct.pack("=Qi", rights, beneath)
    _checked(_libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
    os.close(beneath)


def _restrict_files(walls: dict[str, Any]) -> None:
    ruleset = _ruleset(walls["abi"])
    for path in walls["execute"]:
        _allow(ruleset, path, _READ | _EXECUTE)
    for path in walls["read"]:
        _allow(ruleset, path, _READ)
    for path in walls["write"]:
        _allow(ruleset, path, _WRITE)
    _allow(ruleset, walls["device"], _READ_FILE | _WRITE_FILE)
    _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _restrict_calls(program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    holder = ctypes.create_string_buffer(header, len(header))
    result = _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(holder))
    _checked(result, "seccomp filter")


def _main(walls: dict[str, Any], argv: list[str]) -> None:
    make_filter = runpy.run_path(os.path.join(os.path.dirname(__file__), "seccomp.py"))["filter_program"]  # noqa: PTH118, PTH120
    confines_signals = walls["abi"] >= _ABI_WITH_SCOPES
    program = make_filter(only_signal_pid=None if confines_signals else os.getpid())
    os.chdir(walls["cwd"])
    _drop_capabilities()
    _checked(_prctl(_PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")
    _restrict_files(walls)
    _restrict_calls(program)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and the program would inherit that
    os.execvpe(argv[0], argv, walls["env"])  # noqa: S606 - an argument list, never a shell


if __name__ == "__main__":
    try:
        _main(json.loads(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        sys.stderr.write(f"landlock: {error}\n")
        sys.exit(126)
