"""`manage.py witness`: cosigns checkpoints of other forces' custody records, on a machine that has nothing of theirs.

It uses no database of Django's; none need be configured, and no migration need have run.
"""

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence.custody.witness.app import App
from evidence.custody.witness.errors import WitnessError
from evidence.custody.witness.folder import MEMORY, witness_open
from evidence.custody.witness.memory import FORK, Conflict, Memory
from evidence.custody.witness.serving import serve

PORT = 8070
NOT_READY = 2
log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until it is told to end. Exit status 1 where conflicts were asked for and there are some, 2 where it must
    not start."""

    help = "Watches logs: cosigns each checkpoint that continues the one before, and keeps what contradicts it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Where, by which name, for which logs."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
        parser.add_argument(
            "--folder", type=Path, default=settings.DATA_DIR / "witness",
            help="where its key, its memory and the list of its logs are (default: witness in the data folder)",
        )  # fmt: skip
        parser.add_argument("--name", default="", help="for example psd.example/witness; the first time only")
        parser.add_argument(
            "--log", action="append", default=[], metavar="KEY",
            help="public key of a log to watch, name+id+key; more than once for more; also from the file `logs`",
        )  # fmt: skip
        parser.add_argument("--begin", action="store_true", help="begin the memory of a key that never cosigned")
        parser.add_argument("--accept-clock", action="store_true", help="the clock went back and is right now")
        parser.add_argument(
            "--conflicts", action="store_true", help="print what contradicts what was cosigned, and end"
        )

    def handle(self, *, folder: Path, conflicts: bool, **options: Any) -> None:
        """Watch, or tell."""
        try:
            if conflicts:
                return self._tell(Memory(folder / MEMORY).conflicts())
            witness = witness_open(
                folder,
                name=options["name"],
                logs=options["log"],
                is_key_made=not settings.IS_PRODUCTION,
                is_begun=options["begin"],
                is_clock_accepted=options["accept_clock"],
            )
        except WitnessError as error:
            raise CommandError(str(error), returncode=NOT_READY) from error
        host, port = options["host"], options["port"]

        def ready() -> None:
            log.info("witness ready on %s port %s, key %s", host, port, witness.verifier.text)

        serve(App(witness), host=host, port=port, on_ready=ready)
        return None

    def _tell(self, conflicts: list[Conflict]) -> None:
        for number, each in enumerate(conflicts, start=1):
            self.stdout.write(_said(number, each))
        if conflicts:
            forks = sum(each.kind == FORK for each in conflicts)
            raise CommandError(
                f"{len(conflicts)} checkpoints do not fit what was cosigned; {forks} of them prove that a log has two "
                "histories."
            )
        self.stdout.write("Every checkpoint that was shown fits.")


def _said(number: int, conflict: Conflict) -> str:
    at = datetime.fromtimestamp(conflict.at, UTC).isoformat()
    what = (
        "signed with another root than the one that was cosigned over as many entries"
        if conflict.kind == FORK
        else "signed, and the proof that came with it does not show that it continues the one that was cosigned"
    )
    parts = [f"{number}. {conflict.origin}, {conflict.size} entries, {at}: {what}.", "", conflict.note]
    if conflict.known:
        parts += ["What was cosigned then:", "", conflict.known]
    if conflict.proof:
        parts += ["The proof as it was sent:", "", conflict.proof]
    return "\n".join(parts)
