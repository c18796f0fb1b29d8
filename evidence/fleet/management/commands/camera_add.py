"""`manage.py camera_add SERIAL... [--make] [--unit]`: put cameras on the force's list."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from evidence.fleet.services import camera_add
from evidence.identity.operators import refusals_told, unit_named


class Command(BaseCommand):
    """All are added or none. Recordings of listed cameras are not flagged; one that docked before becomes known."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which cameras."""
        parser.add_argument("serials", nargs="+", metavar="SERIAL", help="as the dock sends it")
        parser.add_argument("--make", default="", help="maker and model")
        parser.add_argument("--unit", default="", help="name of the unit it belongs to; left out: the pool")

    def handle(self, *, serials: list[str], make: str, unit: str, **_: Any) -> None:
        """Add them."""
        with refusals_told(), transaction.atomic():
            owner = unit_named(unit) if unit else None
            cameras = [camera_add(serial=serial, make=make, unit=owner) for serial in serials]
        self.stdout.write(f"Added {len(cameras)}: {', '.join(camera.serial for camera in cameras)}.")
