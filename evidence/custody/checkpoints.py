"""Signed checkpoints: made after each batch and at least hourly, so that a gap is itself evidence; and proofs to them.

Nothing is signed that is smaller than, or does not continue, what was signed before: neither what the database says
was signed, nor what the key remembers, nor the newest copy that was locked away outside.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from evidence.custody.errors import TreeRefused
from evidence.custody.models import AnchorKind, Event, Leaf, LogKey, TreeHead
from evidence.custody.sequencing import tile_read, tree_size
from evidence.custody.signing import Signer
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.note import COSIGNATURE, ED25519, Verifier, note_read
from evidence.custody.tree.tiles import inclusion_proof, root_of

AT_LEAST_EVERY = timedelta(hours=1)
_AT_ONCE = 500
log = logging.getLogger(__name__)


def checkpoint_make(signer: Signer, outside: Sequence[Checkpoint] = ()) -> TreeHead | None:
    """Sign the tree as it is now; None where nothing came since the last time and that is less than an hour ago.
    `outside`: what this log is known to have signed, from where nobody here can change it.

    Raises:
        TreeRefused: the tree does not continue what was signed before.
        TileMissing: the tree is damaged.
    """
    with transaction.atomic():
        size, last = tree_size(), head_last()
        now = timezone.now()
        if last is not None and now < last.at:
            log.error("the clock went back: it is %s, and a checkpoint was signed at %s", now, last.at)
        # a clock that went back must not keep the hourly checkpoint away until it has caught up
        if last is not None and size == last.size and abs(now - last.at) < AT_LEAST_EVERY:
            return None
        for before in (*signer.remembered(), *_stated(last), *outside):
            continues_require(before, size)
        checkpoint = Checkpoint(signer.origin, size, root_of(tile_read, size))
        return TreeHead.objects.create(size=size, root=checkpoint.root, at=now, note=signer.sign(checkpoint))


def key_publish(signer: Signer) -> None:
    """Keep the public keys for whoever checks the record. The sequencer does so before it signs anything."""
    for verifier in signer.verifiers:
        if not LogKey.objects.filter(verifier=verifier.text).exists():
            LogKey.objects.create(verifier=verifier.text, at=timezone.now())


def keys_known() -> list[LogKey]:
    """Every key of the log that ever signed, the newest last."""
    return [key for key in LogKey.objects.all() if Verifier.read(key.verifier).kind == ED25519]


def witnesses_known() -> list[LogKey]:
    """Every witness that was ever asked."""
    return [key for key in LogKey.objects.all() if Verifier.read(key.verifier).kind == COSIGNATURE]


def note_of(head: TreeHead) -> str:
    """The checkpoint as it leaves the force: signed by the log, and by each witness that has cosigned it."""
    witnesses = head.anchors.filter(kind=AnchorKind.WITNESS).order_by("name")
    return head.note + "".join(bytes(proof).decode() for proof in witnesses.values_list("proof", flat=True))


def keys_of(head: TreeHead) -> list[Verifier]:
    """The keys under whose name a checkpoint is signed, the log's first. That they did is for the reader to check."""
    claimed = {(each.name, each.key_id) for each in note_read(note_of(head)).signatures}
    keys = [Verifier.read(key.verifier) for key in LogKey.objects.all()]
    return sorted((key for key in keys if (key.name, key.key_id) in claimed), key=lambda key: key.kind)


def head_last() -> TreeHead | None:
    """The newest checkpoint."""
    return TreeHead.objects.order_by("-id").first()


def head_over(events: Sequence[UUID]) -> TreeHead | None:
    """The oldest checkpoint over all of these events that a witness has cosigned, or else the oldest, so that it is the
    same whenever it is asked for; None while one of them is under none. Other anchors have no say: they come later."""
    places = places_of(events)
    if len(places) < len(set(events)):
        return None
    over = TreeHead.objects.filter(size__gt=max(places.values(), default=-1)).order_by("id")
    return over.filter(anchors__kind=AnchorKind.WITNESS).first() or over.first()


def is_awaiting_witness(head: TreeHead) -> bool:
    """Whether a witness is known, and none has cosigned this checkpoint yet."""
    return bool(witnesses_known()) and not head.anchors.filter(kind=AnchorKind.WITNESS).exists()


def proofs_of(events: Sequence[UUID], head: TreeHead | None = None) -> dict[UUID, Proof]:
    """That events are in the tree, under `head` or else the newest checkpoint; those that are not are left out.

    Raises:
        TileMissing: the tree is damaged.
    """
    head = head or head_last()
    if head is None:
        return {}
    read, note = cache(tile_read), note_of(head)
    return {
        event: Proof(index, tuple(inclusion_proof(read, index, head.size)), note)
        for event, index in places_of(events).items()
        if index < head.size
    }


def sealed(events: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these events are under a signed checkpoint."""
    head = head_last()
    if head is None:
        return frozenset()
    return frozenset(event for event, index in places_of(events).items() if index < head.size)


def places_of(events: Sequence[UUID]) -> dict[UUID, int]:
    """The place in the tree of each event that has one."""
    found: dict[UUID, int] = {}
    for at in range(0, len(events), _AT_ONCE):
        positions = dict(Event.objects.filter(uuid__in=events[at : at + _AT_ONCE]).values_list("position", "uuid"))
        leaves = Leaf.objects.filter(position__in=list(positions)).values_list("position", "index")
        found |= {positions[position]: index for position, index in leaves}
    return found


def continues_require(before: Checkpoint, size: int) -> None:
    """See that the tree, of `size` entries, continues what was signed before.

    Raises:
        TreeRefused: it is shorter, or another.
        TileMissing: the tree is damaged.
    """
    if size < before.size:
        raise TreeRefused(
            f"The record has {size:,} events in its tree, and a checkpoint over {before.size:,} was signed before. It "
            "was set back or cut. Nothing is signed: find out what happened, and bring the missing events back."
        )
    if root_of(tile_read, before.size) != before.root:
        raise TreeRefused(
            f"The first {before.size:,} events are not those that were signed: the record was changed. Nothing is "
            "signed: run `manage.py verify_custody`, which names the place."
        )


def _stated(head: TreeHead | None) -> list[Checkpoint]:
    return [] if head is None else [Checkpoint("", head.size, bytes(head.root))]
