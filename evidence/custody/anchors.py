"""Anchors: what somebody out of this database's reach keeps or says of a checkpoint. The sequencer asks for them.

Three kinds: a witness's cosignature (asked for here), a copy that is locked away (`anchoring.copying`), a timestamp
(`anchoring.stamping`). A witness cosigns a checkpoint only if it continues the last one it saw: from then on nobody,
with whatever key and database, can show it another history. A newcomer's trap: an anchor says nothing of whether the
log is right, only that there is one history and that it was there at that time.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence.custody.anchoring.named import authorities_named, bucket_named
from evidence.custody.checkpoints import head_last, places_of
from evidence.custody.errors import WitnessUnknown
from evidence.custody.models import Anchor, AnchorKind, LogKey, TreeHead
from evidence.custody.sequencing import tile_read
from evidence.custody.tree.note import COSIGNATURE, NoteInvalid, Verifier
from evidence.custody.tree.tiles import consistency_proof
from evidence.custody.witness.asking import cosignature_ask

TIMEOUT_S = 10.0
LATE = timedelta(minutes=5)
"""After which a checkpoint that is not anchored is told as a lag; of timestamps: so long after one was due."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a witness is asked, and the key by which its cosignatures are believed."""

    url: str
    verifier: Verifier


def witnesses_read() -> list[Witness]:
    """The witnesses that are configured: address and key, one after the other.

    Raises:
        WitnessUnknown: LOG_WITNESSES is not pairs of an address and a witness's key.
    """
    words = settings.LOG_WITNESSES.split()
    if len(words) % 2:
        raise WitnessUnknown("LOG_WITNESSES names an address and a key for each witness; one of them is missing.")
    found = []
    for url, key in zip(words[::2], words[1::2], strict=True):
        try:
            verifier = Verifier.read(key)
        except NoteInvalid as wrong:
            raise WitnessUnknown(f"LOG_WITNESSES: the key of {url} is none. {wrong}") from wrong
        if verifier.kind != COSIGNATURE or not url.startswith(("https://", "http://")):
            raise WitnessUnknown(f"LOG_WITNESSES: {url} needs an address with https and the key of a witness.")
        found.append(Witness(url, verifier))
    return found


def witnesses_publish(witnesses: Sequence[Witness]) -> None:
    """Keep their public keys for whoever checks a disc."""
    for witness in witnesses:
        text = witness.verifier.text
        if not LogKey.objects.filter(verifier=text).exists():
            LogKey.objects.create(verifier=text, at=timezone.now())


def anchor(witness: Witness) -> Anchor | None:
    """Have the newest checkpoint cosigned; None where this witness has done so already, or there is none.

    Raises:
        WitnessAway: it cannot be reached; ask again later.
        WitnessRefused: it sees another history, or does not know this log.
        WitnessAhead: it has seen a longer record than there is: this one was set back.
        TileMissing: the tree is damaged.
    """
    head, name = head_last(), witness.verifier.name
    asked = Anchor.objects.filter(kind=AnchorKind.WITNESS, name=name)
    if head is None or asked.filter(head=head).exists():
        return None
    before = asked.select_related("head").order_by("-head_id").first()
    signature = cosignature_ask(
        url=witness.url, witness=witness.verifier, note=head.note, size=head.size,
        old=before.head.size if before else 0, proof_of=partial(consistency_proof, cache(tile_read)),
        timeout_s=TIMEOUT_S,
    )  # fmt: skip
    with transaction.atomic():
        return Anchor.objects.create(
            head=head, kind=AnchorKind.WITNESS, name=name, proof=signature.line.encode(), at=timezone.now()
        )


def anchored(events: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these events are under a checkpoint that somebody outside has cosigned, stamped, or holds a locked copy
    of."""
    head = TreeHead.objects.filter(anchors__isnull=False).order_by("-id").first()
    if head is None:
        return frozenset()
    return frozenset(event for event, index in places_of(events).items() if index < head.size)


@dataclass(frozen=True, slots=True)
class AnchorState:
    """How far somebody outside has come. `size`, `at`: of the newest checkpoint they anchored, and when they did; None:
    none yet. `is_late`: a checkpoint has been waiting for them for too long."""

    kind: str
    name: str
    size: int | None
    at: datetime | None
    is_late: bool


def anchor_states() -> list[AnchorState]:
    """Of every witness, bucket and timestamping authority that is configured. Asks the database alone.

    Raises:
        WitnessUnknown, AnchorUnknown: a setting cannot be read.
    """
    bucket, stamped_every = bucket_named(), timedelta(seconds=settings.LOG_TIMESTAMP_EVERY_S)
    return [
        *(anchor_state(AnchorKind.WITNESS, each.verifier.name) for each in witnesses_read()),
        *([anchor_state(AnchorKind.COPY, bucket.name)] if bucket else []),
        *(anchor_state(AnchorKind.TIMESTAMP, each.name, LATE + stamped_every) for each in authorities_named()),
    ]


def anchor_state(kind: AnchorKind, name: str, late: timedelta = LATE) -> AnchorState:
    """Of one. `late`: for how long a checkpoint may wait."""
    last = Anchor.objects.filter(kind=kind, name=name).select_related("head").order_by("-head_id").first()
    waiting = TreeHead.objects.filter(id__gt=last.head_id if last else 0).order_by("id").first()
    is_late = waiting is not None and timezone.now() - waiting.at > late
    return AnchorState(str(kind), name, last.head.size if last else None, last.at if last else None, is_late)
