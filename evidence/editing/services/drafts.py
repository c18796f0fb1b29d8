"""Drafts: saved while a person draws, so that a closed lid loses nothing. No copy is made and no event written."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from evidence.editing.drawing import drawing_read
from evidence.editing.errors import EditRefused
from evidence.editing.footage import part_wanted
from evidence.editing.models import Draft
from evidence.editing.queries import WHOLE, draft_part
from evidence.editing.recount import counted_of
from evidence.http.errors import Fault
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right

CONTENT_MAX_BYTES = 2_000_000


def draft_save(*, who: Who, recording: Recording, content: Mapping[str, Any], part: int | None = None) -> Draft:
    """Keep what a person has drawn so far, in place of what was kept before. `part` None: on the whole recording.

    Unfinished is fine (a track without an end); what this version could not read again is not.

    Raises:
        Denied: no right to edit it.
        EditRefused: it is no draft of version 1, or too large.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    kept_as = draft_part(recording, part)
    if kept_as != WHOLE:
        part_wanted(recording, kept_as)
    if len(json.dumps(content)) > CONTENT_MAX_BYTES:
        raise EditRefused([Fault("", "too-large", "This drawing is too large to be kept. Make the copy in two parts.")])
    drawing_read(content)
    draft, _ = Draft.objects.update_or_create(
        recording=recording, part=kept_as, person_id=who.person_id,
        defaults={
            "content": dict(content), "saved_at": timezone.now(),
            "counted": counted_of(recording) if kept_as == WHOLE else [],
        },
    )  # fmt: skip
    return draft


def draft_discard(*, who: Who, recording: Recording, part: int | None = None) -> None:
    """Throw away what this person has drawn on a part, or on the whole recording."""
    RECORDINGS.require(who, Right.EDIT, recording)
    Draft.objects.filter(recording=recording, part=draft_part(recording, part), person_id=who.person_id).delete()
