"""`manage.py category_add NAME --days N [--non-evidential]`: add to what recordings can be tagged with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from evidence.identity.operators import refusals_told
from evidence.recordings.services.categories import category_add


class Command(BaseCommand):
    """Refuses a name that is there already."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name and retention."""
        parser.add_argument("name", help="as officers choose it")
        parser.add_argument("--days", type=int, required=True, help="how long a recording tagged with it is kept")
        parser.add_argument("--non-evidential", action="store_true", help="shows nothing that can become evidence")

    def handle(self, *, name: str, days: int, non_evidential: bool, **_: Any) -> None:
        """Add it."""
        with refusals_told():
            category = category_add(name=name, retention_days=days, is_evidential=not non_evidential)
        self.stdout.write(f"Added category {category.name}: kept for {category.retention_days} days.")
