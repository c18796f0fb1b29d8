"""The diagnostic log, as it is configured: what goes wrong on the share site is told, and never by its address."""

import io
import logging
import logging.config
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from django.conf import settings as django_settings
from django.test import Client

from config.bootstrap import tools
from config.bootstrap.system import ROOT
from tests.servers.running import free_ports, port_answers, server
from workers.exec.process import run

TOKEN = "Zk3-" + "a9_B" * 9 + "xyz"


@pytest.fixture(params=["lines", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the product's own handler writes, in both formats."""
    text = io.StringIO()
    console = {**django_settings.LOGGING["handlers"]["console"], "formatter": request.param}
    configured = {**django_settings.LOGGING, "handlers": {"console": {**console, "stream": text}}}
    before = logging.getLogger().handlers[:]
    logging.config.dictConfig(configured)
    yield text
    logging.config.dictConfig(django_settings.LOGGING)
    logging.getLogger().handlers[:] = before


@pytest.fixture
def share(settings) -> Client:
    settings.SITE_URLCONFS = dict.fromkeys(settings.SITE_NAMES, "tests.identity.pages")
    return Client(SERVER_NAME="share.localhost", raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["crash", "crash-saying"])
@pytest.mark.parametrize("token", [TOKEN, TOKEN[:-9]])
def test_a_500_of_the_share_site_is_logged_without_its_address(log, share, way, token):
    assert share.get(f"/{token}/{way}?x={token}").status_code == 500
    told = log.getvalue()
    assert "django.request" in told
    assert ("ZeroDivisionError" if way == "crash" else "KeyError") in told
    assert "crash" in told, "the traceback stays"
    assert token not in told


@pytest.mark.django_db
def test_a_refused_form_of_the_share_site_is_logged_without_its_address(log, share):
    assert share.post(f"/{TOKEN}/form", {}).status_code == 403
    assert "CSRF cookie not set" in log.getvalue()
    assert TOKEN not in log.getvalue()


@pytest.mark.django_db
def test_an_address_of_the_forces_own_site_stays_readable(log, share):
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.get("/api/v1/crash")
    assert "/api/v1/crash" in log.getvalue()


@pytest.mark.parametrize("said", ["Error handling request %s", "Invalid request from ip=10.0.0.1: 'GET %s HTTP/9'"])
@pytest.mark.parametrize("path", [f"/{TOKEN}/media/1/video/1?x=1", "/cut-short/open"])
def test_what_the_web_server_says_of_a_request_names_no_path(log, said, path):
    try:
        raise OSError("Cut")
    except OSError:
        logging.getLogger("gunicorn.error").exception(said, path)
    told = log.getvalue()
    assert "OSError" in told
    assert 'File "/' in told.replace("\\", ""), "the traceback's own paths stay"
    assert path.split("/")[1] not in told


def test_the_real_web_server_logs_no_address_of_a_request_it_cannot_read(live_site, tmp_path):
    with socket.create_connection(("127.0.0.1", live_site.port), timeout=20) as line:
        line.sendall(f"GET /{TOKEN}/\r\nHost: {live_site.host('share')}\r\n\r\n".encode())
        assert b"400" in line.recv(1000)
    told = (tmp_path / "site.log").read_text()
    assert "Invalid request" in told
    assert TOKEN not in told


class Cutting(BaseHTTPRequestHandler):
    """Promises more than it sends, as a stream whose link was ended does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_the_proxy_logs_no_address_of_a_share_whose_stream_is_cut(tmp_path: Path):
    nginx = tools.find(tools.tool_named("nginx"))
    if nginx is None:
        pytest.skip("nginx is not installed: run `make setup-test`, which says how to get it.")
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Cutting)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    (port,) = free_ports(1)
    argv = [str(nginx), "-c", str(_conf(tmp_path, port, upstream.server_port)), "-g", "daemon off;"]
    log = tmp_path / "proxy.log"
    try:
        with server(argv, is_ready=lambda: port_answers(port), timeout_s=30, log=log, cwd=tmp_path, env={}):
            for host in ("share.evidence.example", "evidence.example"):
                with pytest.raises(requests.exceptions.ChunkedEncodingError):
                    requests.get(f"http://127.0.0.1:{port}/{TOKEN}/", headers={"Host": host}, timeout=20)
    finally:
        upstream.shutdown()
        upstream.server_close()
    told = log.read_text()
    assert "server: _" in told, "the force's site does say what went wrong"
    assert "share.evidence.example" not in "".join(line for line in told.splitlines() if TOKEN in line)


def _conf(folder: Path, port: int, upstream: int) -> Path:
    """The proxy's configuration with places of this test for those of the containers."""
    run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=continuity",
         "-keyout", str(folder / "continuity.key"), "-out", str(folder / "continuity.crt")], timeout_s=60,
    )  # fmt: skip
    text = (ROOT / "docker" / "nginx.conf").read_text()
    for was, becomes in {
        "user nginx;": "user root;", "/run/nginx.pid": str(folder / "nginx.pid"), "/etc/nginx/tls": str(folder),
        "listen 80 default_server": "listen 127.0.0.1:1 default_server", "443 ssl": f"127.0.0.1:{port}",
        "http://$deployment:8000": f"http://127.0.0.1:{upstream}",
    }.items():  # fmt: skip
        assert was in text
        text = text.replace(was, becomes)
    without = text.replace(
        text[text.index("    server {\n        listen 127.0.0.1:1") :].split("    }\n")[0] + "    }\n", ""
    )
    (folder / "nginx.conf").write_text(without)
    return folder / "nginx.conf"
