"""`python -m config.serving`: web server, worker and sequencer of one machine, kept running until Ctrl-C.

`manage.py serve` prepares the installation and then becomes this process, which knows no Django: what watches
the others all day should be small. Nothing here touches the database.
"""

import argparse
import http.client
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from config.env import BASE_DIR, ENV, environment
from config.keeping import NotStarted, Service, keep

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class PortTaken(Exception):
    """Something else listens there; the message says where and what to do."""


def port_choose(*, host: str, wanted: int, is_wanted: bool) -> int:
    """`wanted` if nobody listens there, else a free port.

    Raises:
        PortTaken: it is taken, and nothing else will do (`is_wanted`); or `host` is not an address of this machine.
    """
    try:
        return _port_probe(host, wanted)
    except OSError as error:
        if is_wanted or not wanted:
            raise PortTaken(
                f"Port {wanted} of {host} cannot be used ({error.strerror}). Give another with --port; 0: a free one."
            ) from error
        return port_choose(host=host, wanted=0, is_wanted=False)


def command(*, host: str, port: int) -> list[str]:
    """The argument list of this process."""
    return [sys.executable, "-m", "config.serving", "--host", host, "--port", str(port)]


def services(*, host: str, port: int) -> list[Service]:
    """Web server, worker with the clock, sequencer with the log's key, as this installation wants them."""
    changes = {"CONTINUITY_PUBLIC_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    if host not in LOOPBACK:
        changes["CONTINUITY_ALLOWED_HOSTS"] = ",".join(filter(None, [ENV.allowed_hosts, host]))
    env = environment(**changes)
    ports = [port, *(extra for extra in (ENV.port_share, ENV.port_docks, ENV.port_public) if extra)]
    binds = [word for one in ports for word in ("--bind", f"[{host}]:{one}" if ":" in host else f"{host}:{one}")]
    web = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", *binds, "config.wsgi:application"]
    worker = [sys.executable, str(BASE_DIR / "manage.py"), "worker", "--beat"]
    sequencer = [sys.executable, str(BASE_DIR / "manage.py"), "sequencer"]
    return [
        Service(name="The web server", argv=web, env=env, cwd=BASE_DIR),
        Service(name="The worker", argv=worker, env=env, cwd=BASE_DIR),
        Service(name="The sequencer", argv=sequencer, env=env, cwd=BASE_DIR),
    ]


def welcome(*, host: str, port: int) -> str:
    """What is running and where, for the person who started it."""
    lines = [
        "",
        "Continuity is running: a web server, a worker with the clock, and the sequencer of the custody record.",
        f"  Force        {ENV.scheme}://{ENV.host}:{port}/",
        f"  Share links  {ENV.scheme}://{ENV.host_share}:{port}/",
        f"  Docks        {ENV.scheme}://{ENV.host_docks}:{port}/",
        f"  Data         {ENV.data_dir}",
        "Browsers find *.localhost by themselves; other programs connect to the address and send the name as Host.",
    ]
    if host not in LOOPBACK and ENV.scheme == "http":
        lines.append(
            f"It listens on {host} without encryption: anybody on the way can read along, and browsers allow passkeys "
            "and secure cookies on localhost only. Set CONTINUITY_HOST to a name that others can resolve."
        )
    return "\n".join([*lines, "Stop it with Ctrl-C.", ""])


def site_answers(*, host: str, port: int, name: str) -> bool:
    """Whether the web server answers requests for the site `name`, well or badly."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", "/sign-in", headers={"Host": name})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def main(words: Sequence[str] | None = None) -> int:
    """Run until told to end; the exit status says whether it came up."""
    parser = argparse.ArgumentParser(prog="config.serving", description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", required=True, type=int)
    given = parser.parse_args(words)
    host, port = given.host, given.port
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        keep(
            services(host=host, port=port),
            stop=stop,
            say=_say,
            is_ready=lambda: site_answers(host=_reachable(host), port=port, name=f"{ENV.host}:{port}"),
            on_ready=lambda: _say(welcome(host=host, port=port)),
        )
    except NotStarted as failed:
        _say(str(failed))
        return 1
    _say("Stopped.")
    return 0


def _port_probe(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        return int(listener.getsockname()[1])


def _reachable(host: str) -> str:
    """An address of this machine that reaches a server listening on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not listened on


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
