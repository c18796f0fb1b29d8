"""The seal over the records of a set: one signed checkpoint, and for each line the proof that leads to it.

It is the oldest checkpoint over all that is told and over the request for the set (of those that a witness has
cosigned, if there are any), so that the same set is sealed by the same one whenever it is made. A timestamp goes along
if that checkpoint has one, and has no say in which it is: the sequencer has that of each request stamped.
A newcomer's trap: the keys that go along are for convenience; whoever checks compares them with the published ones.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from evidence.cases.services import case_subject
from evidence.court.bundle.facts import Bundle
from evidence.court.models import DiscSet
from evidence.custody.checkpoints import head_over, is_awaiting_witness, keys_of, note_of, proofs_of
from evidence.custody.models import Anchor, AnchorKind
from evidence.custody.queries import subject_events
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.note import note_read
from evidence.custody.verbs import Verb
from evidence.recordings.policy import KIND

STAMPING_WITHIN = timedelta(days=1)
"""An authority that has not stamped anything for so long is not waited for."""


@dataclass(frozen=True, kw_only=True)
class Seal:
    """`checkpoint`: the signed note; `stamped`: the part of it that the log signed, which `timestamp` is of (RFC 3161,
    DER; b'' where there is none); `keys`: of the log and of its witnesses, `name+id+key`; `proofs`: one for every event
    that is told; `is_due`: a witness or a timestamp is still to come."""

    checkpoint: str
    stamped: str
    timestamp: bytes
    is_due: bool
    keys: tuple[str, ...]
    proofs: Mapping[UUID, Proof]

    @property
    def origin(self) -> str:
        """The name of the custody record in its checkpoints."""
        return Checkpoint.read(note_read(self.checkpoint).text).origin


def seal_of(bundle: Bundle) -> Seal | None:
    """The seal over every record of the set; None while an event of one is not under a signed checkpoint yet.

    Raises:
        TileMissing: the tree is damaged.
    """
    lengths = {step.recording_id: step.record_length for item in bundle.items for step in item.steps}
    events = [
        event
        for recording, length in lengths.items()
        for event in subject_events(KIND, recording).filter(subject_seq__lte=length).values_list("uuid", flat=True)
    ]
    head = head_over([*events, *_requests(bundle)])
    if head is None:
        return None
    # the first that came stays the first: anchors are only ever added
    stamp = head.anchors.filter(kind=AnchorKind.TIMESTAMP).order_by("id").first()
    return Seal(
        checkpoint=note_of(head), stamped=head.note, timestamp=bytes(stamp.proof) if stamp else b"",
        is_due=is_awaiting_witness(head) or (stamp is None and _is_stamping()),
        keys=tuple(key.text for key in keys_of(head)), proofs=proofs_of(events, head),
    )  # fmt: skip


def _requests(bundle: Bundle) -> list[UUID]:
    """The event of the request for the set: the newest that can be told of it, and where its timestamp is asked for."""
    case = DiscSet.objects.select_related("case").get(pk=bundle.set_id).case
    asked = subject_events(case_subject(case).kind, case.id).filter(verb=Verb.DISC_REQUESTED)
    told = {event.uuid: json.loads(bytes(event.body))["data"] for event in asked}
    return [uuid for uuid, data in told.items() if data.get("disc_set") == str(bundle.set_id)]


def _is_stamping() -> bool:
    """Whether an authority is at work, as the record tells: the settings of the sequencer are not known here."""
    last = Anchor.objects.filter(kind=AnchorKind.TIMESTAMP).order_by("-id").first()
    return last is not None and timezone.now() - last.at < STAMPING_WITHIN
