"""`manage.py dock_enrol --name NAME --unit NAME`: add a dock and print the token by which it signs in, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from evidence.fleet.services import dock_enrol
from evidence.identity.operators import refusals_told, unit_named


class Command(BaseCommand):
    """The token sends recordings in and does nothing else. Lost: token_revoke, then enrol the dock under a new name."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which dock, and whose."""
        parser.add_argument("--name", required=True, help="for example 'Coventry Central dock 1'")
        parser.add_argument("--unit", required=True, help="name of the unit that recordings of unknown officers go to")

    def handle(self, *, name: str, unit: str, **_: Any) -> None:
        """Add it."""
        with refusals_told():
            dock, token = dock_enrol(name=name, unit=unit_named(unit))
        self.stdout.write(f"Added the dock {dock} of {dock.unit}. Its token, shown this once:\n{token}")
