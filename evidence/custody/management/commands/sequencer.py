"""`manage.py sequencer`: gives events their places in the tree, signs checkpoints over it with the log's key, and has
them anchored outside: cosigned by witnesses, locked away as copies, stamped. Those outside are asked in threads: one
that is away does not hold the sealing up."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from evidence.custody.anchoring.asking import Outside, asking_start, outside_of
from evidence.custody.anchoring.copying import LockedCopies
from evidence.custody.anchoring.stamping import Stamper
from evidence.custody.anchors import Witness, witnesses_publish, witnesses_read
from evidence.custody.checkpoints import checkpoint_make, key_publish
from evidence.custody.errors import AnchorAway, AnchorRefused, CustodyError
from evidence.custody.guard import guard_require
from evidence.custody.models import TreeHead
from evidence.custody.sequencing import sequence_all
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.tiles import TileMissing
from evidence.custody.witness.asking import AskingFailed

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
            sealing = _Sealing(signer_read(), witnesses_read())
            outside = outside_of(sealing.witnesses, sealing.copies, Stamper.all())
            if once:
                return self._once(sealing, outside)
        except (CustodyError, TileMissing, AskingFailed) as error:
            raise CommandError(str(error)) from error
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
        log.info("sequencer ready, key %s", sealing.signer.verifier.text)
        asking_start(ending, outside)
        self._until(ending, sealing)
        return None

    def _once(self, sealing: "_Sealing", outside: list[Outside]) -> None:
        placed, head = sealing.step()
        said = f"signed a checkpoint over {head.size:,}" if head else "nothing new to sign"
        self.stdout.write(f"{placed:,} events placed, {said}.")
        for each in outside:
            if each.step():
                self.stdout.write(f"{each.deed.capitalize()} by {each.name}.")

    def _until(self, ending: threading.Event, sealing: "_Sealing") -> None:
        said = ""
        while not ending.wait(EVERY_S):
            try:
                sealing.step()
                said = ""
            except (CustodyError, TileMissing) as error:
                if str(error) != said:
                    log.critical("nothing is signed: %s", error)
                said = str(error)
            except DatabaseError as error:
                log.warning("the database did not answer: %s", type(error).__name__)
                connections.close_all()


class _Sealing:
    """Places and signatures. Before the first one the bucket is looked into, where it can be reached."""

    def __init__(self, signer: Signer, witnesses: list[Witness]) -> None:
        self.signer, self.witnesses, self.copies = signer, witnesses, LockedCopies.read(signer)
        self._is_looked = False

    def step(self) -> tuple[int, TreeHead | None]:
        """How many events found a place, and the checkpoint that was signed over them, if one was."""
        key_publish(self.signer)
        witnesses_publish(self.witnesses)
        self._look()
        placed = sequence_all()
        return placed, checkpoint_make(self.signer, self.copies.remembered() if self.copies else ())

    def _look(self) -> None:
        if self.copies is None or self._is_looked:
            return
        try:
            self.copies.look()
        except AnchorAway as away:
            log.warning("signing without having seen the locked copies: %s", away)
        except AnchorRefused as refused:
            # where the copies contradict, `remembered` refuses; a bucket that lets nobody in must not stop the record
            log.critical("the locked copies were not seen: %s", refused)
        self._is_looked = True
