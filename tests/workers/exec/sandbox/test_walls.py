"""The same for every provider: what is seen, what is written, what is refused, and that limits bite."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.workers.exec.processes import becomes_true, pids_with
from tests.workers.exec.sandbox.programs import program, python
from workers.exec.errors import ExecError, LimitReached, OutputTooLarge, ToolCancelled, ToolFailed
from workers.exec.sandbox import PROBE, Provider
from workers.exec.sandbox.base import WORKERS
from workers.exec.sandbox.canaries import cheap_canaries, limit_canaries, other_side

ROOT = Path(__file__).parents[4]
SCRIPT = ROOT / "workers/exec/sandbox/canary.py"


def test_every_cheap_canary_holds(walls: Provider) -> None:
    canaries = cheap_canaries(walls)
    assert [canary for canary in canaries if not canary.is_held] == []
    assert len(canaries) == 14


def test_every_limit_canary_holds(walls: Provider) -> None:
    assert {canary.name: canary.is_held for canary in limit_canaries(walls)} == {
        "memory": True,
        "file size": True,
        "processor time": True,
        "wall time": True,
    }


def test_canaries_get_out_where_there_is_no_wall() -> None:
    with other_side() as (_, facts, victim):
        alone = subprocess.run([sys.executable, SCRIPT, json.dumps(facts)], capture_output=True, check=True)
        got_out = {name for name, what in json.loads(alone.stdout).items() if what is not None}
        assert victim.wait(timeout_s=5) == -9
    expected = {
        *("sibling file", "directory of the sibling", "accounts of the host", "our environment"),
        *("writing the input by the host's name", "writing beside the input", "mode of the input"),
        *("network", "unix socket", "abstract socket", "seeing other processes"),
    }
    assert expected | ({"writing the system"} if os.geteuid() == 0 else set()) <= got_out


def test_a_file_is_read_under_its_guest_name_and_after_a_prefix(walls: Provider, tmp_path: Path) -> None:
    (tmp_path / "master").write_bytes(b"footage")
    source = "import sys; [print(open(it.removeprefix('file:')).read()) for it in sys.argv[1:]]"
    completed = python(walls, source, "/in/0", "file:/in/0", read={"/in/0": tmp_path / "master"})
    assert completed.stdout == b"footage\nfootage\n"


def test_guest_names_that_begin_alike_are_not_mixed_up(walls: Provider, tmp_path: Path) -> None:
    for name in ("one", "ten"):
        (tmp_path / name).write_text(name)
    read = {"/in/1": tmp_path / "one", "/in/10": tmp_path / "ten"}
    completed = python(
        walls, "import sys; print(open(sys.argv[1]).read(), sys.argv[2])", "/in/10", "/in/100", read=read
    )
    assert completed.stdout == b"ten /in/100\n"


def test_output_lands_in_the_directory_and_nowhere_else(walls: Provider, tmp_path: Path) -> None:
    source = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('made')"
    out = tmp_path / "out"
    out.mkdir()
    python(walls, source, "/out/clip.mp4", out_dir=out)
    assert (out / "clip.mp4").read_text() == "made"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_output_may_be_renamed_and_removed_as_programs_do(walls: Provider, tmp_path: Path) -> None:
    source = """
import os, sys, tempfile
out = sys.argv[1]
os.mkdir(out + "/parts")
open(out + "/parts/a", "w").write("a")
os.replace(out + "/parts/a", out + "/a")
os.rmdir(out + "/parts")
with tempfile.NamedTemporaryFile() as scratch:
    scratch.write(b"x")
"""
    python(walls, source, "/out", out_dir=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_input_cannot_be_cut_short_renamed_or_linked_to(walls: Provider, tmp_path: Path) -> None:
    master = tmp_path / "vault" / "master"
    master.parent.mkdir()
    master.write_bytes(b"footage")
    out = tmp_path / "out"
    out.mkdir()
    source = """
import os, sys
given, out = sys.argv[1:]
attempts = [
    lambda: os.truncate(given, 0), lambda: os.open(given, os.O_RDONLY | os.O_TRUNC), lambda: os.open(given, os.O_RDWR),
    lambda: os.rename(given, out + "/taken"), lambda: os.unlink(given), lambda: os.link(given, out + "/linked"),
    lambda: os.utime(given), lambda: os.chown(given, 0, 0), lambda: os.setxattr(given, "user.x", b"x"),
]
for number, attempt in enumerate(attempts):
    try:
        attempt()
    except OSError:
        continue
    print("managed", number)
