"""Finds taken into a person's draft: covered, or left visible on record. What they decided before stays as it is."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from evidence.editing.drawing import EMPTY
from evidence.editing.errors import EditRefused
from evidence.editing.finds import Piece, Proposal, draft_rows
from evidence.editing.models import Detection, Draft
from evidence.editing.queries import proposals_of
from evidence.editing.services.drafts import draft_save
from evidence.http.errors import Fault
from evidence.identity.who import Who
from evidence.recordings.policy import RECORDINGS, Right


@transaction.atomic
def finds_take(
    *, who: Who, detection: Detection, effect: str, reason: str, chosen: Sequence[str] | None = None
) -> Draft:
    """Put finds into the asker's draft of that part, all that are not in it yet where `chosen` names none.

    Raises:
        Denied: no right to edit the recording.
        NotEditable, EditRefused: there is no such find, or the draft would be none any more.
    """
    recording = detection.recording
    RECORDINGS.require(who, Right.EDIT, recording)
    found = proposals_of(detection)
    unknown = set(chosen or ()) - {each.id for each in found}
    if unknown:
        detail = f"There is no find '{min(unknown)[:60]}' in this look. Ask for its tracks anew."
        raise EditRefused([Fault("/tracks", "find-unknown", detail)])
    rows = Draft.objects.select_for_update()
    draft = rows.filter(recording=recording, part=detection.part, person_id=who.person_id).first()
    content: dict[str, Any] = {**EMPTY, **(draft.content if draft is not None else {})}
    decided = {find for track in content["tracks"] for find in track.get("found", ())}
    first = _next_number(content["tracks"])
    wanted = [each for each in found if chosen is None or each.id in chosen]
    tracks = [(each, pieces) for each in wanted if (pieces := _undecided(each, decided))]
    more = [_track(each, pieces, f"t{first + at}", effect, reason) for at, (each, pieces) in enumerate(tracks)]
    return draft_save(
        who=who, recording=recording, content={**content, "tracks": [*content["tracks"], *more]}, part=detection.part
    )


def _undecided(proposal: Proposal, decided: set[str]) -> list[Piece]:
    """Its pieces that are in no track; one that goes on in a piece that was taken already goes on there no more."""
    after = [*(piece.id for piece in proposal.pieces[1:]), ""]
    return [
        Piece(piece.id, piece.rows, piece.is_carried and next_id not in decided)
        for piece, next_id in zip(proposal.pieces, after, strict=True)
        if piece.id not in decided
    ]


def _track(proposal: Proposal, pieces: Sequence[Piece], identifier: str, effect: str, reason: str) -> dict[str, Any]:
    samples, end = draft_rows(pieces)
    return {
        "id": identifier, "kind": proposal.kind, "effect": effect, "reason": reason, "keyframes": [],
        "samples": samples, "end": end, "found": [piece.id for piece in pieces], "found_by": proposal.found_by,
    }  # fmt: skip


def _next_number(tracks: Sequence[dict[str, Any]]) -> int:
    numbers = [int(track["id"][1:]) for track in tracks if str(track["id"])[1:].isdecimal()]
    return max(numbers, default=0) + 1
