"""What `run` and `spawn` promise about ordinary programs: results, streams, environment, errors."""

import gzip
import io
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workers.exec.errors import ExecError, OutputTooLarge, ToolCancelled, ToolFailed, ToolMissing
from workers.exec.process import run, spawn


def test_result_holds_output_messages_status_and_cost() -> None:
    busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo out; echo words >&2; exit 3"
    completed = run(["sh", "-c", busy], timeout_s=20, ok=(3,))
    assert (completed.returncode, completed.stdout, completed.stderr_tail) == (3, b"out\n", "words")
    assert 0.05 < completed.cpu_s <= completed.wall_s + 0.1
    assert completed.peak_rss_bytes > 500_000


def test_peak_memory_is_that_of_the_largest_process_of_the_tree() -> None:
    completed = run(["sh", "-c", "python3 -c 'x = b\"1\" * (80 << 20)'; true"], timeout_s=20)
    assert 80 << 20 < completed.peak_rss_bytes < 200 << 20


def test_unaccepted_status_raises_with_what_the_program_said_as_data_not_as_message() -> None:
    with pytest.raises(ToolFailed) as failed:
        run(["sh", "-c", "echo hostile words >&2; exit 4"], timeout_s=5)
    assert failed.value.completed.returncode == 4
    assert failed.value.data["untrusted_stderr_tail"] == "hostile words"
    assert "hostile words" not in failed.value.message
    assert "sh ended with exit status 4" in failed.value.message


def test_program_ended_by_a_signal_has_the_negative_status() -> None:
    assert run(["sh", "-c", "kill -SEGV $$"], timeout_s=5, ok=(-11,)).returncode == -signal.SIGSEGV


