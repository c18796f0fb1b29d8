"""Reads of alignment: which recordings could lie beside one, and by how much they are known to begin after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from evidence.alignment.errors import AlignmentMissing, NotAPair
from evidence.alignment.models import Alignment, Source, State
from evidence.cases.models import Exhibit
from evidence.http.templatetags.words import when
from evidence.identity.who import Who
from evidence.jobs.models import LIVE, Job
from evidence.jobs.queries import jobs_of
from evidence.recordings.models import Kind, Recording
from evidence.recordings.models import State as RecordingState
from evidence.recordings.policy import KIND, RECORDINGS, Right
from evidence.recordings.queries import recording_for, with_people

JOB_KIND = "alignment.listen"
MOST = 4
OFFERED = 20
DAY = timedelta(days=1)
_UNTOLD = "received"


@dataclass(frozen=True, slots=True)
class Standing:
    """By how much `other` begins after the first recording, as it is shown: never more than is known.

    `offset_ms` None: nobody knows, and both are shown from their beginning. `source`: hand, sound or clock, or ''.
    `proposal`: what the sound says and nobody has decided; `newest`: what came of listening last; `job`: under way.
    """

    other: Recording
    offset_ms: int | None
    source: str
    said: str
    confidence_pct: int | None = None
    proposal: Alignment | None = None
    proposal_ms: int | None = None
    newest: Alignment | None = None
    job: Job | None = None


def group_for(who: Who, first: UUID, others: Sequence[UUID]) -> list[Recording]:
    """The recordings that are to lie beside one another, each of which the asker may watch.

    Raises:
        RecordingMissing, Denied: one of them.
        NotAPair: one twice, too many, or one that is a still.
    """
    if first in others or len(set(others)) != len(others):
        raise NotAPair("A recording cannot be set beside itself. Choose each once.")
    if len(others) >= MOST:
        raise NotAPair(f"At most {MOST} recordings are shown beside one another. Choose fewer.")
    found = [recording_for(who, each, Right.WATCH) for each in (first, *others)]
    if any(each.kind == Kind.STILL for each in found):
        raise NotAPair("A still is one moment: there is nothing to play beside it.")
    return found


def pair_for(who: Who, one: UUID, other: UUID, right: Right = Right.WATCH) -> tuple[Recording, Recording]:
    """Two recordings that the asker may watch, and has this right to; asked before anything that was sent is read.

    Raises:
        RecordingMissing, Denied: one of them.
        NotAPair: the same twice, or one that is a still.
    """
    first, second = group_for(who, one, [other])
    for each in (first, second):
        RECORDINGS.require(who, right, each)
    return first, second


def others_of(who: Who, recording: Recording) -> list[Recording]:
    """What could show the same incident and the asker may watch: the same incident or case, or the same time by the
    clocks; nearest in time first."""
    cases = Exhibit.objects.filter(recording=recording, withdrawn_at=None).values("case")
    exhibits = Exhibit.objects.filter(case__in=cases, withdrawn_at=None).values("recording")
    begins, ends = recording.recorded_at, _end_of(recording)
    near = Q(recorded_at__lt=ends, recorded_at__gt=begins - DAY, kind=Kind.MASTER)
    same = Q(pk__in=exhibits) | near
    if recording.incident_ref:
        same |= Q(incident_ref__iexact=recording.incident_ref)
    rows = with_people(RECORDINGS.rows(who, Right.WATCH).filter(same, state=RecordingState.PLAYABLE))
    found = rows.exclude(pk=recording.pk).exclude(kind=Kind.STILL).order_by("-recorded_at")[:500]
    is_bound = set(Exhibit.objects.filter(case__in=cases).values_list("recording_id", flat=True))
    shown = [row for row in found if row.pk in is_bound or _is_same(row, recording) or _end_of(row) > begins]
    return sorted(shown, key=lambda row: abs(row.recorded_at - begins))[:OFFERED]


def _is_same(row: Recording, recording: Recording) -> bool:
    return bool(recording.incident_ref) and row.incident_ref.casefold() == recording.incident_ref.casefold()


def _end_of(recording: Recording) -> datetime:
    return recording.recorded_at + timedelta(seconds=recording.duration_s or 0.0)


def clock_ms(one: Recording, other: Recording) -> int | None:
    """By how much `other` begins after `one` by their cameras' clocks, put right where they are known to be off; None
    where nobody told when one of them was recorded."""
    if _UNTOLD in (one.recorded_at_source, other.recorded_at_source):
        return None
    apart = other.recorded_at - one.recorded_at
    return round(apart.total_seconds() * 1000) - 1000 * (_fast_s(other) - _fast_s(one))


def _fast_s(recording: Recording) -> int:
    return (recording.camera.clock_fast_s or 0) if recording.camera else 0


def pair_rows(one: Recording, other: Recording) -> QuerySet[Alignment]:
    """All rows of a pair, in either direction, newest first."""
    return Alignment.objects.filter(Q(one=one, other=other) | Q(one=other, other=one)).select_related("decided_by")


def offset_from(row: Alignment, one: Recording) -> int:
    """A row's offset as told from `one`."""
    assert row.offset_ms is not None  # noqa: S101 - a constraint holds it for all that was found
    return row.offset_ms if row.one_id == one.pk else -row.offset_ms


def standing_of(one: Recording, other: Recording) -> Standing:
    """How a pair stands."""
    rows = list(pair_rows(one, other))
    held = max((row for row in rows if row.state == State.ACCEPTED), key=lambda row: row.decided_at or row.made_at,
               default=None)  # fmt: skip
    heard = next((row for row in rows if row.source == Source.SOUND), None)
    proposal = heard if heard is not None and heard.state == State.PROPOSED else None
    standing = _held(one, other, held) if held is not None else _by_clock(one, other)
    return replace(
        standing, proposal=proposal, proposal_ms=offset_from(proposal, one) if proposal else None, newest=heard,
        job=job_live(one, other),
    )  # fmt: skip


def _held(one: Recording, other: Recording, held: Alignment) -> Standing:
    who = f"{held.decided_by.label}, {when(held.decided_at)}" if held.decided_by else "nobody on record"
    said = f"Set by hand by {who}: {held.said}" if held.source == Source.HAND else f"{held.said} Accepted by {who}."
    return Standing(other, offset_from(held, one), held.source, said, held.confidence_pct)


def _by_clock(one: Recording, other: Recording) -> Standing:
    by_clock = clock_ms(one, other)
    if by_clock is None:
        said = "Nobody told when one of them was recorded, so both are shown from their beginning."
        return Standing(other, None, "", said)
    said = "By the clocks of the cameras, which tell whole seconds and may be off by more. Nobody has checked it."
    return Standing(other, by_clock, "clock", said)


def job_live(one: Recording, other: Recording) -> Job | None:
    """The job that listens to this pair now."""
    pair = {str(one.pk), str(other.pk)}
    rows = [job for each in (one, other) for job in jobs_of(KIND, each.pk).filter(kind=JOB_KIND, state__in=LIVE)]
    return next((job for job in rows if {job.params["one"], job.params["other"]} == pair), None)


def proposal_for(one: Recording, other: Recording, identifier: UUID) -> Alignment:
    """What the sound said of this pair.

    Raises:
        AlignmentMissing: nothing of that name.
    """
    found = pair_rows(one, other).filter(pk=identifier, source=Source.SOUND).first()
    if found is None or found.offset_ms is None:
        raise AlignmentMissing("Nothing of that name was proposed for these two recordings.")
    return found
