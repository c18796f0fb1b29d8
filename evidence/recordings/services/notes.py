"""What people add to a recording: markers, notes, category, incident, restriction. Each an act with its event."""

import math

from django.utils import timezone

from evidence.custody.parties import Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.errors import EditConflict, MarkerInvalid
from evidence.recordings.models import Category, Marker, Note, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import line_of, part_at, parts_of
from evidence.recordings.search import search_text
from evidence.recordings.services.copies import line_lock
from evidence.recordings.services.playback import playbacks_close_barred
from evidence.recordings.subjects import subject_of
from evidence.recordings.ways_in import ways_into


def marker_add(*, who: Who, recording: Recording, at_s: float, frame: int | None = None, text: str = "") -> Marker:
    """Put a marker at a time (seconds from the start) of a recording.

    Raises:
        Denied: no right to annotate it.
        MarkerInvalid: the time lies outside the recording.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.ANNOTATE, recording)
        end = recording.duration_s
        if not math.isfinite(at_s) or at_s < 0 or (end is not None and at_s > end + 1):
            raise MarkerInvalid(f"{at_s:g} s is not within the recording. Choose a time from 0 to {end or 0:.1f} s.")
        part = part_at(parts_of(recording), at_s)
        marker = Marker(
            recording=recording, at_s=at_s, frame=frame, text=text.strip(), made_by_id=who.person_id,
            part=part.number if part else None, part_at_s=max(0.0, at_s - part.offset_s) if part else None,
        )  # fmt: skip
        marker.full_clean()
        marker.save()
        deed.record(
            Verb.MARKER_ADDED, subject_of(recording), rule=decision.rule,
            data={"marker": str(marker.id), "at_ms": round(at_s * 1000), "part": marker.part},
        )  # fmt: skip
    return marker


def marker_remove(*, who: Who, marker: Marker) -> None:
    """Take a marker away; it stays in the table and in the record."""
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.ANNOTATE, marker.recording)
        changed = Marker.objects.filter(pk=marker.pk, removed_at=None).update(removed_at=timezone.now())
        if changed:
            deed.record(
                Verb.MARKER_REMOVED, subject_of(marker.recording), rule=decision.rule, data={"marker": str(marker.id)}
            )


def note_add(*, who: Who, recording: Recording, text: str) -> Note:
    """Write a note on a recording."""
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.ANNOTATE, recording)
        note = Note(recording=recording, text=text.strip(), made_by=Person.objects.get(pk=who.person_id))
        note.full_clean()
        note.save()
        deed.record(Verb.NOTE_ADDED, subject_of(recording), rule=decision.rule, data={"note": str(note.id)})
    return note


def details_change(
    *, who: Who, recording: Recording, version: int, category: Category | None, title: str, incident_ref: str
) -> Recording:
    """Set category, title and incident. `version` is the one the person saw.

    Raises:
        EditConflict: somebody changed it since.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.ANNOTATE, recording)
        row = Recording.objects.select_for_update().get(pk=recording.pk)
        if row.version != version:
            raise EditConflict
        changed = [
            name
            for name, value in (
                ("category", category),
                ("title", title.strip()),
                ("incident_ref", incident_ref.strip()),
            )
            if getattr(row, name) != value
        ]
        if not changed:
            return row
        row.category, row.title, row.incident_ref = category, title.strip(), incident_ref.strip()
        row.version += 1
        row.search_text = search_text(row)
        row.full_clean(validate_constraints=False)
        row.save()
        verb = Verb.CATEGORY_CHANGED if changed == ["category"] else Verb.DETAILS_CHANGED
        deed.record(
            verb, subject_of(row), rule=decision.rule,
            data={"changed": changed, "category": str(category.id) if category else None, "version": row.version},
        )  # fmt: skip
    return row


def restriction_set(*, who: Who, recording: Recording, is_restricted: bool, reason: str) -> None:
    """Restrict a recording, or lift it: on the Master and on every working copy of it alike.

    A restriction suspends all that was given beyond the access list (`policy.beyond_list`); the record says how much,
    and who watches without a place on the list stops at once.

    Raises:
        Denied: no right to restrict it.
        ReasonMissing: none was given.
    """
    if not reason.strip():
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason.strip())) as deed:
        decision = RECORDINGS.require(who, Right.RESTRICT, recording)
        line_lock(recording)
        for row in line_of(recording).select_for_update().exclude(is_restricted=is_restricted):
            Recording.objects.filter(pk=row.pk).update(is_restricted=is_restricted)
            deed.record(
                Verb.RESTRICTION_CHANGED, subject_of(row), rule=decision.rule,
                data={"is_restricted": is_restricted, "ways_in": dict(ways_into([row.pk]))},
            )  # fmt: skip
            if is_restricted:
                playbacks_close_barred(recording=row)
