"""A working copy comes into being: its row, its bytes, its parentage, and an event on both it and its parent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.custody.parties import Actor, Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.search import search_text
from evidence.recordings.subjects import subject_of
from evidence.vault.services import Put, object_register


@dataclass(frozen=True, slots=True)
class Making:
    """How a working copy was made. `recipe` and `statement` are canonical data; their hash goes into the record."""

    kind: Kind
    recipe: Mapping[str, Any]
    recipe_sha256: str
    statement: Mapping[str, Any]
    statement_sha256: str
    reason: str
    title: str
    media_type: str


def line_lock(recording: Recording) -> None:
    """Let one after the other change what a line consists of or who may see it. Inside the caller's transaction.

    Only what is asked in a statement after this one is sure to see what the one before has committed: on PostgreSQL a
    statement that waited goes on with what it saw when it began.
    """
    Recording.objects.select_for_update().get(pk=recording.origin_id or recording.pk)


def copy_register(
    *, source: RecordingFile, put: Put, making: Making, actor: Actor, made_by: Person,
    more: Sequence[RecordingFile] = (),
) -> RecordingFile:  # fmt: skip
    """Register a rendered working copy of `source`'s recording; officer, unit and restriction come from it.

    `more`: further parts of the same recording that it was made from, in order.
    Called inside the job's finishing transaction; the copy is visible only when that commits.
    """
    with act(actor=actor, reason=Reason(text=making.reason or None)) as deed:
        line_lock(source.recording)
        parent = Recording.objects.select_for_update().get(pk=source.recording_id)
        recording = Recording(
            kind=making.kind, parent=parent, origin=parent.origin or parent, title=making.title,
            officer=parent.officer, unit=parent.unit, camera=parent.camera, category=parent.category,
            incident_ref=parent.incident_ref, recorded_at=parent.recorded_at,
            recorded_at_source=parent.recorded_at_source, is_restricted=parent.is_restricted,
            recipe=dict(making.recipe), recipe_sha256=making.recipe_sha256, parent_sha256=source.sha256,
            statement=dict(making.statement), reason=making.reason, made_by=made_by,
        )  # fmt: skip
        recording.full_clean()
        recording.save()
        file = RecordingFile.objects.create(
            recording=recording, role=FileRole.COPY, stored=object_register(put), media_type=making.media_type
        )
        recording.search_text = search_text(recording)
        recording.save(update_fields=["search_text"])
        facts: dict[str, object] = {
            "kind": making.kind.value, "recipe_sha256": making.recipe_sha256,
            "statement_sha256": making.statement_sha256, "parent": str(parent.id), "parent_sha256": source.sha256,
        }  # fmt: skip
        if more:
            facts["further_parents_sha256"] = [each.sha256 for each in more]
        deed.record(Verb.COPY_SEALED, subject_of(recording, file), rule="job:copy", data=facts)
        deed.record(
            Verb.COPY_MADE, subject_of(parent, source, *more), rule="job:copy",
            data={"kind": making.kind.value, "recipe_sha256": making.recipe_sha256},
        )  # fmt: skip
    return file
