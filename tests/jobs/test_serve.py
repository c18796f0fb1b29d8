"""`manage.py serve` and `manage.py worker`: processes of their own, as a person starts them."""

import http.client
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.bootstrap.system import ROOT
from config.keeping import Kept, Service
from config.serving import PortTaken, port_choose
from tests.jobs.running import is_alive, waits_until
from tests.servers import live
from tests.servers.running import free_ports
from workers.exec.process import Running, run, spawn

MANAGE = [sys.executable, str(ROOT / "manage.py")]


def _environment(tmp_path: Path) -> dict[str, str]:
    """An embedded installation of its own, whatever the shape of the session."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
    return {**kept, "CONTINUITY_DATA": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}


@contextmanager
def _served(tmp_path: Path, *options: str) -> Iterator[tuple[Running, Path]]:
    log = tmp_path / "serve.log"
    argv = [*MANAGE, "serve", "--no-demo", *options]
    with log.open("wb") as output, spawn(argv, cwd=ROOT, env=_environment(tmp_path), output=output) as running:
        waits_until(lambda: "Stop it with" in log.read_text() or running.poll() is not None, 90, "the start")
        yield running, log


def _tree(pid: int) -> list[int]:
    children = [
        int(word)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for word in task.read_text().split()
    ]  # fmt: skip
    return [*children, *(below for child in children for below in _tree(child))]


def _status(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/jobs/", headers={"Host": f"localhost:{port}"})
    status = connection.getresponse().status
    connection.close()
    return status


def _named(pids: list[int], word: str) -> list[int]:
    """Those whose own command line (not a supervisor's) has the word."""
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0") for pid in pids}
    return [pid for pid, line in lines.items() if word in line and not any("supervisor.py" in part for part in line)]


def test_serve_says_where_it_is_answers_there_restarts_what_died_and_leaves_nothing(tmp_path):
    (port,) = free_ports(1)
    with _served(tmp_path, "--port", str(port)) as (running, log):
        said = log.read_text()
        for site in ("localhost", "share.localhost", "docks.localhost"):
            assert f"http://{site}:{port}/" in said
        assert _status(port) == 302
        pids = _tree(running.pid)
        web = _named(pids, "gunicorn")
        os.kill(min(web), signal.SIGKILL)
        waits_until(lambda: "The web server is running again." in log.read_text(), 30, "the restart")
        assert "The web server was ended by signal 9; starting it again" in log.read_text()
        waits_until(lambda: _answers(port), 30, "an answer")
        pids = _tree(running.pid)
        assert _named(pids, "worker")
        running.send(signal.SIGTERM)
        assert running.wait(timeout_s=25) == 0
        assert log.read_text().rstrip().endswith("Stopped.")
        assert not any(map(is_alive, pids))


def _answers(port: int) -> bool:
    try:
        return _status(port) == 302
    except OSError:
        return False


def test_everything_dies_with_a_killed_serve(tmp_path):
    with _served(tmp_path, "--port", "0") as (running, _):
        pids = _tree(running.pid)
        assert len(pids) >= 4
        os.kill(running.pid, signal.SIGKILL)
        waits_until(lambda: not any(map(is_alive, pids)), 10, "the end of all")


def test_port_that_is_taken_is_refused_if_asked_for_and_avoided_if_not():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {taken} of 127.0.0.1 cannot be used"):
            port_choose(host="127.0.0.1", wanted=taken, is_wanted=True)
        other = port_choose(host="127.0.0.1", wanted=taken, is_wanted=False)
    assert other not in {0, taken}


def test_address_that_is_not_of_this_machine_is_refused():
    with pytest.raises(PortTaken):
        port_choose(host="192.0.2.1", wanted=0, is_wanted=False)


def test_demonstration_data_is_refused_with_production_settings(tmp_path):
    env = {
        **_environment(tmp_path), "CONTINUITY_MODE": "production", "CONTINUITY_SECRET_KEY": "k" * 64,
        "CONTINUITY_HOST": "evidence.example", "CONTINUITY_MAIL_URL": "smtp://localhost",
    }  # fmt: skip
    refused = run([*MANAGE, "serve", "--port", "0"], timeout_s=60, cwd=ROOT, env=env, ok=(1,))
    assert "never made with production settings" in refused.stderr_tail


def test_process_that_dies_again_and_again_is_started_ever_later(tmp_path):
    said: list[str] = []
    kept = Kept(Service(name="It", argv=["/bin/false"], env={}, cwd=tmp_path), said.append)
    kept.start()
    waits_until(lambda: kept.look() or len(said) >= 3, 20, "two deaths")
    assert said[:3] == [
        "It ended with exit status 1; starting it again in 1 s.",
        "It is running again.",
        "It ended with exit status 1; starting it again in 2 s.",
    ]
    kept.stop()


@pytest.mark.django_db(transaction=True)
def test_worker_command_works_on_the_queues_it_was_given(tmp_path):
    from tests.jobs.running import asked

    job = asked("test.note")  # a kind this worker does not know: it says so on the row
    log = tmp_path / "worker.log"
    argv = [*MANAGE, "worker", "--queues", "ingest", "--concurrency", "1"]
    with log.open("wb") as output, spawn(argv, cwd=ROOT, env=live.environment(), output=output) as running:
        waits_until(lambda: _attempted(job), 60, "an attempt")
        assert job.error_code == "unknown-kind"
        running.send(signal.SIGTERM)
        assert running.wait(timeout_s=15) == 0


def _attempted(job: object) -> bool:
    job.refresh_from_db()
    return bool(job.error_code)


def test_worker_command_refuses_a_queue_that_does_not_exist(tmp_path):
    argv = [*MANAGE, "worker", "--queues", "nowhere"]
    refused = run(argv, timeout_s=60, cwd=ROOT, env=_environment(tmp_path), ok=(1,))
    assert "No such queue: nowhere" in refused.stderr_tail
