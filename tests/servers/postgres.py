"""A throw-away PostgreSQL: no durability, everyone on the loopback address trusted.

PostgreSQL refuses to run as root, so a root session runs it as `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.servers.running import folder, free_ports, program, server
from workers.exec.process import run

_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "100"}


def _account() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_account(data: Path) -> list[str]:
    """The start of a command line that runs the rest as someone who is not root, and owns `data`."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam(_account())
    shutil.chown(data, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres() -> Iterator[str]:
    """Runs the server; yields its address without a database name: `postgres://continuity@127.0.0.1:PORT`."""
    binaries = program("postgres").resolve().parent
    (port,) = free_ports(1)
    with folder("postgres") as data:
        prefix = _as_account(data)
        cluster = data / "cluster"
        made = ["--username=continuity", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        run([*prefix, str(binaries / "initdb"), f"--pgdata={cluster}", *made], timeout_s=60, cwd=data)
        options = {**_FAST, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(data)}
        argv = [*prefix, str(binaries / "postgres"), "-D", str(cluster), "-p", str(port)]
        argv += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        url = f"postgres://continuity@127.0.0.1:{port}"
        with server(argv, is_ready=lambda: _accepts(f"{url}/postgres"), timeout_s=30, log=data / "log") as running:
            yield url
            # SIGTERM would wait for every client to leave
            running.stop(number=signal.SIGINT)
