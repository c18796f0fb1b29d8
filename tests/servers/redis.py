"""A throw-away Redis that keeps nothing on disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.running import folder, free_ports, port_answers, program, server


@contextmanager
def redis() -> Iterator[str]:
    """Runs the server; yields its address without a database number: `redis://127.0.0.1:PORT`."""
    (port,) = free_ports(1)
    with folder("redis") as data:
        argv = [str(program("redis-server")), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
        argv += ["--save", "", "--appendonly", "no", "--databases", "64"]
        with server(argv, is_ready=lambda: port_answers(port), timeout_s=15, log=data / "log"):
            yield f"redis://127.0.0.1:{port}"
