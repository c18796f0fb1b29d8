"""`manage.py unit_add --name NAME [--under NAME]`: add a team, station or department."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from evidence.identity.operators import refusals_told, unit_named
from evidence.identity.services import unit_create


class Command(BaseCommand):
    """Supervisors of a unit see the footage of all units under it."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its name, and what it belongs to."""
        parser.add_argument("--name", required=True, help="as people call it, for example 'Response Team A, Coventry'")
        parser.add_argument("--under", default="", help="name of the unit it belongs to; left out: to none")

    def handle(self, *, name: str, under: str, **_: Any) -> None:
        """Add it."""
        with refusals_told():
            unit = unit_create(name=name, parent=unit_named(under) if under else None)
        self.stdout.write(f"Added the unit {unit}.")
