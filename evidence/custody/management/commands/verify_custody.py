"""`manage.py verify_custody`: compute the whole custody record anew and say what holds and what does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from evidence.custody.errors import CustodyError
from evidence.custody.hanging import limits_lift
from evidence.custody.signing import signer_read
from evidence.custody.tree.note import NoteInvalid, Verifier
from evidence.custody.verification import record_verify
from evidence.custody.verified import Verified


class Command(BaseCommand):
    """Exit status 1 where something does not hold."""

    help = "Verifies every event, the tree over them and every checkpoint that was signed."

    def add_arguments(self, parser: CommandParser) -> None:
        """By which key."""
        parser.add_argument(
            "--key", action="append", default=[],
            help="a public key of the log, name+id+key, once for each that ever signed; default: this machine's",
        )  # fmt: skip

    def handle(self, *, key: list[str], **_: Any) -> None:
        """Verify, then say it."""
        try:
            trusted = [Verifier.read(each) for each in key] or signer_read().verifiers
        except (NoteInvalid, CustodyError) as wrong:
            raise CommandError(str(wrong)) from wrong
        limits_lift(connection)
        found = record_verify(trusted)
        for verifier in trusted:
            self.stdout.write(f"Key: {verifier.text}")
        self.stdout.write(_said(found))
        for remark in found.remarks:
            self.stdout.write(f"Note: {remark}")
        if found.faults:
            raise CommandError("\n".join([f"{found.faults} things do not hold:", *found.wrong]))
        self.stdout.write("All of it holds.")


def _said(found: Verified) -> str:
    waiting = f", {found.waiting:,} not in the tree yet" if found.waiting else ""
    return f"{found.events:,} events{waiting}; {found.leaves:,} places in the tree; {found.heads:,} signed checkpoints."
