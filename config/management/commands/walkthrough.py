"""`manage.py walkthrough FILE --out DIR`: the main job on one real file, checked by tools that are not ours."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from config.env import environment
from config.walkthrough.checks import Check
from config.walkthrough.client import Site, WalkFailed
from config.walkthrough.server import Served, own_server, sign_ins_read
from config.walkthrough.steps import STEPS
from config.walkthrough.table import Done, step_lines, summary
from config.walkthrough.walk import Walk
from workers.exec.errors import ExecError

INVESTIGATOR = "patel"


class Command(BaseCommand):
    """Walks every step; exit status 1 if any check fails."""

    help = __doc__ or ""
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to walk with, and where."""
        parser.add_argument("file", type=Path, help="a recording, as a camera wrote it")
        parser.add_argument("--out", type=Path, required=True, help="folder for what the walk leaves behind")
        parser.add_argument(
            "--server", help="a running demonstration, e.g. http://localhost:8000 (default: an own one)"
        )
        parser.add_argument("--sign-ins", type=Path, help="with --server: what `demo --json` printed")

    def handle(self, *, file: Path, out: Path, server: str | None, sign_ins: Path | None, **_: Any) -> None:
        """Walk and print."""
        if not file.is_file():
            raise CommandError(f"{file} is not there. Give the path of a recording.")
        out.mkdir(parents=True, exist_ok=True)
        with _served(out, server, sign_ins) as served:
            walk = walk_begin(file, out, served)
            done = [self._step(walk, name, step) for name, step in STEPS]
        self.stdout.write(f"\n{file.name}: {summary(done)}. What it left is in {out}.")
        if any(step.has_failed for step in done):
            raise CommandError("The walk failed.")

    def _step(self, walk: Walk, name: str, step: Any) -> Done:
        found: list[Check] = []
        began, broke = time.monotonic(), ""
        try:
            # one by one: what a step found before it broke off is shown
            for check in step(walk):
                found.append(check)  # noqa: PERF402
        except (WalkFailed, ExecError, KeyError, IndexError, OSError, ValueError) as problem:
            broke = f"{type(problem).__name__}: {problem}"[:400]
        done = Done(name, time.monotonic() - began, tuple(found), broke)
        for line in step_lines(done):
            self.stdout.write(line)
        self.stdout.flush()
        return done


@contextmanager
def _served(out: Path, server: str | None, sign_ins: Path | None) -> Iterator[Served]:
    if server is None:
        with own_server(out.absolute() / "installation") as served:
            yield served
        return
    if sign_ins is None:
        raise CommandError("With --server, give --sign-ins: the file that `manage.py demo --json` printed.")
    people, token = sign_ins_read(sign_ins)
    parts = urlsplit(server)
    port = parts.port or 80
    yield Served(port=port, host=parts.netloc, sign_ins=people, dock_token=token, env=environment())


def walk_begin(file: Path, out: Path, served: Served) -> Walk:
    """Sign in and stand at the start."""
    force = Site(served.base, served.host)
    force.sign_in(INVESTIGATOR, served.sign_ins[INVESTIGATOR])
    docks = Site(served.base, f"docks.{served.host}", token=served.dock_token)
    share = Site(served.base, f"share.{served.host}")
    return Walk(file=file, out=out, force=force, docks=docks, share=share, burn=served.burn)
