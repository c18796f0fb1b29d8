"""Keeps processes running: starts them, restarts what died, ends them together.

Which processes is decided in `config.serving`. All of them, and all they start, die with this process however it ends:
`workers.exec` sees to it.
"""

import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from workers.exec.errors import SupervisorLost
from workers.exec.process import Running, spawn

LOOK_EVERY_S = 1.0
BACKOFF_FIRST_S, BACKOFF_AT_MOST_S = 1.0, 30.0
HEALTHY_AFTER_S = 60.0


class NotStarted(Exception):
    """A process ended before it was ready; its own last lines say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process to keep: `name` for people, `env` in addition to a minimal environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    grace_s: float = 15.0


class Kept:
    """One service, started again whenever it dies, each time a little later."""

    def __init__(self, service: Service, say: Callable[[str], None]) -> None:
        self.service = service
        self._say = say
        self._stack = ExitStack()
        self._running: Running | None = None
        self._began_at = self._due_at = 0.0
        self._wait_s = BACKOFF_FIRST_S

    def start(self) -> None:
        """Start it now."""
        service = self.service
        self._running = self._stack.enter_context(spawn(service.argv, cwd=service.cwd, env=service.env, grace_s=1.0))
        self._began_at = time.monotonic()

    @property
    def pid(self) -> int | None:
        """Its process id, None while it is down."""
        return self._running.pid if self._running else None

    def look(self) -> None:
        """Notice that it died, or start it again when its time has come."""
        now = time.monotonic()
        if self._running is None:
            if now >= self._due_at:
                self.start()
                self._say(f"{self.service.name} is running again.")
            return
        ending = self.ending()
        if ending is None:
            return
        self._close()
        self._wait_s = BACKOFF_FIRST_S if now - self._began_at > HEALTHY_AFTER_S else self._wait_s
        self._due_at = now + self._wait_s
        self._say(f"{self.service.name} {ending}; starting it again in {self._wait_s:g} s.")
        self._wait_s = min(self._wait_s * 2, BACKOFF_AT_MOST_S)

    def ending(self) -> str | None:
        """How it ended, in words; None while it runs."""
        if self._running is None:
            return "is not running"
        try:
            code = self._running.poll()
        except SupervisorLost:
            return "was killed"
        if code is None:
            return None
        return f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"

    def ask_to_end(self) -> None:
        """Tell it to end, without waiting."""
        if self._running is not None:
            self._running.send(signal.SIGTERM)

    def stop(self) -> None:
        """Wait for the end it was asked for, then kill what is left."""
        if self._running is not None:
            with suppress(SupervisorLost):
                self._running.wait(timeout_s=self.service.grace_s)
        self._close()

    def _close(self) -> None:
        self._running = None
        try:
            self._stack.close()
        except SupervisorLost:
            self._say(f"{self.service.name} was killed.")


def keep(
    services: Sequence[Service],
    *,
    stop: threading.Event,
    say: Callable[[str], None],
    is_ready: Callable[[], bool],
    on_ready: Callable[[], None],
) -> None:
    """Run the services until `stop` is set; `on_ready` is called once `is_ready` says so.

    Raises:
        NotStarted: one of them ended before all was ready.
    """
    kept = [Kept(service, say) for service in services]
    try:
        for one in kept:
            one.start()
        if _until_ready(kept, stop, is_ready):
            on_ready()
        while not stop.wait(LOOK_EVERY_S):
            for one in kept:
                one.look()
    finally:
        for one in kept:
            one.ask_to_end()
        for one in kept:
            one.stop()


def _until_ready(kept: Sequence[Kept], stop: threading.Event, is_ready: Callable[[], bool]) -> bool:
    while not stop.is_set():
        for one in kept:
            ending = one.ending()
            if ending is not None:
                raise NotStarted(f"{one.service.name} {ending} before it was ready. The lines above say why.")
        if is_ready():
            return True
        stop.wait(0.2)
    return False