def test_program_is_not_even_started_for_work_that_was_stopped(tmp_path) -> None:
    with pytest.raises(ToolCancelled):
        run(["touch", str(tmp_path / "started")], timeout_s=5, is_cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_missing_program_raises_tool_missing() -> None:
    with pytest.raises(ToolMissing) as missing:
        run(["no-such-program"], timeout_s=5)
    assert missing.value.data["tool"] == "no-such-program"
    assert "no-such-program is not installed" in missing.value.message


def test_directory_that_cannot_be_executed_is_no_tool(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing):
        run([str(tmp_path)], timeout_s=5)


def test_argument_list_too_long_is_an_error_that_says_so() -> None:
    with pytest.raises((ExecError, OSError), match=r"too long|Argument list"):
        run(["true", "x" * (3 << 20)], timeout_s=5)


def test_each_line_arrives_while_the_program_runs_and_a_carriage_return_ends_one() -> None:
    arrived: list[tuple[str, float]] = []
    script = r"printf 'one\rtwo\r' >&2; sleep 0.5; printf 'three\nfour' >&2"
    run(["sh", "-c", script], timeout_s=5, on_line=lambda line: arrived.append((line, time.monotonic())))
    assert [line for line, _ in arrived] == ["one", "two", "three", "four"]
    assert arrived[2][1] - arrived[1][1] > 0.3


def test_kept_messages_are_the_last_ones_and_bounded() -> None:
    completed = run(["sh", "-c", "seq 1 20000 >&2"], timeout_s=10)
    assert completed.stderr_tail.endswith("19999\n20000")
    assert len(completed.stderr_tail) <= 16 * 1024


def test_endless_message_without_line_end_does_not_grow_memory() -> None:
    pieces: list[int] = []
    run(
        ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' a >&2"],
        timeout_s=10,
        on_line=lambda line: pieces.append(len(line)),
    )
    assert sum(pieces) == 3_000_000
    assert max(pieces) < 400_000


def test_output_beyond_the_limit_stops_the_program() -> None:
    with pytest.raises(OutputTooLarge) as refused:
        run(["yes"], timeout_s=20, stdout_limit_bytes=1_000_000)
    assert refused.value.data["limit_bytes"] == 1_000_000


def test_output_goes_to_a_file_without_a_limit_and_after_what_it_holds(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        out.write(b"before")
        completed = run(["head", "-c", "3000000", "/dev/zero"], timeout_s=10, stdout_to=out, stdout_limit_bytes=10)
    assert completed.stdout == b""
    assert (tmp_path / "out").read_bytes() == b"before" + bytes(3_000_000)


def test_output_to_a_stream_that_transforms_passes_through_it(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "out.gz", "wb") as out:
        run(["echo", "hello"], timeout_s=5, stdout_to=out)  # type: ignore[arg-type]
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()) == b"hello\n"


def test_program_reads_a_file_from_where_the_stream_stands_and_a_stream_in_memory(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"skipped kept")
    with (tmp_path / "in").open("rb") as file:
        file.read(8)
        assert run(["cat"], timeout_s=5, stdin=file).stdout == b"kept"
    assert run(["cat"], timeout_s=5, stdin=io.BytesIO(b"in memory")).stdout == b"in memory"


def test_program_without_input_reads_nothing() -> None:
    assert run(["cat"], timeout_s=5).stdout == b""


def test_environment_is_minimal_and_what_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    lines = run(["env"], timeout_s=5, env={"ADDED": "yes"}).stdout.decode().splitlines()
    names = {line.partition("=")[0] for line in lines}
    assert "ADDED=yes" in lines
    assert "LC_ALL=C.UTF-8" in lines
    assert names <= {"PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "TZ", "ADDED", "PWD", "OLDPWD", "SHLVL", "_"}


def test_program_holds_none_of_our_descriptors(tmp_path: Path) -> None:
    with (tmp_path / "ours").open("wb") as ours:
        os.set_inheritable(ours.fileno(), True)
        listed = run(["sh", "-c", "ls -l /proc/self/fd"], timeout_s=5).stdout.decode()
    assert "ours" not in listed
    assert len([line for line in listed.splitlines() if "->" in line]) == 4  # 0, 1, 2 and the listed directory


def test_broken_pipe_ends_a_program_as_in_a_shell() -> None:
    assert run(["sh", "-c", "yes | head -n 1"], timeout_s=5).stdout == b"y\n"


def test_program_runs_where_it_is_told(tmp_path: Path) -> None:
    assert run(["pwd"], timeout_s=5, cwd=tmp_path).stdout.decode().strip() == str(tmp_path.resolve())


def test_many_threads_run_programs_at_once_without_mixing_them_up() -> None:
    def say(number: int) -> bool:
        return run(["sh", "-c", f"sleep 0.1; echo {number}"], timeout_s=20).stdout == f"{number}\n".encode()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(say, range(24)))


def test_nothing_is_left_open_after_many_runs() -> None:
    run(["true"], timeout_s=5)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(10):
        run(["true"], timeout_s=5)
        with pytest.raises(ToolMissing):
            run(["no-such-program"], timeout_s=5)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_spawned_program_answers_signals_and_ends_with_the_block(tmp_path: Path) -> None:
    script = "trap 'echo reloaded' HUP; trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    log = tmp_path / "log"
    with log.open("wb") as output, spawn(["sh", "-c", script], output=output) as running:
        while "ready" not in log.read_text():
            time.sleep(0.02)
        assert running.poll() is None
        running.send(signal.SIGHUP)
        while "reloaded" not in log.read_text():
            time.sleep(0.02)
    assert log.read_text().splitlines() == ["ready", "reloaded", "bye"]
    assert running.poll() == 0


def test_spawned_program_that_ends_by_itself_is_seen() -> None:
    with spawn(["sh", "-c", "exit 5"]) as running:
        assert running.wait(timeout_s=5) == 5


def test_spawn_of_a_missing_program_raises_before_the_block() -> None:
    with pytest.raises(ToolMissing), spawn(["no-such-program"]):
        pytest.fail("the block must not start")


def test_spawned_program_outlives_the_thread_that_started_it() -> None:
    opened = []

    def open_it() -> None:
        context = spawn(["sleep", "30"])
        opened.append((context, context.__enter__()))

    thread = threading.Thread(target=open_it)
    thread.start()
    thread.join()
    context, running = opened[0]
    assert running.wait(timeout_s=0.7) is None
    context.__exit__(None, None, None)
    assert running.poll() == -signal.SIGTERM
