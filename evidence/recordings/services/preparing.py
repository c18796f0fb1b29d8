"""Preparation's effects: what was found in the file, what was derived from it, and whether it can be played.

The media work is done by `workers.handlers`; here its results become rows, states and events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from evidence.custody.parties import system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.recordings.models import FileRole, Recording, RecordingFile, State
from evidence.recordings.queries import files_of
from evidence.recordings.subjects import ORIGINAL_ROLES, subject_of
from evidence.vault.services import Put, object_register

PREPARATION = system("Preparation")
RULE = "system:preparation"


@dataclass(frozen=True, slots=True)
class Derived:
    """Something made from a file for viewing, already in the vault."""

    role: FileRole
    put: Put
    media_type: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What preparation found. `way`: direct, remux, proxy or none; `findings`: sentences for people."""

    probe: Mapping[str, Any]
    media_type: str
    way: str
    because: str
    findings: tuple[str, ...]
    duration_s: float | None
    width: int | None
    height: int | None
    has_audio: bool | None


def preparation_finish(*, file: RecordingFile, prepared: Prepared, derived: tuple[Derived, ...]) -> Recording:
    """Record what was found in a Master or working copy and set its state. Repeating it changes nothing."""
    with act(actor=PREPARATION) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        file.probe, file.media_type = dict(prepared.probe), prepared.media_type
        file.save(update_fields=["probe", "media_type"])
        for item in derived:
            _derived_register(recording, file.part, item)
        _state_set(recording, prepared)
        deed.record(
            Verb.PREPARATION_FINISHED, subject_of(recording, file), rule=RULE,
            data={"state": recording.state, "way": prepared.way, "part": file.part},
        )  # fmt: skip
    return recording


def _state_set(recording: Recording, prepared: Prepared) -> None:
    said = " ".join(prepared.findings)
    if prepared.way == "direct":
        recording.state, recording.state_reason = State.PLAYABLE, said
        recording.playable_at = recording.playable_at or timezone.now()
    elif prepared.way in {"remux", "proxy"}:
        recording.state, recording.state_reason = State.PREPARING, said or prepared.because
    else:
        recording.state, recording.state_reason = State.NOT_PLAYABLE, said or prepared.because
    recording.duration_s = _duration_s(recording)
    recording.width, recording.height = prepared.width, prepared.height
    recording.has_audio = prepared.has_audio
    recording.save()


def _duration_s(recording: Recording) -> float | None:
    """Seconds of all original parts that were probed, together."""
    probes = [file.probe or {} for file in files_of(recording, *ORIGINAL_ROLES)]
    known = [float(probe["duration_s"]) for probe in probes if probe.get("duration_s")]
    return sum(known) if known else None


def _derived_register(recording: Recording, part: int, item: Derived) -> RecordingFile:
    return RecordingFile.objects.create(
        recording=recording, role=item.role, part=part, stored=object_register(item.put), media_type=item.media_type
    )


def proxy_finish(*, file: RecordingFile, proxy: Put, way: str, because: str) -> RecordingFile:
    """The proxy (or remux) of a file that browsers cannot play is there: the recording becomes playable."""
    with act(actor=PREPARATION) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        made = _derived_register(recording, file.part, Derived(FileRole.PROXY, proxy, "video/mp4"))
        recording.state, recording.playable_at = State.PLAYABLE, timezone.now()
        recording.state_reason = because
        recording.save(update_fields=["state", "playable_at", "state_reason"])
        deed.record(
            Verb.PROXY_SEALED, subject_of(recording, file, made), rule=RULE, data={"way": way, "part": file.part}
        )
    return made


def preparation_fail(*, file: RecordingFile, reason: str, code: str) -> None:
    """Preparation ended without a result: the Master is safe, and the page says why it cannot be played."""
    with act(actor=PREPARATION) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        recording.state, recording.state_reason = State.NOT_PLAYABLE, reason
        recording.save(update_fields=["state", "state_reason"])
        deed.record(
            Verb.PREPARATION_FAILED, subject_of(recording, file), rule=RULE, data={"code": code, "part": file.part}
        )
