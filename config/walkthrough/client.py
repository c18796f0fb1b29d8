"""A client of the public API: signs in as a person would, uploads as a dock would, and knows nothing of the database.

It connects to one address and sends the site's name as Host, for programs do not resolve `*.localhost`.
"""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

CHUNK_BYTES = 4 * 1024 * 1024
TIMEOUT_S = 120
POLL_S = 0.5


class WalkFailed(Exception):
    """A step did not end as it must; the message says what was asked and what was answered."""


@dataclass
class Site:
    """One site of the installation at `base` (`http://127.0.0.1:8000`), reached under its own host name."""

    base: str
    host: str
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """Send the site's name, and the token where there is one."""
        self.session.headers["Host"] = self.host
        if self.token:
            self.session.headers["Authorization"] = f"Bearer {self.token}"

    def call(
        self, method: str, path: str, *, ok: tuple[int, ...] = (200, 201, 202, 204), **options: Any
    ) -> requests.Response:
        """One request; `path` may be an absolute address on the same installation.

        Raises:
            WalkFailed: the answer's status is not one of `ok`.
        """
        parts = urlsplit(path)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = dict(options.pop("headers", {}))
        csrf = next((value for name, value in self.session.cookies.items() if name.endswith("csrftoken")), "")
        if method != "GET":
            headers.setdefault("Origin", f"http://{self.host}")
            headers.setdefault("X-CSRFToken", csrf)
        options.setdefault("allow_redirects", False)
        options.setdefault("timeout", TIMEOUT_S)
        answer = self.session.request(method, f"{self.base}{target}", headers=headers, **options)
        if answer.status_code not in ok:
            raise WalkFailed(f"{method} {target} answered {answer.status_code}: {answer.text[:300]}")
        return answer

    def get(self, path: str, **options: Any) -> Any:
        """GET a JSON document."""
        return self.call("GET", path, **options).json()

    def post(self, path: str, body: object, **options: Any) -> Any:
        """POST a JSON document and read the answer's."""
        return self.call("POST", path, json=body, **options).json()

    def sign_in(self, username: str, password: str) -> None:
        """Sign in through the page, as a browser does.

        Raises:
            WalkFailed: name or password were refused.
        """
        self.call("GET", "/sign-in")
        form = {"username": username, "password": password, "csrfmiddlewaretoken": self._csrf()}
        self.call("POST", "/sign-in", data=form, ok=(302,))

    def _csrf(self) -> str:
        return next(value for name, value in self.session.cookies.items() if name.endswith("csrftoken"))

    def download(self, path: str, out: Path, **options: Any) -> Path:
        """Stream a file to `out`."""
        with self.call("GET", path, stream=True, **options) as answer, out.open("wb") as file:
            for chunk in answer.iter_content(CHUNK_BYTES):
                file.write(chunk)
        return out

    def tus_upload(self, path: Path, metadata: dict[str, str]) -> str:
        """Send a file through the tus door; returns the upload's path."""
        packed = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
        size = path.stat().st_size
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": packed}
        made = self.call("POST", "/tus/v1/", headers=headers, ok=(201,))
        location, offset = urlsplit(made.headers["Location"]).path, 0
        with path.open("rb") as file:
            while offset < size:
                file.seek(offset)
                headers = {
                    "Tus-Resumable": "1.0.0", "Upload-Offset": str(offset),
                    "Content-Type": "application/offset+octet-stream",
                }  # fmt: skip
                sent = self.call("PATCH", location, headers=headers, data=file.read(CHUNK_BYTES), ok=(204,))
                offset = int(sent.headers["Upload-Offset"])
        return location


def wait_for(what: str, ask: Callable[[], Any], *, timeout_s: float = 900.0) -> Any:
    """Ask twice a second until the answer is something.

    Raises:
        WalkFailed: it took longer than `timeout_s`.
    """
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        found = ask()
        if found is not None:
            return found
        time.sleep(POLL_S)
    raise WalkFailed(f"Waited {timeout_s:.0f} s for {what}; it did not come.")
