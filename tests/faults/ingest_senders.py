"""A dock that talks to a live web server, down to single bytes on the line."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import requests

from evidence.ingest.models import Upload
from tests.ingest.sending import CHUNK, metadata_header, sha256
from tests.servers.live import LiveSite

TIMEOUT_S = 60


@dataclass
class LiveDock:
    """One dock on one site; `site` may be another one after a crash."""

    site: LiveSite
    token: str

    def headers(self, **more: str) -> dict[str, str]:
        usual = {
            "Host": self.site.host("docks"), "Authorization": f"Bearer {self.token}", "Tus-Resumable": "1.0.0",
        }  # fmt: skip
        return usual | {name.replace("_", "-"): value for name, value in more.items()}

    def ask(self, method: str, path: str, body: object = b"", **headers: str) -> requests.Response:
        given = self.headers(**headers)
        return requests.request(method, self.site.address + path, data=body, headers=given, timeout=TIMEOUT_S)

    def begun(self, content: bytes, **told: str) -> str:
        described = metadata_header(**{"filename": "shift.mp4", "sha256": sha256(content), **told})
        response = self.ask("POST", "/tus/v1/", upload_length=str(len(content)), upload_metadata=described)
        assert response.status_code == 201, response.text
        return urlsplit(response.headers["Location"]).path

    def patch(self, path: str, body: object, at: int = 0, **headers: str) -> requests.Response:
        return self.ask("PATCH", path, body, Content_Type=CHUNK, Upload_Offset=str(at), **headers)

    def offset(self, path: str) -> int:
        response = self.ask("HEAD", path)
        assert response.status_code == 200, response.status_code
        return int(response.headers["Upload-Offset"])

    @contextmanager
    def line(self, path: str, *, at: int = 0, length: int | None, **headers: str) -> Iterator[socket.socket]:
        """An open PATCH whose body the test sends itself; length None: chunked."""
        framing = {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
        given = self.headers(Content_Type=CHUNK, Upload_Offset=str(at), **headers) | framing
        head = f"PATCH {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items()) + "\r\n"
        with socket.create_connection(("127.0.0.1", self.site.port), timeout=TIMEOUT_S) as line:
            line.sendall(head.encode())
            yield line


def status_of(line: socket.socket) -> int:
    """Status of the answer on an open line; 0 when it was closed without one."""
    return int(line.recv(65536).split(b" ", 2)[1] or 0)


def upload_at(path: str) -> Upload:
    return Upload.objects.get(pk=UUID(path.rpartition("/")[2]))
