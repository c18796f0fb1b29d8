"""Reads of recordings: lists by right, search, files by role, what was watched. Never returns rows a policy bars."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from evidence.identity.who import Who
from evidence.jobs.models import ENDED_BADLY, LIVE, Job
from evidence.jobs.queries import jobs_of
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import FileRole, Kind, Marker, PlaybackSession, Recording, RecordingFile, State
from evidence.recordings.policy import KIND, RECORDINGS, Right
from evidence.recordings.search import search_words

COUNT_CAP = 10_000
_ROUNDING_S = 1e-6


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a person looks for; empty fields do not narrow. `waits`: a key of `WAITING`."""

    text: str = ""
    kind: str = ""
    state: str = ""
    category: UUID | None = None
    officer: UUID | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    waits: str = ""
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
    if criteria.waits:
        rows = rows.filter(pk__in=WAITING[criteria.waits](who).order_by().values("pk"))
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


def line_of(recording: Recording) -> QuerySet[Recording]:
    """The Master and every working copy of it: what a restriction travels along."""
    origin_id = recording.origin_id or recording.id
    return Recording.objects.filter(Q(pk=origin_id) | Q(origin_id=origin_id))


def files_of(recording: Recording, *roles: FileRole) -> list[RecordingFile]:
    """The recording's files in these roles, by part."""
    return list(recording.files.filter(role__in=roles).select_related("stored").order_by("part"))


def original_file(recording: Recording, part: int = 1) -> RecordingFile:
    """The sealed bytes: the Master's part, or the working copy's file."""
    return recording.files.select_related("stored").get(role__in=[FileRole.MASTER, FileRole.COPY], part=part)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a recording: its sealed original, what browsers are shown of it, and how it stands.

    `offset_s`: what to add to its own shown seconds to have those of the whole recording, in which each part's pictures
    begin where those of the part before end. A part that cannot be played takes no time there. `said`: for people, why
    it cannot be played, or what is odd about it.
    """

    number: int
    original: RecordingFile
    proxy: RecordingFile | None
    state: State
    said: str
    offset_s: float

    @property
    def viewing(self) -> RecordingFile | None:
        """What a browser plays: the proxy where there is one, else the original; None while it cannot be played."""
        if self.state != State.PLAYABLE:
            return None
        return self.proxy or self.original


def parts_of(recording: Recording) -> list[Part]:
    """The parts in order."""
    originals: dict[int, RecordingFile] = {}
    proxies: dict[int, RecordingFile] = {}
    for file in files_of(recording, FileRole.MASTER, FileRole.COPY, FileRole.PROXY):
        (proxies if file.role == FileRole.PROXY else originals)[file.part] = file
    parts: list[Part] = []
    end_s: Fraction | None = None
    for number in sorted(originals):
        original, proxy = originals[number], proxies.get(number)
        state, said = _part_state(original, is_proxied=proxy is not None)
        first_s, last_s = original.pictures_s or (Fraction(0), Fraction(original.duration_s or 0.0))
        offset_s = Fraction(0) if end_s is None else end_s - first_s
        parts.append(Part(number, original, proxy, state, said, float(offset_s)))
        if state == State.PLAYABLE:
            end_s = offset_s + last_s
    return parts


def part_at(parts: Sequence[Part], at_s: float) -> Part | None:
    """The part that shows a second of the whole recording; None where nothing can be played."""
    shown = [part for part in parts if part.viewing is not None]
    begun = [part for part in shown if part.offset_s <= at_s + _ROUNDING_S]
    return next(iter(begun[-1:] or shown), None)


def _part_state(original: RecordingFile, *, is_proxied: bool) -> tuple[State, str]:
    findings = " ".join(original.findings)
    if original.trouble:
        return State.NOT_PLAYABLE, original.trouble
    if is_proxied or original.way == "direct":
        return State.PLAYABLE, findings
    if original.way == "none":
        return State.NOT_PLAYABLE, findings or original.because
    return State.PREPARING, findings or original.because


def parts_without_index(recording: Recording) -> list[Part]:
    """Parts that cannot be played because their index was never written: they may be salvaged."""
    return [part for part in parts_of(recording) if part.original.lost_its_index]


def viewing_files(recording: Recording) -> list[RecordingFile]:
    """What a browser plays, by part: the proxy where there is one, else the original; not the unplayable parts."""
    return [part.viewing for part in parts_of(recording) if part.viewing is not None]


def markers_of(recording: Recording) -> QuerySet[Marker]:
    """Markers that were not removed, in time order."""
    return recording.markers.filter(removed_at=None).select_related("made_by")


def marker_of(recording: Recording, marker_id: UUID) -> Marker:
    """A marker of a recording.

    Raises:
        RecordingMissing: it has no such marker.
    """
    marker = Marker.objects.select_related("recording").filter(pk=marker_id, recording=recording).first()
    if marker is None:
        raise RecordingMissing
    return marker


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
    """What a person has to look at: unknown officer or camera, odd clock, not playable, damaged in the vault.

    Working copies are in it for what happened to them in the vault alone.
    """
    rows = RECORDINGS.rows(who, Right.ANNOTATE).filter(
        Q(is_flagged=True) | Q(state=State.NOT_PLAYABLE, kind=Kind.MASTER)
    )
    return with_people(rows).order_by("-recorded_at", "-id")


WAITING: dict[str, Callable[[Who], QuerySet[Recording]]] = {
    "to-tag": queue_to_tag, "to-review": queue_to_review, "flagged": queue_flagged,
}  # fmt: skip
"""The queue's sections of recordings by key: what the queue shows the top of, Find lists whole."""


def preparation_job(recording: Recording) -> Job | None:
    """Of the jobs that prepare it (looking, or making a proxy) the one to speak of: under way, else ended badly, else
    the newest; None where there was never one. Of two parts the first may have failed and the second not.
    """
    jobs = list(jobs_of(KIND, recording.id).filter(kind__in=["recording.prepare", "recording.proxy"]))
    return next((job for states in (LIVE, ENDED_BADLY) for job in jobs if job.state in states), next(iter(jobs), None))


def role_exists(recording: Recording, role: FileRole, part: int) -> bool:
    """True when a part has a file in this role."""
    return recording.files.filter(role=role, part=part).exists()


def seen_by(who: Who, recording: Recording, part: Part) -> list[list[float]]:
    """Stretches of a part that this person has watched before, in seconds from the part's start, as they were noted."""
    begin_s, length_s = part.offset_s, part.original.duration_s or float("inf")
    found = PlaybackSession.objects.filter(recording=recording, viewer_id=who.person_id)
    stretches = [pair for watched in found.values_list("watched", flat=True) for pair in watched]
    local = ((start - begin_s, end - begin_s) for start, end in stretches)
    return sorted([max(0.0, start), min(end, length_s)] for start, end in local if end > 0 and start < length_s)


def files_with_bytes(recording: Recording) -> list[RecordingFile]:
    """Every file of a recording with its size and hash: originals first, then what was derived, by part."""
    rows = recording.files.select_related("stored").order_by("part", "created_at")
    originals = {FileRole.MASTER, FileRole.COPY}
    return sorted(rows, key=lambda file: (file.role not in originals, file.part))


def parent_for(who: Who, recording: Recording) -> Recording | None:
    """What a working copy was made from, where the asker may know of it."""
    if recording.parent_id is None:
        return None
    return with_people(RECORDINGS.rows(who, Right.LIST)).filter(pk=recording.parent_id).first()
