"""Reads of editing: the draft a person left, what machines found, and what was said to proposals to mute."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from evidence.editing.errors import DetectionMissing
from evidence.editing.finds import Proposal, StretchFound, piece_id, proposals
from evidence.editing.footage import footage_of
from evidence.editing.models import Detection, DetectionStretch, Draft, MuteDecision
from evidence.editing.proposals import Proposal as MuteProposal
from evidence.editing.proposals import proposals_in
from evidence.editing.recount import Counted, counted_of, recounted
from evidence.identity.who import Who
from evidence.jobs.models import ENDED_BADLY, Job, JobState
from evidence.jobs.words import job_words
from evidence.recordings.hearing import words_on_line
from evidence.recordings.models import Recording, RecordingFile
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


def mute_proposals_of(recording: Recording, part: int | None = None, phrase: str = "") -> list[MuteProposal]:
    """What of the words of a part, or, for None, of all parts on their one time line, might have to be muted."""
    parts = [each for each in parts_of(recording) if part in {None, each.number}]
    return proposals_in(words_on_line(recording, parts) or (), phrase) if parts else []


def mutes_decided(recording: Recording, part: int | None = None) -> dict[str, bool]:
    """What was said to proposals to mute on a part, or on all of it, by their keys: whether accepted."""
    rows = MuteDecision.objects.filter(recording=recording, part=draft_part(recording, part))
    return {row.key: row.is_accepted for row in rows}


def detections_of(who: Who, recording: Recording, part: int = 1) -> QuerySet[Detection]:
    """The looks through a part, the one last asked for first.

    Raises:
        Denied: no right to edit it.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    rows = Detection.objects.select_related("job", "recording", "file")
    return rows.filter(recording=recording, file__part=part).order_by("-asked_at")


def detection_for(who: Who, recording: Recording, identifier: UUID) -> Detection:
    """One look.

    Raises:
        Denied: no right to edit the recording.
        DetectionMissing: the recording has no such look.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    rows = Detection.objects.select_related("job", "recording", "file")
    found = rows.filter(recording=recording, pk=identifier).first()
    if found is None:
        raise DetectionMissing
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How a look stands: `state` is `done`, `live`, `failed` or `cancelled`; stretches as (first, end, is ready)."""

    state: str
    words: str
    stretches: tuple[tuple[int, int, bool], ...]

    @property
    def ready(self) -> int:
        """How many stretches can be used."""
        return sum(is_ready for _, _, is_ready in self.stretches)


def standing_of(detection: Detection) -> Standing:
    """How a look stands, for whoever may edit the recording, whoever asked for it."""
    done = set(detection.stretches.values_list("seq", flat=True))
    stretches = tuple((row[0], row[1], seq in done) for seq, row in enumerate(detection.plan))
    job = detection.job
    if detection.finished_at is not None:
        return Standing("done", "All of it was looked at.", stretches)
    if job is None:
        return Standing("cancelled", "It was not looked through to the end. Ask for it again.", stretches)
    if job.state in ENDED_BADLY:
        state = "failed" if job.state == JobState.FAILED else "cancelled"
        return Standing(state, f"{job_words(job)[:1].upper()}{job_words(job)[1:]}", stretches)
    return Standing("live", job_words(job), stretches)


def proposals_of(detection: Detection) -> tuple[Proposal, ...]:
    """What was found so far, in frames.

    Raises:
        NotEditable: its frames are not counted any more.
    """
    footage = footage_of(detection.recording, detection.part)
    rows = [StretchFound(str(row.pk), row.seq, row.found["tracks"]) for row in detection.stretches.all()]
    return proposals(rows, detection.links, footage.index)


def finders_of(file: RecordingFile, finds: Iterable[str]) -> dict[str, str]:
    """Who found each of these finds in a file (NAME:VERSION:SHA256); what is no find in it is left out."""
    wanted = {find for find in finds if _stretch_id(find) is not None}
    stretches = DetectionStretch.objects.filter(
        pk__in={_stretch_id(find) for find in wanted}, detection__file=file
    )  # fmt: skip
    known = {
        piece_id(str(stretch.pk), number): str(track["found_by"])
        for stretch in stretches
        for number, track in enumerate(stretch.found["tracks"])
    }
    return {find: known[find] for find in wanted if find in known}


def following_for(who: Who, recording: Recording, identifier: UUID) -> Job:
    """A person's own following of a box in a recording.

    Raises:
        Denied: no right to edit the recording.
        DetectionMissing: there is none of theirs.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    found = Job.objects.filter(
        pk=identifier, kind="find.follow", subject_id=recording.pk, requested_by_id=who.person_id
    ).first()  # fmt: skip
    if found is None:
        raise DetectionMissing
    return found


def _stretch_id(find: str) -> UUID | None:
    try:
        return UUID(find.partition("/")[0])
    except ValueError:
        return None
