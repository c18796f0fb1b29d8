"""The filter decides as its table says, call by call, and the table agrees with the kernel's own headers."""

import errno
import platform
import re
import struct
from pathlib import Path

import pytest

from workers.exec.sandbox import seccomp

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize(("column", "machine"), list(enumerate(HEADERS)))
def test_table_agrees_with_the_kernels_headers(column: int, machine: str) -> None:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"the kernel's headers for {machine} are not installed")
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", header.read_text())}
    mistakes = {
        name: (known[column], numbers.get(name, 0))
        for name, known in seccomp.REFUSED.items()
        if known[column] != numbers.get(name, 0)
    }
    assert mistakes == {}


ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
KILLED, REFUSED, UNKNOWN, ALLOWED = 0x80000000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS, 0x7FFF0000


def decision(program: bytes, number: int, *arguments: int, arch: int) -> int:
    """What the filter says to a call: a small machine for the five instructions that it uses."""
    call = struct.pack("=IIQ6Q", number, arch, 0, *[*arguments, 0, 0, 0, 0, 0, 0][:6])
    loaded, at = 0, 0
    while True:
        operation, when_true, when_false, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if operation == 0x06:
            return int(value)
        if operation == 0x20:
            (loaded,) = struct.unpack_from("=I", call, value)
        else:
            is_met = {0x15: loaded == value, 0x25: loaded > value, 0x45: bool(loaded & value)}[operation]
            at += when_true if is_met else when_false


@pytest.mark.parametrize(("column", "machine"), list(enumerate(HEADERS)))
def test_filter_refuses_its_list_and_what_it_never_heard_of(
    monkeypatch: pytest.MonkeyPatch, column: int, machine: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    program, arch = seccomp.filter_program(), ARCHITECTURES[machine]
    for name, numbers in seccomp.REFUSED.items():
        if numbers[column]:
            assert decision(program, numbers[column], arch=arch) == REFUSED, name
    assert decision(program, 451, arch=arch) == UNKNOWN
    assert decision(program, 435, arch=arch) == UNKNOWN
    read, kill = ((0, 62), (63, 129))[column]
    assert decision(program, read, 3, arch=arch) == ALLOWED
    assert decision(program, kill, 4711, 9, arch=arch) == ALLOWED
    assert decision(program, read, 3, arch=arch ^ 1) == KILLED


@pytest.mark.parametrize(("column", "machine"), list(enumerate(HEADERS)))
def test_filter_looks_at_arguments(monkeypatch: pytest.MonkeyPatch, column: int, machine: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    program, arch = seccomp.filter_program(only_signal_pid=4711), ARCHITECTURES[machine]
    clone, prlimit, ioctl, kill = ((56, 302, 16, 62), (220, 261, 29, 129))[column]
    threads, new_user, fork = 0x3D0F00, 0x10000000, 17
    assert decision(program, clone, threads, arch=arch) == decision(program, clone, fork, arch=arch) == ALLOWED
    assert decision(program, clone, new_user | fork, arch=arch) == REFUSED
    assert decision(program, prlimit, 0, arch=arch) == ALLOWED
    assert decision(program, prlimit, 1, arch=arch) == REFUSED
    assert decision(program, ioctl, 0, 0x5401, arch=arch) == ALLOWED
    assert decision(program, ioctl, 0, 0x5412, arch=arch) == REFUSED
    assert decision(program, kill, 4711, 6, arch=arch) == ALLOWED
    assert decision(program, kill, 1, 9, arch=arch) == REFUSED


def test_calls_of_the_other_abi_of_the_same_processor_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert decision(seccomp.filter_program(), 0x40000000 | 41, arch=ARCHITECTURES["x86_64"]) == KILLED


def test_unknown_processor_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert not seccomp.is_supported()
