"""Reads of recordings: lists by right, search, files by role, what was watched. Never returns rows a policy bars."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from evidence.identity.who import Who
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import FileRole, Kind, Marker, Recording, RecordingFile, State
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.search import search_words

COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a person looks for; empty fields do not narrow."""

    text: str = ""
    kind: str = ""
    state: str = ""
    category: UUID | None = None
    officer: UUID | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    is_flagged: bool | None = None
    is_untagged: bool = False


def with_people(rows: QuerySet[Recording]) -> QuerySet[Recording]:
    """Join what every list shows."""
    return rows.select_related("officer", "unit", "camera", "category", "made_by", "parent")


def search(who: Who, criteria: Criteria) -> QuerySet[Recording]:
    """Recordings the asker may know of that match, newest first."""
    rows = RECORDINGS.rows(who, Right.LIST)
    for word in search_words(criteria.text):
        rows = rows.filter(search_text__contains=word)
    exact = {
        "kind": criteria.kind, "state": criteria.state, "category_id": criteria.category,
        "officer_id": criteria.officer, "recorded_at__gte": criteria.from_at, "recorded_at__lt": criteria.until_at,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if criteria.is_flagged is not None:
        rows = rows.filter(is_flagged=criteria.is_flagged)
    if criteria.is_untagged:
        rows = rows.filter(category=None, kind=Kind.MASTER)
    return with_people(rows).order_by("-recorded_at", "-id")


def count_capped(rows: QuerySet[Recording]) -> str:
    """How many, as shown: exact up to ten thousand, then '10,000+' (exact counts of millions take seconds)."""
    found = rows.order_by()[: COUNT_CAP + 1].count()
    return f"{COUNT_CAP:,}+" if found > COUNT_CAP else f"{found:,}"


def recording_for(who: Who, identifier: UUID, right: Right = Right.LIST) -> Recording:
    """The recording, if the asker has the right.

    Raises:
        RecordingMissing: there is none.
        Denied: there is, but not for them (shown as 'not found' unless they may know of it).
    """
    recording = with_people(Recording.objects.filter(pk=identifier)).first()
    if recording is None:
        raise RecordingMissing
    RECORDINGS.require(who, right, recording)
    return recording


def files_of(recording: Recording, *roles: FileRole) -> list[RecordingFile]:
    """The recording's files in these roles, by part."""
    return list(recording.files.filter(role__in=roles).select_related("stored").order_by("part"))


def original_file(recording: Recording, part: int = 1) -> RecordingFile:
    """The sealed bytes: the Master's part, or the working copy's file."""
    return recording.files.select_related("stored").get(role__in=[FileRole.MASTER, FileRole.COPY], part=part)


def viewing_files(recording: Recording) -> list[RecordingFile]:
    """What a browser plays, by part: the proxy where there is one, else the original."""
    by_part: dict[int, RecordingFile] = {}
    for file in files_of(recording, FileRole.MASTER, FileRole.COPY, FileRole.PROXY):
        if file.role == FileRole.PROXY or file.part not in by_part:
            by_part[file.part] = file
    return [by_part[part] for part in sorted(by_part)]


def markers_of(recording: Recording) -> QuerySet[Marker]:
    """Markers that were not removed, in time order."""
    return recording.markers.filter(removed_at=None).select_related("made_by")


def copies_of(who: Who, recording: Recording) -> QuerySet[Recording]:
    """Working copies of a recording that the asker may know of, newest first, with their files."""
    files = Prefetch("files", queryset=RecordingFile.objects.select_related("stored"))
    rows = RECORDINGS.rows(who, Right.LIST).filter(Q(parent=recording) | Q(origin=recording))
    return with_people(rows).prefetch_related(files).order_by("-received_at")


def queue_to_tag(who: Who) -> QuerySet[Recording]:
    """Own recordings without a category."""
    rows = Recording.objects.filter(officer_id=who.id, category=None, kind=Kind.MASTER)
    return with_people(rows).order_by("-recorded_at", "-id")


def queue_to_review(who: Who) -> QuerySet[Recording]:
    """Recordings of the units one supervises that nobody but their officer has opened yet."""
    rows = RECORDINGS.rows(who, Right.WATCH).filter(unit_id__in=who.supervised, kind=Kind.MASTER, state=State.PLAYABLE)
    return with_people(rows.exclude(playbacks__viewer_id=who.person_id)).order_by("-recorded_at", "-id")


def queue_flagged(who: Who) -> QuerySet[Recording]:
    """What a person has to look at: unknown officer or camera, odd clock, not playable."""
    rows = RECORDINGS.rows(who, Right.ANNOTATE).filter(
        Q(is_flagged=True) | Q(state=State.NOT_PLAYABLE), kind=Kind.MASTER
    )
    return with_people(rows).order_by("-recorded_at", "-id")