"""
    before = master.stat()
    completed = python(walls, source, "/in/0", "/out", read={"/in/0": master}, out_dir=out)
    assert completed.stdout == b""
    assert master.read_bytes() == b"footage"
    assert (master.stat().st_mtime_ns, master.stat().st_nlink) == (before.st_mtime_ns, before.st_nlink)


def test_link_in_the_output_never_reaches_us(walls: Provider, tmp_path: Path) -> None:
    source = "import os, sys; os.symlink('/etc/shadow', sys.argv[1])"
    with pytest.raises(ExecError) as refused:
        python(walls, source, "/out/clip.mp4", out_dir=tmp_path)
    # bubblewrap lets it be made and we refuse it; Landlock does not let it be made.
    assert refused.value.code in {"output_refused", "tool_failed"}
    assert refused.value.code == "output_refused" or not (tmp_path / "clip.mp4").is_symlink()


def test_output_larger_than_the_profile_allows_is_stopped_while_it_grows(walls: Provider, tmp_path: Path) -> None:
    source = """
import sys, time
for number in range(600):
    open(f"{sys.argv[1]}/{number}", "wb").write(bytes(1 << 20))
    time.sleep(0.05)
"""
    with pytest.raises(OutputTooLarge):
        python(walls, source, "/out", out_dir=tmp_path, profile=replace(PROBE, output_bytes=4 << 20))
    assert len(list(tmp_path.iterdir())) < 100


def test_used_up_limits_are_told_in_words(walls: Provider, tmp_path: Path) -> None:
    with pytest.raises(LimitReached) as stopped:
        program(walls, "sh", "-c", "while :; do :; done", profile=replace(PROBE, cpu_s=1))
    assert "processor time" in stopped.value.message
    copy = ("cp", "/dev/zero", "/out/large")
    with pytest.raises(LimitReached) as full:
        program(walls, *copy, out_dir=tmp_path, profile=replace(PROBE, file_size_bytes=1 << 20))
    assert full.value.data["limit"] == "disk space"


def test_side_doors_of_the_kernel_are_closed(walls: Provider) -> None:
    source = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME, CLONE_NEWUSER, NEW_ERA = 0, 0x10000000, 460
attempts = {
    "namespace": lambda: libc.unshare(CLONE_NEWUSER), "trace": lambda: libc.ptrace(PTRACE_TRACEME, 0, 0, 0),
    "ring": lambda: libc.syscall(425, 8, ctypes.create_string_buffer(256)), "keys": lambda: libc.syscall(250, 0, -3, 0),
    "newer than the table": lambda: libc.syscall(NEW_ERA, 0, 0), "shared memory": lambda: libc.shmget(0, 99, 0o1600),
    "cloned namespace": lambda: libc.syscall(56, CLONE_NEWUSER | 17, 0, 0, 0, 0),
    "limits of others": lambda: libc.prlimit(os.getppid(), 7, None, ctypes.create_string_buffer(16)),
}
print(sorted(name for name, attempt in attempts.items() if attempt() >= 0))
"""
    assert python(walls, source).stdout == b"[]\n"


def test_program_has_no_capabilities_left(walls: Provider) -> None:
    source = """
import ctypes, struct
data = ctypes.create_string_buffer(24)
assert ctypes.CDLL(None).capget(struct.pack("=Ii", 0x20080522, 0), data) == 0
print(any(data.raw))
"""
    assert python(walls, source).stdout == b"False\n"


def test_environment_of_ours_does_not_reach_the_program(walls: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    names = set(json.loads(python(walls, "import json, os; print(json.dumps(list(os.environ)))").stdout))
    assert "SECRET_KEY" not in names
    assert names <= {
        *("PATH", "LANG", "HOME", "TMPDIR", "MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"),
        *("PYTHONPATH", "CONTINUITY_FFMPEG", "CONTINUITY_FFPROBE", "PWD", "LC_CTYPE"),
    }


def test_sandboxed_python_has_our_workers_and_nothing_else_of_ours(walls: Provider) -> None:
    source = """
import importlib.util, os, sys, workers
print(importlib.util.find_spec("config"), importlib.util.find_spec("evidence"))
for path in sys.argv[1:]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path)
    except OSError:
        continue
    print("reached", path)
"""
    host = [str(ROOT / name) for name in ("config", "evidence", "pyproject.toml", ".git", ".data")]
    assert python(walls, source, *host).stdout == b"None None\n"


def test_sandboxed_python_writes_no_bytecode(walls: Provider) -> None:
    before = sorted((ROOT / "workers").rglob("*.pyc"))
    made = python(walls, "import workers.exec.tools, sys; print(sys.dont_write_bytecode)")
    assert made.stdout == b"True\n"
    assert {path for path in (ROOT / "workers/exec").rglob("*.pyc") if path not in before} == set()


def test_sandboxed_python_opens_media_with_our_libraries(walls: Provider, tmp_path: Path) -> None:
    source = """
import sys, av, cv2, numpy
with av.open("file:" + sys.argv[1]) as container:
    frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
print(len(frames), cv2.resize(frames[0], (8, 8)).shape, numpy.mean(frames[0]) > 0)
"""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:d=0.4", "-y", tmp_path / "a.mp4"],
        check=True,
    )
    assert python(walls, source, "/in/0", read={"/in/0": tmp_path / "a.mp4"}).stdout == b"10 (8, 8, 3) True\n"


