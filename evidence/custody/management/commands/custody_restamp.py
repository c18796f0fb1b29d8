"""`manage.py custody_restamp`: after a restore into another database server, let the sequencer go on there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.utils import ProgrammingError

from evidence.custody.guard import guard_require
from evidence.custody.restoring import record_restamp
from evidence.custody.tree.tiles import TileMissing


class Command(BaseCommand):
    """Run as the owner of the database, once."""

    help = "Begins the numbering of transactions anew after a restore into another database server."

    def handle(self, **_: Any) -> None:
        """Do it, then say it."""
        guard_require()
        try:
            done = record_restamp()
        except ProgrammingError as refused:
            raise CommandError(
                f"The database refused this account ({str(refused).splitlines()[0]}). Run it as the owner of the "
                "database, as `migrate` is run."
            ) from refused
        except TileMissing as damaged:
            raise CommandError(f"{damaged} Nothing was changed. Run `manage.py verify_custody`.") from damaged
        if done is None:
            self.stdout.write("The record is where it was: nothing to do.")
            return
        self.stdout.write(
            f"{done.placed:,} events that waited have their place. The numbers of this server hold for events after "
            f"row {done.begins_after:,}. The sequencer goes on by itself."
        )
