"""Preparation's effects: what was found in the file, what was derived from it, and whether it can be played.

The media work is done by `workers.handlers`; here its results become rows, states and events. Every effect may be asked
for twice and happens once. A recording of several parts is playable as soon as one part is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from evidence.custody.parties import Actor, Reason, system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.who import Who
from evidence.jobs.models import Job, JobState
from evidence.jobs.queries import jobs_of
from evidence.jobs.services import job_enqueue, job_retry
from evidence.recordings.errors import NothingToRetry
from evidence.recordings.models import FileRole, Recording, RecordingFile, State
from evidence.recordings.policy import KIND, RECORDINGS, Right
from evidence.recordings.queries import Part, files_of, parts_of
from evidence.recordings.services.derived import Derived, derived_register
from evidence.recordings.services.hearing import voice_ask
from evidence.recordings.subjects import ORIGINAL_ROLES, subject_of

PREPARATION = system("Preparation")
RULE = "system:preparation"
KINDS = ("recording.prepare", "recording.proxy")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What preparation found. `probe` is a `ProbeReport` as JSON, and `gop` a `GopReport` of it."""

    probe: Mapping[str, Any]
    media_type: str
    width: int | None = None
    height: int | None = None
    has_audio: bool | None = None


@dataclass(frozen=True, slots=True)
class Proxied:
    """A copy for browsers. `way`: remux (same pictures and sound) or proxy (encoded anew)."""

    way: str
    derived: tuple[Derived, ...] = field(default_factory=tuple)


def preparation_ask(*, file: RecordingFile, actor: Actor) -> Job:
    """Have an original looked at; called in the transaction that sealed it. Asking twice gives the one job."""
    return job_enqueue(
        kind="recording.prepare", key=f"prepare:{file.id}", actor=actor, subject=subject_of(file.recording),
        params={"file": str(file.id)},
    )  # fmt: skip


def preparation_begin(*, file: RecordingFile) -> None:
    """A worker looks at it now: the page says so."""
    Recording.objects.filter(pk=file.recording_id, state=State.SEALED).update(state=State.PREPARING)


def preparation_finish(*, file: RecordingFile, prepared: Prepared, derived: tuple[Derived, ...]) -> Recording:
    """Record what was found in a Master or working copy, set its state, and ask for a proxy where it needs one.

    Repeating it changes nothing; what was put for nothing is the sweep's.
    """
    with act(actor=PREPARATION) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        row = RecordingFile.objects.get(pk=file.pk)
        if row.probe is not None and not row.trouble:
            return recording
        row.probe, row.media_type, row.trouble = dict(prepared.probe), prepared.media_type, ""
        row.save(update_fields=["probe", "media_type", "trouble"])
        for item in derived:
            derived_register(row, item)
        recording.width = recording.width or prepared.width
        recording.height = recording.height or prepared.height
        if prepared.has_audio is not None:
            recording.has_audio = bool(recording.has_audio) or prepared.has_audio
        _settle(recording)
        deed.record(
            Verb.PREPARATION_FINISHED, subject_of(recording, row), rule=RULE,
            data={"state": recording.state, "way": row.way, "part": row.part},
        )  # fmt: skip
        if settings.VOICE_LANE and prepared.has_audio:
            voice_ask(file=row, actor=PREPARATION)
        if row.way in {"remux", "proxy"}:
            job_enqueue(
                kind="recording.proxy", key=f"proxy:{row.id}", actor=PREPARATION, subject=subject_of(recording),
                params={"file": str(row.id)},
            )  # fmt: skip
    return recording