def test_sandboxed_python_starts_ffmpeg_and_it_is_gone_after_cancellation(
    walls: Provider, tmp_path: Path, marker: str
) -> None:
    source = """
import sys
from workers.exec.process import run
from workers.exec.tools import tool
argv = [str(tool("ffmpeg").path), "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-f", "null", "-"]
print("starting", file=sys.stderr, flush=True)
run([*argv[:-3], "-metadata", "comment=" + sys.argv[1], *argv[-3:]], timeout_s=60)
"""

    def is_running() -> bool:
        commands = (Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids_with(marker))
        return any(command.split(b"\0")[0].endswith(b"ffmpeg") for command in commands)

    with pytest.raises(ToolCancelled):
        python(walls, source, marker, is_cancelled=is_running)
    assert becomes_true(lambda: pids_with(marker) == [], within_s=1)


def test_scratch_is_fresh_and_gone_afterwards(walls: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the shared one holds the scratch of others at any time
    source = "import os, sys; print(*os.listdir(os.environ['TMPDIR'])); open(os.environ['TMPDIR'] + '/left', 'w')"
    # an installation that itself lies under /tmp is bound there, read-only
    installed = {path.parts[2] for path in (Path(sys.executable), WORKERS) if path.parts[1] == "tmp"}
    found = [set(python(walls, source).stdout.decode().split()) for _ in range(2)]
    assert [names - installed for names in found] == [set(), set()]
    assert list(tmp_path.iterdir()) == []


def test_wrong_request_is_refused_before_anything_starts(walls: Provider, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("/in/../etc", "/etc/passwd", "in/0", "/in/", "/in/a b"):
        with pytest.raises(ValueError, match="/in/NAME"):
            program(walls, "true", read={name: tmp_path / "file"})
    with pytest.raises(FileNotFoundError):
        program(walls, "true", read={"/in/0": tmp_path / "missing"})
    with pytest.raises(NotADirectoryError):
        program(walls, "true", out_dir=tmp_path / "file")


def test_missing_program_fails_and_does_not_run_unconfined(walls: Provider) -> None:
    with pytest.raises(ToolFailed):
        program(walls, "no-such-program")


def test_an_unprivileged_user_has_the_same_walls() -> None:
    system_python = "/usr/bin/python3"
    asks = "import sys; raise SystemExit(sys.version_info < (3, 11))"
    if os.geteuid() != 0:
        pytest.skip("we are an unprivileged user already")
    if not Path(system_python).exists() or subprocess.run([system_python, "-c", asks], check=False).returncode:
        pytest.skip("no system-wide Python 3.11 that another user could run")
    with tempfile.TemporaryDirectory() as copy:
        Path(copy).chmod(0o755)
        shutil.copytree(ROOT / "workers", Path(copy) / "workers", ignore=shutil.ignore_patterns("__pycache__", "media"))
        other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "-i", "PATH=/usr/bin:/bin"]
        argv = [*other, "PYTHONDONTWRITEBYTECODE=1", system_python, "-m", "workers.exec", "--canaries"]
        shown = subprocess.run(argv, cwd=copy, capture_output=True, text=True, check=False, timeout=60)
    rows = [line.split(maxsplit=2) for line in shown.stdout.splitlines()]
    for name in ("bubblewrap", "landlock"):
        states = [row[1] for row in rows if row[0] == name]
        assert states in (["absent"], ["held"] * 18), shown.stdout + shown.stderr
    assert any(row[1] == "held" for row in rows), shown.stdout + shown.stderr
