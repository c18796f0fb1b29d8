"""The witness's web server: gunicorn, in this process and one child of it, in threads.

What keeps requests apart is the memory's transaction, never that there is one child.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from evidence.custody.witness.app import App

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - memory, for the heartbeat file alone


class _Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    def __init__(self, app: App, options: Mapping[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> App:
        return self._app


def serve(app: App, *, host: str, port: int, on_ready: Callable[[], None]) -> None:
    """Until SIGTERM or Ctrl-C; leaves by SystemExit. `on_ready`: called once it listens."""
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "worker_class": "gthread",
        "workers": 1,
        "threads": 16,
        "keepalive": 15,
        "graceful_timeout": 10,
        "loglevel": "warning",
        "control_socket_disable": True,
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
        "when_ready": lambda _: on_ready(),
    }
    _Server(app, options).run()
