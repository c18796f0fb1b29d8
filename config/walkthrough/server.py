"""A Continuity of the walk's own: a fresh installation in a folder, started by `serve` on a free port."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.env import BASE_DIR
from config.walkthrough.client import WalkFailed
from workers.exec.process import Running, run, spawn

READY_S = 120.0
_ADDRESS = re.compile(r"https?://localhost:(\d+)")


@dataclass(frozen=True, slots=True)
class Served:
    """A running installation: where, who can sign in, and how to run a command of it."""

    port: int
    host: str
    sign_ins: dict[str, str]
    dock_token: str
    env: dict[str, str]

    @property
    def base(self) -> str:
        """Address to connect to; the Host header names the site."""
        return f"http://127.0.0.1:{self.port}"

    def burn(self, disc: str, drive: Path) -> None:
        """`manage.py burn`, as an operator runs it."""
        manage(self.env, "burn", disc, "--device", str(drive), "--as", "patel")


def manage(env: dict[str, str], *arguments: str) -> str:
    """Run a management command of this installation; returns what it printed."""
    argv = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    return run(argv, timeout_s=3600.0, env=env, cwd=BASE_DIR).stdout.decode()


def sign_ins_read(path: Path) -> tuple[dict[str, str], str]:
    """Sign-ins and dock token as `demo --json` prints them."""
    found: dict[str, Any] = json.loads(path.read_text())
    return {row["username"]: row["password"] for row in found["people"]}, found["dock_token"]


@contextmanager
def own_server(folder: Path) -> Iterator[Served]:
    """Start one in `folder`, which is made and kept; stop it on leaving.

    Raises:
        WalkFailed: it did not come up; says what it printed last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "CONTINUITY_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    manage(env, "migrate", "--verbosity", "0")
    sign_ins = folder / "sign-ins.json"
    if not sign_ins.exists():
        sign_ins.touch(mode=0o600)
        sign_ins.write_text(manage(env, "demo", "--no-footage", "--json"))
    people, token = sign_ins_read(sign_ins)
    log = folder / "serve.log"
    argv = [sys.executable, str(BASE_DIR / "manage.py"), "serve", "--no-demo", "--port", "0"]
    with log.open("wb") as output, spawn(argv, cwd=BASE_DIR, env=env, output=output, grace_s=20.0) as running:
        port = _port(log, running)
        yield Served(port=port, host=f"localhost:{port}", sign_ins=people, dock_token=token, env=env)


def _port(log: Path, running: Running) -> int:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        found = _ADDRESS.search(log.read_text(errors="replace"))
        if found:
            return int(found[1])
        if running.poll() is not None:
            break
        time.sleep(0.2)
    raise WalkFailed(f"The server did not come up. It said: {log.read_text(errors='replace')[-600:]}")
