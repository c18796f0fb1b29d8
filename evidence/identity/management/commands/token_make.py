"""`manage.py token_make USERNAME --label TEXT`: a bearer token by which a program asks in a person's name.

A token may all that the person may, so it is given an end. Docks get theirs by `dock_enrol`.
"""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.identity.operators import person_named, refusals_told
from evidence.identity.services import token_make

USUAL_DAYS = 90
LONGEST_DAYS = 366
SCOPES = ("upload",)


class Command(BaseCommand):
    """Prints the token once; only its SHA-256 is kept."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, what for, how long."""
        parser.add_argument("username", help="sign-in name of the person in whose name the program asks")
        parser.add_argument("--label", required=True, help="what it is for, for example 'crime system import'")
        parser.add_argument("--days", type=int, default=USUAL_DAYS, help=f"until it ends (default: {USUAL_DAYS})")
        parser.add_argument(
            "--scope", action="append", choices=SCOPES, default=[], help="upload: it may also send recordings by tus"
        )

    def handle(self, *, username: str, label: str, days: int, scope: list[str], **_: Any) -> None:
        """Make it."""
        if not 0 < days <= LONGEST_DAYS:
            raise CommandError(f"A token ends after 1 to {LONGEST_DAYS} days.")
        with refusals_told():
            person = person_named(username)
            token = token_make(
                owner_kind="person", owner_id=person.id, label=label, scopes=scope, lifetime=timedelta(days=days)
            )
        self.stdout.write(f"Token of {person.label} for '{label}', good for {days} days, shown this once:\n{token}")
