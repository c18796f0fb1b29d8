"""Reads of editing: the draft a person left, and what was said to proposals to mute."""

from evidence.editing.models import Draft, MuteDecision
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right


def draft_of(who: Who, recording: Recording, part: int = 1) -> Draft | None:
    """What this person has drawn on a part and not thrown away; None when there is nothing.

    Raises:
        Denied: no right to edit it.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    return Draft.objects.filter(recording=recording, part=part, person_id=who.person_id).first()


def mutes_decided(recording: Recording, part: int = 1) -> dict[str, bool]:
    """What was said to proposals to mute on a part, by their keys: whether accepted."""
    rows = MuteDecision.objects.filter(recording=recording, part=part)
    return {row.key: row.is_accepted for row in rows}
