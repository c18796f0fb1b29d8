"""Programs that misbehave, and our own sudden death: in each case nothing of the tree is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workers.exec.processes import becomes_true, pids_with
from workers.exec.errors import SupervisorLost, ToolCancelled, ToolFailed, ToolTimeout
from workers.exec.process import run, spawn

ROOT = Path(__file__).parents[3]
# Children, grandchildren in a session of their own, a daemon that its parent has left: all carry the marker.
FAMILY = """
import os, subprocess, sys, time
marker = sys.argv[1]
wait = [sys.executable, "-c", "import time; time.sleep(600)", marker]
subprocess.Popen(wait)
subprocess.Popen(wait, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(wait[0], wait)
    os._exit(0)
print("ready", file=sys.stderr, flush=True)
{then}
"""
STAYS = "time.sleep(600)"
ENDS = "sys.exit(0)"


def family(marker: str, *, then: str) -> list[str]:
    return [sys.executable, "-c", FAMILY.format(then=then), marker]


def test_program_that_ignores_sigterm_is_killed_when_its_time_is_up(marker: str) -> None:
    started_at = time.monotonic()
    with pytest.raises(ToolTimeout) as late:
        run(["sh", "-c", 'trap "" TERM INT HUP; while :; do sleep 0.1; done', marker], timeout_s=0.5)
    assert time.monotonic() - started_at < 2
    assert late.value.data["timeout_s"] == 0.5
    assert pids_with(marker) == []


def test_whole_family_is_killed_when_time_is_up(marker: str) -> None:
    with pytest.raises(ToolTimeout):
        run(family(marker, then=STAYS), timeout_s=1.0)
    assert pids_with(marker) == []


def test_whole_family_is_killed_within_a_second_of_cancellation(marker: str) -> None:
    lines: list[str] = []
    asked_at: list[float] = []

    def is_cancelled() -> bool:
        if len(pids_with(marker)) >= 5 and not asked_at:  # the program, its three descendants, the supervisor
            asked_at.append(time.monotonic())
        return bool(asked_at)

    with pytest.raises(ToolCancelled):
        run(family(marker, then=STAYS), timeout_s=30, on_line=lines.append, is_cancelled=is_cancelled)
    assert time.monotonic() - asked_at[0] < 1
    assert pids_with(marker) == []


def test_nothing_that_a_program_leaves_behind_outlives_its_run(marker: str) -> None:
    assert run(family(marker, then=ENDS), timeout_s=20).returncode == 0
    assert pids_with(marker) == []


def test_exception_in_the_callers_own_code_kills_the_family(marker: str) -> None:
    def fail(line: str) -> None:
        raise LookupError(line)

    with pytest.raises(LookupError, match="ready"):
        run(family(marker, then=STAYS), timeout_s=30, on_line=fail)
    assert pids_with(marker) == []


def test_leaving_a_spawn_block_by_an_exception_kills_the_family(marker: str) -> None:
    def fail_when_all_run() -> None:
        with spawn(family(marker, then=STAYS)):
            assert becomes_true(lambda: len(pids_with(marker)) >= 5, within_s=5)
            raise LookupError

    with pytest.raises(LookupError):
        fail_when_all_run()
    assert pids_with(marker) == []


def test_spawned_server_that_ignores_sigterm_is_killed_after_its_grace(marker: str) -> None:
    with spawn(["sh", "-c", 'trap "" TERM; while :; do sleep 0.1; done', marker], grace_s=0.3) as running:
        time.sleep(0.3)
    assert running.poll() == -signal.SIGKILL
    assert pids_with(marker) == []


def test_memory_limit_bites() -> None:
    with pytest.raises(ToolFailed) as failed:
        run([sys.executable, "-c", "bytearray(1 << 30)"], timeout_s=20, limits={"as": (1 << 29, 1 << 29)})
    assert "MemoryError" in failed.value.completed.stderr_tail


def test_file_size_limit_ends_a_program_that_fills_the_disk(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed) as failed:
        run(["cp", "/dev/zero", str(tmp_path / "huge")], timeout_s=20, limits={"fsize": (1 << 20, 1 << 20)})
    assert failed.value.completed.returncode == -signal.SIGXFSZ
    assert (tmp_path / "huge").stat().st_size == 1 << 20


def test_processor_time_limit_ends_a_busy_program() -> None:
    with pytest.raises(ToolFailed) as failed:
        run(["sh", "-c", "while :; do :; done"], timeout_s=20, limits={"cpu": (1, 2)})
    assert failed.value.completed.returncode == -signal.SIGXCPU
    assert failed.value.completed.cpu_s < 1.5


def test_killed_supervisor_is_reported_and_its_program_dies_with_it(marker: str) -> None:
    def kill_the_supervisor(_: str) -> None:
        supervisor = next(pid for pid in pids_with(marker) if b"supervisor.py" in command_of(pid))
        os.kill(supervisor, signal.SIGKILL)

    with pytest.raises(SupervisorLost):
        run(["sh", "-c", "echo go >&2; exec sleep 600", marker], timeout_s=20, on_line=kill_the_supervisor)
    assert becomes_true(lambda: pids_with(marker) == [], within_s=1)


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


CALLER = """
import sys, threading
from workers.exec.process import run
thread = threading.Thread(target=run, args=(sys.argv[1:],), kwargs={"timeout_s": 600})
thread.start()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_ffmpeg_started_by_a_program_dies_within_a_second_of_our_own_death(marker: str, number: signal.Signals) -> None:
    ffmpeg = f"ffmpeg -v error -re -f lavfi -i testsrc2=s=64x64 -metadata comment={marker} -f null - & wait"
    caller = subprocess.Popen([sys.executable, "-c", CALLER, "sh", "-c", ffmpeg], cwd=ROOT)
    is_running = becomes_true(lambda: any(command_of(pid)[:6] == b"ffmpeg" for pid in pids_with(marker)), within_s=10)
    caller.send_signal(number)
    assert caller.wait(timeout=5) == -number
    assert is_running
    assert becomes_true(lambda: pids_with(marker) == [], within_s=1)


def test_our_death_is_noticed_though_a_forked_sibling_holds_our_pipes(marker: str) -> None:
    forks = """
import os, sys, time
from workers.exec.process import spawn
with spawn(["sh", "-c", "sleep 600; true", sys.argv[1]]):
    if os.fork() == 0:
        time.sleep(5)
        os._exit(0)
    print("forked", flush=True)
    time.sleep(600)
"""
    caller = subprocess.Popen([sys.executable, "-c", forks, marker], cwd=ROOT, stdout=subprocess.PIPE)
    assert caller.stdout is not None
    assert caller.stdout.readline() == b"forked\n"
    caller.kill()
    caller.wait()
    caller.stdout.close()
    sleeping = [pid for pid in pids_with(marker) if command_of(pid).startswith(b"sh\0")]
    assert becomes_true(lambda: not any(Path(f"/proc/{pid}").exists() for pid in sleeping), within_s=1.5)
    assert sleeping
