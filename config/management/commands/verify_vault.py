"""`manage.py verify_vault`: hold the vault against its list, read what is wanted again, say what holds and what not.

Without options the list alone: rows without bytes, bytes without rows, sizes, delete markers. What is found not to be
what was sealed goes into quarantine, as it would in the daily check. Nothing is deleted and nothing is mended.
"""

import os
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.http.errors import AppError
from evidence.http.templatetags.words import size, when
from evidence.vault.fixity import fixity_bytes, fixity_run, overdue_count
from evidence.vault.models import RunKind, RunScope, StoredObject, VaultRun
from evidence.vault.queries import objects_quarantined, store_name
from evidence.vault.reconciling import Tally, reconcile
from evidence.vault.runs import run_held, run_last
from workers.handlers.fixity import fixity_end, reconcile_end
from workers.handlers.quarantine import owner_of, quarantine_tell

ADVICE = {
    "missing": "Restore it from a replica. The next check reads it; what stays wrong goes into quarantine.",
    "size": "Restore it from a replica. The next check reads it; what stays wrong goes into quarantine.",
    "unknown": "Remove nothing before it is known where it came from: the database may be older than the vault.",
    "version": "Change the store's keys if they may be known to others. Nothing has to be restored.",
    "marker": "Change the store's keys if they may be known to others. Nothing has to be restored.",
    "left": "Ask who disposed of it; destroying it is to be finished.",
    "elsewhere": "Set CONTINUITY_VAULT_URL to where these files lie, or bring them here before they are needed.",
    "fewer": "Stop disposal and find out before anything else is done. A backup of the database tells which are gone.",
}
RELEASE = "Restore it from a replica under the same name, then: manage.py vault_release {id} --as NAME --reason TEXT"
SHOWN_AT_MOST = 100


class Command(BaseCommand):
    """Exit status 1 where something does not hold."""

    help = "Compares the vault with its list and, if asked, reads files again and compares them with their hashes."

    def add_arguments(self, parser: CommandParser) -> None:
        """How much of it, and how fast."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--full", action="store_true", help="read every file again")
        what.add_argument("--sample", type=float, default=0.0, metavar="PERCENT", help="read this share, at random")
        parser.add_argument(
            "--mb-per-s", type=float, default=float(settings.FIXITY_MB_PER_S),
            help="read at most so many 10^6 bytes a second; 0: as fast as it goes (default: %(default)g)",
        )  # fmt: skip

    def handle(self, *, full: bool, sample: float, mb_per_s: float, **_: Any) -> None:
        """Compare, read, say it."""
        if not 0 <= sample <= 100 or mb_per_s < 0:
            raise CommandError("--sample is a share from 0 to 100, and --mb-per-s is not below 0.")
        try:
            self.stdout.write(f"Vault: {store_name()}")
            wrong = self._compared()
            if full or sample:
                wrong += self._read(RunScope.FULL if full else RunScope.SAMPLE, sample, mb_per_s)
            wrong += self._quarantined()
            wrong += self._overdue()
        except AppError as error:
            raise CommandError(error.message) from error
        if wrong:
            raise CommandError(f"Something does not hold: {wrong:,} in all, named above.")
        self.stdout.write("All of it holds.")

    def _compared(self) -> int:
        with run_held(kind=RunKind.RECONCILIATION, scope=RunScope.FULL, owner=_owner()) as run:
            last = run_last(RunKind.RECONCILIATION)
            tally = reconcile(run)
            reconcile_end(run, tally)
        before = f" The last time was {when(last.ended_at)}." if last else ""
        self.stdout.write(
            f"Compared: {tally.rows:,} files on the list, {tally.objects:,} in the vault, {size(tally.bytes)}.{before}"
        )
        self._findings(tally)
        return tally.total

    def _findings(self, tally: Tally) -> None:
        for found in tally.first:
            self.stdout.write(f"  {found['key']}: {found['says']}")
            stored = StoredObject.objects.filter(key=found["key"]).first()
            if stored is not None:
                self._owner_said(stored)
            self.stdout.write(f"    To do: {ADVICE[found['finding']]}")
        if tally.total > len(tally.first):
            self.stdout.write(f"  and {tally.total - len(tally.first):,} more.")

    def _read(self, scope: RunScope, percent: float, mb_per_s: float) -> int:
        with run_held(kind=RunKind.FIXITY, scope=scope, owner=_owner()) as run:
            self.stdout.write(f"Reading {size(fixity_bytes(run, percent))} again ...")
            fixity_run(run, mb_per_s=mb_per_s, on_trouble=quarantine_tell, percent=percent)
            fixity_end(run)
        self.stdout.write(f"Read: {_read_words(run)}")
        return 0  # what was not right is in quarantine now, and counted there

    def _quarantined(self) -> int:
        held = objects_quarantined()
        count = held.count()
        if count:
            self.stdout.write(f"In quarantine: {count:,}. Their bytes are kept as they are, and nobody is given them.")
        for stored in held[:SHOWN_AT_MOST]:
            self.stdout.write(f"  {stored.key}: {stored.get_check_result_display()}. {stored.quarantine_reason}")
            self._owner_said(stored)
            self.stdout.write(f"    Since {when(stored.quarantined_at)}. To do: {RELEASE.format(id=stored.pk)}")
        if count > SHOWN_AT_MOST:
            self.stdout.write(f"  and {count - SHOWN_AT_MOST:,} more.")
        return count

    def _owner_said(self, stored: StoredObject) -> None:
        owner = owner_of(stored)
        self.stdout.write(f"    {owner.says}{f' ({owner.path})' if owner.path else ''}")

    def _overdue(self) -> int:
        count = overdue_count()
        if count:
            self.stdout.write(
                f"Not read for more than {settings.FIXITY_DAYS} days: {count:,} files. Let the check read faster "
                "(CONTINUITY_FIXITY_MB_PER_S), and see that a worker of the queue 'fixity' runs."
            )
        return count


def _read_words(run: VaultRun) -> str:
    said = f"{run.objects_count:,} files, {size(run.bytes_count)} of them as they were sealed"
    said += f"; {run.trouble_count:,} not what was sealed" if run.trouble_count else ""
    return f"{said}; {run.retried_count:,} only when read again." if run.retried_count else f"{said}."


def _owner() -> str:
    return f"verify_vault on {socket.gethostname()}, process {os.getpid()}"[:120]
