"""The seal over the records of a set: one signed checkpoint, and for each line the proof that leads to it.

It is the oldest checkpoint over all that is told (of those that a witness has cosigned, if there are any), so that the
same set is sealed by the same one whenever it is made.
A newcomer's trap: the keys that go along are for convenience; whoever checks compares them with the published ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from evidence.court.bundle.facts import Bundle
from evidence.custody.checkpoints import head_over, keys_of, note_of, proofs_of, witnesses_known
from evidence.custody.queries import subject_events
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.note import note_read
from evidence.recordings.policy import KIND


@dataclass(frozen=True, kw_only=True)
class Seal:
    """`checkpoint`: the signed note; `keys`: of the log and of its witnesses, `name+id+key`; `proofs`: one for every
    event that is told; `is_due`: a witness is known and has not cosigned yet."""

    checkpoint: str
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
    head = head_over(events)
    if head is None:
        return None
    is_due = bool(witnesses_known()) and not head.anchors.exists()
    keys = tuple(key.text for key in keys_of(head))
    return Seal(checkpoint=note_of(head), is_due=is_due, keys=keys, proofs=proofs_of(events, head))
