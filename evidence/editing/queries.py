"""Reads of editing: the draft a person left."""

from evidence.editing.models import Draft
from evidence.editing.recount import Counted, counted_of, recounted
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import parts_of

WHOLE = 0
"""`Draft.part` of a drawing on all parts of a recording."""


def draft_part(recording: Recording, part: int | None) -> int:
    """Under which part a drawing is kept; None is all of it. A recording of one part has one drawing, however asked."""
    if part is not None:
        return part
    numbers = [each.number for each in parts_of(recording)]
    return numbers[0] if len(numbers) == 1 else WHOLE


def draft_of(who: Who, recording: Recording, part: int | None = None) -> Draft | None:
    """What this person has drawn on a part, or on all of it, and not thrown away; None when there is nothing.

    Where parts have arrived since, its frames are numbered anew, so that each still names the picture it was drawn on.

    Raises:
        Denied: no right to edit it.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    wanted = draft_part(recording, part)
    draft = Draft.objects.filter(recording=recording, part=wanted, person_id=who.person_id).first()
    if draft is not None and draft.counted:
        before: Counted = [(str(file), int(frames)) for file, frames in draft.counted]
        draft.content = recounted(draft.content, before, counted_of(recording))
    return draft
