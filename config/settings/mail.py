"""Where mail goes, read out of one address: what was encrypted on its way, and what is refused.

What a newcomer would get wrong: letters carry links and codes, so whoever reads mail on its way can open what was
shared; and Django sends in clear unless told otherwise, password included.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from config.env import EnvironmentInvalid

CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_TAKEN = (
    "Take smtp+starttls://user:password@host:587, or smtps://user:password@host:465; "
    "smtp://localhost for a mail server on this machine."
)


@dataclass(frozen=True, slots=True)
class Mail:
    """Django's settings of mail. `use_starttls`: encrypted before anything is said; `use_tls`: from the first byte."""

    backend: str = CONSOLE
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    use_starttls: bool = False
    use_tls: bool = False


def mail_read(url: str, *, is_production: bool) -> Mail:
    """What `CONTINUITY_MAIL_URL` says. Empty or `console:` prints letters, outside production only.

    Raises:
        EnvironmentInvalid: it makes no sense, or letters would be printed or sent in clear in production.
    """
    if url in {"", "console:"}:
        if is_production:
            raise EnvironmentInvalid(
                f"CONTINUITY_MAIL_URL must name a mail server in production: printed letters would leave links and "
                f"codes in the log. {_TAKEN}"
            )
        return Mail()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    # the address holds a password: it is not repeated in the message
    if host is None or parts.scheme not in PORTS:
        raise EnvironmentInvalid(f"CONTINUITY_MAIL_URL is no address of a mail server. {_TAKEN}")
    if parts.scheme == "smtp" and is_production and host not in LOOPBACK:
        raise EnvironmentInvalid(
            f"CONTINUITY_MAIL_URL would send password, links and codes to {host} in clear. {_TAKEN}"
        )
    return Mail(
        backend=SMTP, host=host, port=port or PORTS[parts.scheme], user=unquote(parts.username or ""),
        password=unquote(parts.password or ""), use_starttls=parts.scheme == "smtp+starttls",
        use_tls=parts.scheme == "smtps",
    )  # fmt: skip