def proxy_finish(*, file: RecordingFile, proxied: Proxied) -> Recording:
    """The proxy (or remux) of a file that browsers cannot play is there. Repeating it changes nothing."""
    with act(actor=PREPARATION) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        row = RecordingFile.objects.get(pk=file.pk)
        if recording.files.filter(role=FileRole.PROXY, part=row.part).exists():
            return recording
        made = [derived_register(row, item) for item in proxied.derived]
        row.trouble = ""
        row.save(update_fields=["trouble"])
        _settle(recording)
        proxies = [item for item in made if item.role == FileRole.PROXY]
        deed.record(
            Verb.PROXY_SEALED, subject_of(recording, row, *proxies), rule=RULE,
            data={"way": proxied.way, "part": row.part},
        )  # fmt: skip
    return recording


def preparation_fail(*, file: RecordingFile, trouble: str, code: str) -> None:
    """Preparation ended without a result: the original is safe, and the page says why it cannot be played."""
    with act(actor=PREPARATION) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        RecordingFile.objects.filter(pk=file.pk).update(trouble=trouble)
        _settle(recording)
        deed.record(
            Verb.PREPARATION_FAILED, subject_of(recording, file), rule=RULE, data={"code": code, "part": file.part}
        )


def preparation_retry(*, who: Who, recording: Recording, reason: str = "") -> list[Job]:
    """Try again what failed while a recording was prepared; returns the jobs.

    Raises:
        Denied: no right to annotate it.
        NothingToRetry: nothing failed, or it is under way.
    """
    with act(actor=who.actor, reason=Reason(text=reason or None)) as deed:
        decision = RECORDINGS.require(who, Right.ANNOTATE, recording)
        row = Recording.objects.select_for_update().get(pk=recording.pk)
        failed = list(jobs_of(KIND, row.id).filter(kind__in=KINDS, state=JobState.FAILED))
        if not failed:
            raise NothingToRetry
        jobs = [job_retry(job=job, actor=who.actor) for job in failed]
        row.files.exclude(trouble="").update(trouble="")
        _settle(row)
        deed.record(
            Verb.PREPARATION_RETRIED, subject_of(row), rule=decision.rule, data={"jobs": [str(job.id) for job in jobs]}
        )
    return jobs


def _settle(recording: Recording) -> None:
    """Set state, reason, length and time from what is known of the parts."""
    parts = parts_of(recording)
    states = {part.state for part in parts}
    if State.PLAYABLE in states:
        recording.state = State.PLAYABLE
        recording.playable_at = recording.playable_at or timezone.now()
    else:
        recording.state = State.PREPARING if State.PREPARING in states else State.NOT_PLAYABLE
        recording.playable_at = None
    said = [(f"Part {part.number}: {part.said}" if len(parts) > 1 else part.said) for part in parts if part.said]
    recording.state_reason = " ".join(said)
    known = [part.original.duration_s for part in parts if part.original.duration_s]
    recording.duration_s = sum(known) if known else None
    recording.save(update_fields=["state", "state_reason", "playable_at", "duration_s", "width", "height", "has_audio"])
    _markers_keep(recording, parts)


def _markers_keep(recording: Recording, parts: Sequence[Part]) -> None:
    """Where an earlier part has come late, the markers of later ones stay on their pictures."""
    offsets = {part.number: part.offset_s for part in parts}
    for marker in recording.markers.all():
        if marker.part is None or marker.part_at_s is None:
            continue
        at_s = offsets.get(marker.part, 0.0) + marker.part_at_s
        if at_s != marker.at_s:
            recording.markers.filter(pk=marker.pk).update(at_s=at_s)


def is_prepared(file: RecordingFile) -> bool:
    """True when an original was looked at, with whatever result."""
    return RecordingFile.objects.filter(pk=file.pk, trouble="").exclude(probe=None).exists()


def has_proxy(file: RecordingFile) -> bool:
    """True when the copy for browsers is there."""
    return bool([found for found in files_of(file.recording, FileRole.PROXY) if found.part == file.part])


__all__ = [
    "ORIGINAL_ROLES", "Derived", "Prepared", "Proxied", "has_proxy", "is_prepared", "preparation_ask",
    "preparation_begin", "preparation_fail", "preparation_finish", "preparation_retry", "proxy_finish",
]  # fmt: skip
