"""Deciding on proposals to mute: what is accepted goes into the person's draft, and each decision is kept.

A transcript is heard wrong often, so nothing is muted by itself: a person says yes or no to each, and may change
their mind.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.editing.drawing import EMPTY
from evidence.editing.errors import EditRefused
from evidence.editing.footage import Film, film_of
from evidence.editing.models import MuteDecision
from evidence.editing.proposals import Proposal
from evidence.editing.queries import draft_of, draft_part, mute_proposals_of
from evidence.editing.reasons import COVER_REASONS
from evidence.editing.services.drafts import draft_save
from evidence.http.errors import Fault
from evidence.identity.who import Who
from evidence.recordings.errors import TranscriptMissing
from evidence.recordings.models import FileRole, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import files_of
from evidence.recordings.services.hearing import transcript_read
from evidence.recordings.subjects import subject_of

MS = Fraction(1, 1000)


def mutes_decide(
    *, who: Who, recording: Recording, decisions: Mapping[str, bool], reason: str, phrase: str = "",
    part: int | None = None,
) -> int:  # fmt: skip
    """Accept (True) or refuse proposals by their keys; returns how many mutes were added to the person's draft.

    `part` None: those on the whole recording, into the drawing on all of it. `reason`: a code of COVER_REASONS, of each
    mute. What was accepted before and is refused now leaves the draft.

    Raises:
        Denied, NotEditable: as for any edit.
        EditRefused: a key names no proposal (the transcript or the phrase is another), or the reason is none.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.EDIT, recording)
        if reason not in dict(COVER_REASONS):
            raise EditRefused([Fault("/reason", "not-a-choice", "Say why it is muted: choose a reason.")])
        film = film_of(recording, part)
        known = {row.key: row for row in mute_proposals_of(recording, part, phrase)}
        gone = sorted(key for key in decisions if key not in known)
        if gone:
            detail = "The words were written down anew, or another phrase was looked for. Reload the page."
            raise EditRefused([Fault("/decisions", "not-a-proposal", detail)])
        if not decisions:
            return 0
        for key, is_accepted in decisions.items():
            _keep(who, recording, draft_part(recording, part), known[key], is_accepted=is_accepted)
        draft = draft_of(who, recording, part)
        decided = {frames_of(film, known[key]): yes for key, yes in decisions.items()}
        content, added = _muted(dict(draft.content) if draft is not None else dict(EMPTY), decided, reason)
        draft_save(who=who, recording=recording, content=content, part=part)
        deed.record(
            Verb.MUTES_DECIDED, subject_of(recording, *(footage.file for footage in film.parts)), rule=decision.rule,
            data={
                **_parts_told(film), "accepted": sum(decisions.values()),
                "refused": len(decisions) - sum(decisions.values()),
                "rules": sorted({known[key].rule for key in decisions}),
            },
        )  # fmt: skip
    return added


def mute_proposals_read(*, who: Who, recording: Recording, part: int | None = None, phrase: str = "") -> list[Proposal]:
    """The proposals of a part, or for None of all of it on its one time line, for whoever does not read them on a page
    under an open viewing. Writes an event for each part whose words are read.

    Raises:
        Denied: no right to edit or to watch it.
        TranscriptMissing: none of its words are written down.
    """
    with act(actor=who.actor):
        RECORDINGS.require(who, Right.EDIT, recording)
        written = {file.part for file in files_of(recording, FileRole.TRANSCRIPT)}
        read = sorted(written if part is None else written & {part})
        if not read:
            raise TranscriptMissing
        for number in read:
            transcript_read(who=who, recording=recording, part=number)
        return mute_proposals_of(recording, part, phrase)


def _parts_told(film: Film) -> dict[str, Any]:
    numbers = [footage.file.part for footage in film.parts]
    return {"part": numbers[0]} if len(numbers) == 1 else {"parts": numbers}


def _keep(who: Who, recording: Recording, part: int, row: Proposal, *, is_accepted: bool) -> None:
    MuteDecision.objects.update_or_create(
        recording=recording, part=part, rule=row.rule, start_ms=row.start_ms, end_ms=row.end_ms,
        defaults={"is_accepted": is_accepted, "made_by_id": who.person_id},
    )  # fmt: skip


def _muted(content: dict[str, Any], decided: Mapping[tuple[int, int], bool], reason: str) -> tuple[dict[str, Any], int]:
    """The draft with the stretches [first, end) that were accepted, without those refused; how many are new."""
    mutes = [dict(row) for row in content.get("mutes", [])]
    added = 0
    for (first, end), is_accepted in decided.items():
        same = [mute for mute in mutes if (mute["start_frame"], mute["end_frame"]) == (first, end)]
        if is_accepted and not same:
            mutes.append({"start_frame": first, "end_frame": end, "reason": reason})
            added += 1
        elif not is_accepted:
            mutes = [mute for mute in mutes if mute not in same]
    mutes.sort(key=lambda mute: (mute["start_frame"], mute["end_frame"]))
    return {**content, "mutes": mutes}, added


def frames_of(film: Film, row: Proposal) -> tuple[int, int]:
    """The frames on show during a proposal's stretch, the end not included."""
    first, last = (film.reel.frame_at(at_ms * MS) for at_ms in (row.start_ms, row.end_ms))
    return first, last + 1
