"""A tiny web server for pages under test: our templates, static files, media by ranges; remembers what was posted.

It sends the same content security policy as the product. Answers to POST and PATCH are set by the tests.
"""

import mimetypes
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from django.conf import settings

STATIC = Path(__file__).parents[2] / "evidence" / "http" / "static"
RANGE = re.compile(r"bytes=(\d+)-(\d*)")
mimetypes.add_type("text/javascript", ".mjs")


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Posted:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Responder = Callable[[Posted], Answer]


@dataclass
class Site:
    """What a test gives and reads: `pages` by path, `folders` by prefix, `responders` by path prefix."""

    address: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    responders: dict[str, Responder] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)

    def answer(self, request: Posted) -> Answer:
        path = request.path.split("?")[0]
        for prefix, responder in sorted(self.responders.items(), key=lambda item: -len(item[0])):
            if path.startswith(prefix):
                return responder(request)
        if path in self.pages:
            return Answer(self.pages[path].encode())
        for prefix, folder in ({"/static/": STATIC} | self.folders).items():
            if path.startswith(prefix) and (folder / path.removeprefix(prefix)).is_file():
                return _file(folder / path.removeprefix(prefix), request.headers.get("range", ""))
        return Answer(b"not found", status=404, content_type="text/plain")


def _file(path: Path, wanted: str) -> Answer:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"Accept-Ranges": "bytes"}
    if match := RANGE.fullmatch(wanted):
        start, end = int(match[1]), int(match[2]) if match[2] else len(content) - 1
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        return Answer(content[start : end + 1], status=206, content_type=kind, headers=headers)
    return Answer(content, content_type=kind, headers=headers)


def policy() -> str:
    """The product's content security policy as a header."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(str(value) for value in values)}" for name, values in directives.items())


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {key.lower(): value for key, value in self.headers.items()}
            request = Posted(self.command, self.path, headers, self.rfile.read(length))
            if self.command != "GET":
                site.posted.append(request)
            answer = site.answer(request)
            self.send_response(answer.status)
            own = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
            for name, value in (own | {"Content-Security-Policy": policy()} | answer.headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, *_args: object) -> None:
            """Quiet: a failing test shows the browser's side."""

    for method in ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler._handle)
    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser closes media connections as it likes; that is no fault of the page."""


@contextmanager
def serve() -> Iterator[Site]:
    """A site on a free port of this machine."""
    site = Site()
    server = _Server(("127.0.0.1", 0), _handler(site))
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
