"""`manage.py verify_custody`: compute the whole custody record anew and say what holds and what does not."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.custody.errors import CustodyError, VerifierLost
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
        parser.add_argument(
            "--processes", type=int, default=_processors(),
            help="how many processes verify at once (PostgreSQL only); default: the processors there are",
        )  # fmt: skip

    def handle(self, *, key: list[str], processes: int, **_: Any) -> None:
        """Verify, then say it."""
        try:
            trusted = [Verifier.read(each) for each in key] or signer_read().verifiers
        except (NoteInvalid, CustodyError) as wrong:
            raise CommandError(str(wrong)) from wrong
        if processes < 1:
            raise CommandError("--processes is how many verify at once: 1 or more.")
        try:
            found = record_verify(trusted, processes=processes)
        except VerifierLost as lost:
            raise CommandError(str(lost)) from lost
        for verifier in trusted:
            self.stdout.write(f"Key: {verifier.text}")
        self.stdout.write(_said(found))
        for remark in found.remarks:
            self.stdout.write(f"Note: {remark}")
        if found.faults:
            raise CommandError("\n".join([f"{found.faults} things do not hold:", *found.wrong]))
        self.stdout.write("All of it holds.")


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _said(found: Verified) -> str:
    waiting = f", {found.waiting:,} not in the tree yet" if found.waiting else ""
    return f"{found.events:,} events{waiting}; {found.leaves:,} places in the tree; {found.heads:,} signed checkpoints."
