"""A timestamping authority of the test's own: `openssl ts` behind a small web server, with a root and its own key."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """
[tsa]
default_tsa = ours
[ours]
dir = .
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = ca.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
"""
_EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass
class Told:
    """An authority that runs. `asked`: how often; `answering`: what it makes of its answers, `status`: of HTTP."""

    folder: Path
    url: str
    asked: int = 0
    status: int = 200
    answering: Callable[[bytes], bytes] = field(default=lambda answer: answer)

    @property
    def certificates(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def setting(self) -> str:
        return f"{self.url} {self.certificates}"

    def stamp(self, question: bytes) -> bytes:
        (self.folder / "question").write_bytes(question)
        openssl(self.folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "question", "-out", "answer")
        return (self.folder / "answer").read_bytes()


def openssl(folder: Path, *argv: str) -> str:
    return subprocess.run(["openssl", *argv], cwd=folder, check=True, capture_output=True, text=True).stdout


def authority_make(folder: Path) -> Path:
    """Its keys, its certificate under a root, its configuration."""
    folder.mkdir(parents=True)
    openssl(folder, "req", "-x509", *_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Root")
    openssl(folder, "req", *_KEY, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Authority")
    (folder / "extensions").write_text(_EXTENSIONS)
    (folder / "ts.cnf").write_text(_CONFIG)
    (folder / "serial").write_text("01\n")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20", "-extfile", "extensions")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", *signing, "-out", "tsa.pem")
    return folder


@contextmanager
def authority(folder: Path) -> Iterator[Told]:
    """One that answers until the block ends."""
    authority_make(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.asked += 1
            question = self.rfile.read(int(self.headers["Content-Length"]))
            answer = told.answering(told.stamp(question)) if told.status == 200 else b""
            self.send_response(told.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Told(folder, f"http://127.0.0.1:{server.server_port}/tsr")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
