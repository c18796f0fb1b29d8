"""`manage.py sequencer`: gives events their places in the tree, signs checkpoints over it with the log's key, and has
them cosigned by the witnesses. Witnesses are asked in a thread: one that is away does not hold the sealing up."""

import logging
import signal
import threading
from threading import Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from evidence.custody.anchors import Witness, anchor, witnesses_publish, witnesses_read
from evidence.custody.checkpoints import checkpoint_make, key_publish
from evidence.custody.errors import CustodyError
from evidence.custody.guard import guard_require
from evidence.custody.sequencing import sequence_all
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.tiles import TileMissing
from evidence.custody.witness.asking import AskingFailed, WitnessAway

EVERY_S = 1.0
AGAIN_S = 30.0
"""After a witness did not answer, or refused."""
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
            signer, witnesses = signer_read(), witnesses_read()
            if once:
                return self._once(signer, witnesses)
        except (CustodyError, TileMissing, AskingFailed) as error:
            raise CommandError(str(error)) from error
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        log.info("sequencer ready, key %s", signer.verifier.text)
        asking = [Thread(target=_anchor_until, args=(ending, witness), daemon=True) for witness in witnesses]
        for thread in asking:
            thread.start()
        self._until(ending, signer, witnesses)
        return None

    def _once(self, signer: Signer, witnesses: list[Witness]) -> None:
        key_publish(signer)
        placed = sequence_all()
        head = checkpoint_make(signer)
        said = f"signed a checkpoint over {head.size:,}" if head else "nothing new to sign"
        self.stdout.write(f"{placed:,} events placed, {said}.")
        witnesses_publish(witnesses)
        for witness in witnesses:
            if anchor(witness):
                self.stdout.write(f"Cosigned by {witness.verifier.name}.")

    def _until(self, ending: threading.Event, signer: Signer, witnesses: list[Witness]) -> None:
        said = ""
        while not ending.wait(EVERY_S):
            try:
                key_publish(signer)
                witnesses_publish(witnesses)
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


def _anchor_until(ending: threading.Event, witness: Witness) -> None:
    """Have each newest checkpoint cosigned by one witness."""
    said, wait_s = "", EVERY_S
    while not ending.wait(wait_s):
        wait_s = EVERY_S
        try:
            anchor(witness)
            said = ""
        except (CustodyError, TileMissing, AskingFailed, DatabaseError) as error:
            wait_s = AGAIN_S
            if isinstance(error, DatabaseError):
                connections.close_all()
            if str(error) != said:
                level = logging.WARNING if isinstance(error, (WitnessAway, DatabaseError)) else logging.CRITICAL
                log.log(level, "%s did not cosign: %s", witness.verifier.name, error)
            said = str(error)
    connections.close_all()
