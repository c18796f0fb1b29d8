"""Signed checkpoints: made after each batch and at least hourly, so that a gap is itself evidence; and proofs to them.

Nothing is signed that is smaller than, or does not continue, what was signed before: neither what the database says
was signed, nor what the key remembers.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from evidence.custody.errors import TreeRefused
from evidence.custody.models import Event, Leaf, TreeHead
from evidence.custody.sequencing import tile_read, tree_size
from evidence.custody.signing import Signer
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.tiles import inclusion_proof, root_of

AT_LEAST_EVERY = timedelta(hours=1)
_AT_ONCE = 500


def checkpoint_make(signer: Signer) -> TreeHead | None:
    """Sign the tree as it is now; None where nothing came since the last time and that is less than an hour ago.

    Raises:
        TreeRefused: the tree does not continue what was signed before.
        TileMissing: the tree is damaged.
    """
    with transaction.atomic():
        size, last = tree_size(), head_last()
        now = timezone.now()
        if last is not None and size == last.size and now - last.at < AT_LEAST_EVERY:
            return None
        for before in filter(None, (signer.last(), _stated(last))):
            _continues(before, size)
        checkpoint = Checkpoint(signer.origin, size, root_of(tile_read, size))
        return TreeHead.objects.create(size=size, root=checkpoint.root, at=now, note=signer.sign(checkpoint))


def head_last() -> TreeHead | None:
    """The newest checkpoint."""
    return TreeHead.objects.order_by("-id").first()


def proofs_of(events: Sequence[UUID]) -> dict[UUID, Proof]:
    """That events are in the tree, under the newest checkpoint; those that are not sealed yet are left out.

    Raises:
        TileMissing: the tree is damaged.
    """
    head = head_last()
    if head is None:
        return {}
    read = cache(tile_read)
    return {
        event: Proof(index, tuple(inclusion_proof(read, index, head.size)), head.note)
        for event, index in _places(events).items()
        if index < head.size
    }


def sealed(events: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these events are under a signed checkpoint."""
    head = head_last()
    if head is None:
        return frozenset()
    return frozenset(event for event, index in _places(events).items() if index < head.size)


def _places(events: Sequence[UUID]) -> dict[UUID, int]:
    """The place of each event that has one."""
    found: dict[UUID, int] = {}
    for at in range(0, len(events), _AT_ONCE):
        positions = dict(Event.objects.filter(uuid__in=events[at : at + _AT_ONCE]).values_list("position", "uuid"))
        leaves = Leaf.objects.filter(position__in=list(positions)).values_list("position", "index")
        found |= {positions[position]: index for position, index in leaves}
    return found


def _stated(head: TreeHead | None) -> Checkpoint | None:
    return None if head is None else Checkpoint("", head.size, bytes(head.root))


def _continues(before: Checkpoint, size: int) -> None:
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
