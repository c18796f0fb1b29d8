"""`manage.py sequencer`: gives events their places in the tree and signs checkpoints over it, with the log's key."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from evidence.custody.checkpoints import checkpoint_make
from evidence.custody.errors import CustodyError
from evidence.custody.guard import guard_require
from evidence.custody.sequencing import sequence_all
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.tiles import TileMissing

EVERY_S = 1.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until it is told to end. What it must not sign it says, and goes on looking: it never signs by itself again
    until the record is whole."""

    help = "Puts the custody record into its tree and signs checkpoints over it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Once, or for ever."""
        parser.add_argument("--once", action="store_true", help="place what is there, sign, and end")

    def handle(self, *, once: bool, **_: Any) -> None:
        """Sequence, sign, wait a second."""
        guard_require()
        try:
            signer = signer_read()
            if once:
                return self._once(signer)
        except (CustodyError, TileMissing) as error:
            raise CommandError(str(error)) from error
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        log.info("sequencer ready, key %s", signer.verifier.text)
        self._until(ending, signer)
        return None

    def _once(self, signer: Signer) -> None:
        placed = sequence_all()
        head = checkpoint_make(signer)
        said = f"signed a checkpoint over {head.size:,}" if head else "nothing new to sign"
        self.stdout.write(f"{placed:,} events placed, {said}.")

    def _until(self, ending: threading.Event, signer: Signer) -> None:
        said = ""
        while not ending.wait(EVERY_S):
            try:
                sequence_all()
                checkpoint_make(signer)
                said = ""
            except (CustodyError, TileMissing) as error:
                if str(error) != said:
                    log.critical("nothing is signed: %s", error)
                said = str(error)
            except DatabaseError as error:
                log.warning("the database did not answer: %s", type(error).__name__)
                connections.close_all()
