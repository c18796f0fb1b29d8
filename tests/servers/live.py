"""The product's own processes, started as an operator starts them, for tests that go the whole way.

They share the test's database, so such a test needs committed rows: both fixtures bring `transactional_db`.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.bootstrap.system import ROOT
from tests.servers.running import free_ports, port_answers, server
from workers.exec.process import Running

_ENDED_BY_THE_TEST = (0, -signal.SIGTERM, -signal.SIGKILL)


class LiveProcessDied(Exception):
    """A live worker ended by itself while a test relied on it."""


@dataclass(frozen=True)
class LiveSite:
    """A web server on the loopback address; clients that cannot resolve names send `host` as the Host header."""

    port: int
    running: Running

    def host(self, site: str = "force") -> str:
        """Host and port of one of the sites: force, share, docks, public."""
        return f"localhost:{self.port}" if site == "force" else f"{site}.localhost:{self.port}"

    def url(self, site: str = "force") -> str:
        """Address for a browser, without a slash at the end."""
        return f"http://{self.host(site)}"

    @property
    def address(self) -> str:
        """Address for clients that send a Host header themselves."""
        return f"http://127.0.0.1:{self.port}"


def environment() -> dict[str, str]:
    """What a child of this test session needs to be part of the same installation."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("CONTINUITY_")}
    return {**ours, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONUNBUFFERED": "1"}


@contextmanager
def site(log: Path) -> Iterator[LiveSite]:
    """Runs the web server; what it printed is in `log`."""
    (port,) = free_ports(1)
    argv = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    argv += ["--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "2", "--no-control-socket"]
    env = {**environment(), "CONTINUITY_PUBLIC_PORT": str(port)}

    def is_ready() -> bool:
        return port_answers(port)

    # killed at the end: what a server does when it is asked to end has tests of its own, and takes it two seconds
    with server(argv, is_ready=is_ready, timeout_s=60, log=log, grace_s=0, cwd=ROOT, env=env) as running:
        yield LiveSite(port, running)


@contextmanager
def sequencer(log: Path, key: Path) -> Iterator[Running]:
    """Runs the sequencer with a key of its own: one that remembers another test's record refuses to sign this one's."""
    argv = [sys.executable, str(ROOT / "manage.py"), "sequencer"]
    env = {**environment(), "CONTINUITY_LOG_KEY_FILE": str(key)}

    def is_ready() -> bool:
        return "sequencer ready" in log.read_text(errors="replace")

    with server(argv, is_ready=is_ready, timeout_s=60, log=log, cwd=ROOT, env=env) as running:
        yield running


@contextmanager
def worker(log: Path, queues: Sequence[str]) -> Iterator[Running]:
    """Runs a Celery worker on `queues`, with the clock of the periodic tasks in it, ready when the block starts.

    Raises:
        LiveProcessDied: it ended by itself before the test was done.
    """
    argv = [sys.executable, "-m", "celery", "--app", "config", "worker", "--beat", "--queues", ",".join(queues)]
    argv += ["--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]

    def is_ready() -> bool:
        return "worker ready" in log.read_text(errors="replace")

    with server(argv, is_ready=is_ready, timeout_s=90, log=log, cwd=ROOT, env=environment()) as running:
        yield running
        if (code := running.poll()) not in (None, *_ENDED_BY_THE_TEST):
            raise LiveProcessDied(f"The worker ended with {code}:\n{log.read_text(errors='replace')[-3000:]}")
