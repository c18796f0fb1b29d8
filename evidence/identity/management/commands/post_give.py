"""`manage.py post_give USERNAME --role ROLE --unit NAME [--until DAY]`: give somebody a role in a unit, from now on."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evidence.identity.operators import person_named, refusals_told, unit_named
from evidence.identity.roles import Role
from evidence.identity.services import post_give


class Command(BaseCommand):
    """What a role may do is in docs/administrators.md; somebody can hold several posts."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whom, what and where."""
        parser.add_argument("username", help="sign-in name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--unit", required=True, help="name of a unit")
        parser.add_argument("--until", type=date.fromisoformat, help="last day of the post, 2027-03-31; left out: open")

    def handle(self, *, username: str, role: str, unit: str, until: date | None, **_: Any) -> None:
        """Give it."""
        until_at = timezone.make_aware(datetime.combine(until, time.max)) if until else None
        if until_at is not None and until_at <= timezone.now():
            raise CommandError(f"{until} is over: the post would end before it begins. Give a later day.")
        with refusals_told():
            person = person_named(username)
            post = post_give(person=person, unit=unit_named(unit), role=Role(role), until_at=until_at)
        self.stdout.write(f"{person.label}: {post}, from now{f' to the end of {until}' if until else ''}.")
