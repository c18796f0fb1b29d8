"""`manage.py serve`: Continuity on this machine, with nothing else to install: migrates, then web server and worker."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from config.env import BASE_DIR, environment
from config.serving import PortTaken, command, port_choose

DEFAULT_PORT = 8000
DEMO = "demo"


class Command(BaseCommand):
    """Starts all of it, says where it is, and stops all of it on Ctrl-C."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and whether to fill an empty installation."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, help=f"0: a free one (default: {DEFAULT_PORT}, or else a free one)")
        parser.add_argument("--no-demo", action="store_true", help="no demonstration data")

    def handle(self, *, host: str, port: int | None, no_demo: bool, **_: Any) -> None:
        """Prepare the installation, then become the small process that keeps the others running."""
        if settings.IS_PRODUCTION and not no_demo:
            raise CommandError("Demonstration data is never made with production settings. Say --no-demo.")
        try:
            chosen = port_choose(host=host, wanted=DEFAULT_PORT if port is None else port, is_wanted=bool(port))
        except PortTaken as taken:
            raise CommandError(str(taken)) from taken
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("migrate", interactive=False, verbosity=0)
        if not no_demo and DEMO in get_commands():
            call_command(DEMO)
        connections.close_all()
        argv = command(host=host, port=chosen)
        self.stdout.flush()
        os.chdir(BASE_DIR)
        os.execve(argv[0], argv, environment())  # noqa: S606 - our own interpreter, an argument list
