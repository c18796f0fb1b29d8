"""`manage.py vault_lock`: extend the locks of the vault's store that end soon, now, and say how it went.

The daily job does the same; this is for after the store's account was given a right that it lacked, or before a long
outage. Nothing is unlocked by it, and no lock is made shorter.
"""

import os
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evidence.http.errors import AppError
from evidence.vault.lock_run import Locked, locks_extend
from evidence.vault.locking import locking_store
from evidence.vault.models import RunKind, RunScope
from evidence.vault.queries import store_name
from evidence.vault.runs import run_held
from workers.handlers.locking import lock_end

NONE = (
    "Nothing is locked here: this store cannot, or CONTINUITY_LOCK_MODE is off. What the store itself does not refuse, "
    "its administrator can delete."
)


class Command(BaseCommand):
    """Exit status 1 where a lock was refused."""

    help = "Extends the locks of the vault's store that end soon, and places those that are missing."

    def handle(self, **_: Any) -> None:
        """Run until nothing is due any more."""
        try:
            self.stdout.write(f"Vault: {store_name()}")
            if locking_store() is None:
                self.stdout.write(NONE)
                return
            locked = self._extended()
        except AppError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Extended: {locked.extended:,}. Refused: {locked.refused:,}.")
        for refusal in locked.first:
            self.stdout.write(f"  {refusal['key']}: {refusal['says']}")
        if locked.refused:
            raise CommandError(
                "Some are not locked for as long as they should be. Let the store's account read and extend retention "
                "(s3:GetObjectRetention, s3:PutObjectRetention), then run this again."
            )
        self.stdout.write("All that must be kept is locked.")

    def _extended(self) -> Locked:
        owner = f"vault_lock on {socket.gethostname()}, process {os.getpid()}"[:120]
        with run_held(kind=RunKind.LOCKS, scope=RunScope.ROLLING, owner=owner) as run:
            locked = locks_extend(run)
            lock_end(run, locked)
        return locked
