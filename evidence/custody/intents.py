"""Deeds that cannot be rolled back (a burn, a mail): kept known as alive while they go on, ended by one outcome.

An intent is an event of outcome `intent`; the event of its verb that follows it is its outcome. Whoever does the deed
does it inside `intent_kept`, ends it through `intent_end`, and what died in between is found by `intents_sweep`. A
newcomer's trap: a lease that ran out is a presumption. A machine that only slept reports late, and what happened,
happened: that outcome follows the sweep's event, and both stand.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from evidence.custody.models import Event, IntentLease
from evidence.custody.parties import FileRef, Recipient, Subject, system
from evidence.custody.queries import intent_last, intents_open, lines
from evidence.custody.services import act, act_current
from evidence.custody.verbs import ABANDONED, Outcome, Verb

SWEEP = system("Record sweep")
RULE = "system:abandoned"
log = logging.getLogger(__name__)


@contextmanager
def intent_kept(intent: UUID) -> Iterator[None]:
    """While the block runs, however long, the deed counts as going on; a thread of its own says so.

    It dies with the process, whatever kills it; after JOB_LEASE_S seconds of silence the sweep may close the intent.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=[intent, ended], name=f"intent-{intent}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def intent_end(intent: UUID) -> UUID:
    """Take the intent for its outcome, to the end of the open act; returns what that outcome is to `follows`.

    That is the intent itself. Where something else is returned, an outcome stands already: the sweep took the deed for
    abandoned. A report of how it really ended then follows that; a mere presumption is not to be recorded again.

    Raises:
        ActMissing: no act is open: the intent could be ended without an outcome.
    """
    act_current()
    _lease_row(intent)
    # whoever else is ending it waits here, and then finds its outcome
    IntentLease.objects.filter(intent=intent).delete()
    return intent_last(intent)


def intents_sweep() -> int:
    """Close each intent whose deed has fallen silent with an outcome `failed`; returns how many.

    May run any number of times and at once: an intent is closed once.
    """
    now = timezone.now()
    kept = IntentLease.objects.filter(lease_until__gte=now).values("intent")
    silent = intents_open(older_than=now - timedelta(seconds=settings.JOB_LEASE_S)).exclude(uuid__in=kept)
    return sum(_abandon(intent) for intent in list(silent))


def _abandon(intent: Event) -> bool:
    (line,) = lines([intent])
    named = zip(line.body["recipients"], line.recipient_names, strict=True)
    files = tuple(FileRef(UUID(file["id"]), file["sha256"]) for file in line.body["subject"]["files"])
    with act(actor=SWEEP) as deed:
        _lease_row(intent.uuid)
        is_ours, _ = IntentLease.objects.filter(intent=intent.uuid, lease_until__lt=timezone.now()).delete()
        if not is_ours or intent_last(intent.uuid) != intent.uuid:
            return False
        deed.record(
            Verb(intent.verb),
            Subject(intent.subject_kind, intent.subject_id, files),
            rule=RULE,
            data={**line.body["data"], "code": ABANDONED},
            recipients=[Recipient(kind=to["kind"], id=UUID(to["id"]), name=name) for to, name in named],
            outcome=Outcome.FAILED,
            follows=intent.uuid,
        )
    return True


def _lease_row(intent: UUID) -> None:
    """There is a row to hold, also where an outcome or an older version left none; it counts as having run out."""
    IntentLease.objects.get_or_create(intent=intent, defaults={"lease_until": timezone.now() - timedelta(seconds=1)})


def _beat(intent: UUID, ended: threading.Event) -> None:
    try:
        while not ended.wait(settings.JOB_HEARTBEAT_S):
            if not _is_renewed(intent):
                log.warning("the deed of intent %s was taken for abandoned while it goes on", intent)
                return
    finally:
        connections.close_all()


def _is_renewed(intent: UUID) -> bool:
    lease_until = timezone.now() + timedelta(seconds=settings.JOB_LEASE_S)
    try:
        return IntentLease.objects.filter(intent=intent).update(lease_until=lease_until) == 1
    except DatabaseError as error:
        log.warning("sign of life of intent %s not written: %s", intent, type(error).__name__)
        connections.close_all()  # the next beat tries on a new connection
        return True
