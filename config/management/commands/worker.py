"""`manage.py worker`: a Celery worker with the options this product wants, for all queues or some."""

import warnings
from argparse import ArgumentParser
from typing import Any

from celery.exceptions import SecurityWarning
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.celery import app

OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class Command(BaseCommand):
    """Does the work in the background until it is told to end; then it hands back what it was doing."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Queues, how many jobs at once, and whether this worker holds the clock."""
        parser.add_argument("--queues", default=",".join(settings.JOB_QUEUES), help="comma separated; default: all")
        parser.add_argument("--concurrency", type=int, default=settings.CELERY_WORKER_CONCURRENCY, help="jobs at once")
        parser.add_argument("--beat", action="store_true", help="hold the clock too: one worker of an installation")

    def handle(self, *, queues: str, concurrency: int, beat: bool, **_: Any) -> None:
        """Run it; returns when it was told to end."""
        unknown = set(queues.split(",")) - set(settings.JOB_QUEUES)
        if unknown:
            raise CommandError(f"No such queue: {', '.join(unknown)}. There are: {', '.join(settings.JOB_QUEUES)}.")
        clock = ["--beat"] if beat else []
        if not settings.IS_PRODUCTION:
            # Celery scolds root at each start; in a container of one's own, root is who there is
            warnings.simplefilter("ignore", SecurityWarning)
        app.worker_main(["--quiet", "worker", f"--queues={queues}", f"--concurrency={concurrency}", *OPTIONS, *clock])
