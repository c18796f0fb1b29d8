"""Where mail goes: what each form of the address means, what production refuses, and real letters over real TLS."""

import ssl
import sys
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from django.core import mail

from config.bootstrap.system import ROOT
from config.env import EnvironmentInvalid
from config.settings.mail import CONSOLE, Mail, mail_read
from tests.servers.running import free_ports
from workers.exec.process import Completed, run

ACCOUNT = ("force", "p@ss/word")


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp+starttls://force:p%40ss%2Fword@mail.example", 587, True, False),
        ("smtp+starttls://force:p%40ss%2Fword@mail.example:2587", 2587, True, False),
        ("smtps://force:p%40ss%2Fword@mail.example", 465, False, True),
        ("smtp://force:p%40ss%2Fword@localhost", 25, False, False),
        ("smtp://force:p%40ss%2Fword@127.0.0.1:2525", 2525, False, False),
    ],
)
def test_each_form_of_the_address_in_production(url, port, starttls, tls):
    read = mail_read(url, is_production=True)
    assert (read.port, read.use_starttls, read.use_tls) == (port, starttls, tls)
    assert (read.user, read.password) == ACCOUNT


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "must name a mail server"), ("console:", "must name a mail server"),
        ("smtp://force:secret@mail.example:587", "in clear"), ("smtp://force:secret@localhost.example", "in clear"),
        ("mail.example:25", "no address"), ("http://force:secret@mail.example", "no address"),
        ("smtps://", "no address"), ("smtps://force:secret@mail.example:mail", "no address"),
        ("smtps://[force:secret@mail.example", "no address"),
    ],
)  # fmt: skip
def test_production_refuses_mail_in_clear_mail_in_the_log_and_nonsense_and_repeats_no_password(url, said):
    with pytest.raises(EnvironmentInvalid, match=said) as refused:
        mail_read(url, is_production=True)
    assert "secret" not in str(refused.value)
    assert "smtp+starttls://user:password@host:587" in str(refused.value)


@pytest.mark.parametrize("url", ["", "console:"])
def test_outside_production_mail_is_printed(url):
    assert mail_read(url, is_production=False) == Mail(backend=CONSOLE)
    assert mail_read("smtp://mail.example", is_production=False).host == "mail.example"


def started(folder: Path, **more: str) -> Completed:
    """The settings as a production process loads them."""
    given = {
        "CONTINUITY_MODE": "production", "CONTINUITY_SECRET_KEY": "k" * 64, "CONTINUITY_DATA": str(folder),
        "CONTINUITY_DATABASE_URL": "postgres://continuity@localhost/continuity",
        "DJANGO_SETTINGS_MODULE": "config.settings", **more,
    }  # fmt: skip
    program = "from django.conf import settings as s; print(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_TLS)"
    return run([sys.executable, "-c", program], timeout_s=60, cwd=ROOT, env=given, ok=(0, 1))


def test_a_production_process_without_a_mail_server_does_not_start_and_says_what_to_set(tmp_path):
    refused = started(tmp_path)
    assert refused.returncode == 1
    assert "CONTINUITY_MAIL_URL must name a mail server in production" in refused.stderr_tail
    said = started(tmp_path, CONTINUITY_MAIL_URL="smtp+starttls://force:secret@mail.example").stdout.decode()
    assert said.split() == ["mail.example", "587", "True"]


class Post:
    """A mail server that takes a password and mail after TLS only, and notes what it was told."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.accounts: list[tuple[str, str]] = []

    def signed_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        self.accounts.append((data.login.decode(), data.password.decode()))  # type: ignore[attr-defined]
        return AuthResult(success=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        assert server.transport.get_extra_info("sslcontext") is not None
        self.subjects.append(message_from_bytes(envelope.content)["Subject"])
        return "250 OK"


@pytest.fixture
def certificate(tmp_path) -> Path:
    """Of a mail server called localhost, signed by itself; its key is in the same file."""
    path = tmp_path / "mail.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    place = ["-keyout", str(tmp_path / "key.pem"), "-out", str(path)]
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, *place], timeout_s=60)
    return path


@pytest.fixture(params=["smtp+starttls", "smtps"])
def served(request, certificate) -> Iterator[tuple[Post, str]]:
    post, (port,) = Post(), free_ports(1)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    is_starttls = request.param == "smtp+starttls"
    ways = {"tls_context": context, "require_starttls": True} if is_starttls else {"ssl_context": context}
    controller = Controller(
        post, hostname="localhost", port=port, authenticator=post.signed_in,
        auth_required=is_starttls, auth_require_tls=is_starttls, **ways,
    )  # fmt: skip
    controller.start()
    yield post, f"{request.param}://force:p%40ss%2Fword@localhost:{port}"
    controller.stop()


def send(settings, url: str) -> None:
    read = mail_read(url, is_production=True)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = read.backend, read.host, read.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = read.user, read.password
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = read.use_starttls, read.use_tls
    mail.EmailMessage("A recording for you", "Text", "force@example.org", ["rosa@example.org"]).send()


def test_a_letter_and_the_password_go_over_tls_to_a_server_whose_certificate_is_trusted(
    served, settings, certificate, monkeypatch
):
    post, url = served
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    send(settings, url)
    assert (post.subjects, post.accounts) == (["A recording for you"], [ACCOUNT])


def test_nothing_is_said_to_a_server_whose_certificate_nobody_vouches_for(served, settings):
    post, url = served
    with pytest.raises(ssl.SSLCertVerificationError):
        send(settings, url)
    assert (post.subjects, post.accounts) == ([], [])


def test_nothing_is_sent_in_clear_to_a_server_that_offers_no_tls(settings):
    post, (port,) = Post(), free_ports(1)
    controller = Controller(post, hostname="localhost", port=port)
    controller.start()
    try:
        with pytest.raises(Exception, match="STARTTLS"):
            send(settings, f"smtp+starttls://force:p%40ss%2Fword@localhost:{port}")
    finally:
        controller.stop()
    assert (post.subjects, post.accounts) == ([], [])
