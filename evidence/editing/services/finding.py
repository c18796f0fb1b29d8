"""Looking for faces and plates: asked for by a person, done stretch by stretch, known from then on.

The same detectors on the same sealed file are asked once: who asks again is given what is known, or joins the look that
is under way. Each stretch is kept in the transaction that ends its job, so what was looked at stays, whatever dies.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from evidence.custody.parties import Actor, Reason, system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.editing.detectors import detection_settings
from evidence.editing.errors import DetectionOver
from evidence.editing.footage import Footage, footage_of
from evidence.editing.models import Detection, DetectionStretch
from evidence.editing.orders import canonical_sha256
from evidence.identity.models import Person
from evidence.identity.who import Who, who_is
from evidence.jobs.models import ENDED_BADLY, Job
from evidence.jobs.services import Part, job_cancel, job_enqueue, job_retry
from evidence.recordings.models import Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.subjects import subject_of
from workers.media.detect.asking import Planned, planned
from workers.media.detect.report import LinksReport, Tracks
from workers.media.wire import to_obj

FIND, STRETCH = "find.tracks", "find.stretch"
LOOKING = system("Detection")
RULE = "job:detection"
STRETCHES_MOST = 24
"""Each stretch fetches the sealed file anew where the vault is no directory, so a long recording has longer ones."""


def detection_request(
    *, who: Who, recording: Recording, detectors: Sequence[str], reason: str = "", part: int = 1
) -> Detection:
    """Have a part looked through with these detectors, or be given what they found before.

    Raises:
        Denied, NotEditable, EditRefused, RecordingMissing: says what to do.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    footage = footage_of(recording, part)
    asked = detection_settings(detectors)
    with act(actor=who.actor, reason=Reason(text=reason.strip()[:500] or None)) as deed:
        decision = RECORDINGS.require(who, Right.EDIT, recording)
        detection = _detection(footage, asked)
        is_known = detection.finished_at is not None
        if not is_known:
            detection.job = _job(detection, who)
        detection.asked_at = timezone.now()
        detection.save(update_fields=["job", "asked_at"])
        deed.record(
            Verb.DETECTION_REQUESTED, subject_of(recording, footage.file), rule=decision.rule,
            data={**_told(detection), "is_known": is_known},
        )  # fmt: skip
    return detection


def detection_cancel(*, who: Who, detection: Detection) -> None:
    """Stop a look; the stretches that were looked at stay. Whoever may edit the recording may.

    Raises:
        Denied: no right to edit it.
        DetectionOver, JobOver: it has ended.
    """
    RECORDINGS.require(who, Right.EDIT, detection.recording)
    if detection.job is None or not detection.job.is_live:
        raise DetectionOver
    job_cancel(job=detection.job, actor=who.actor)


def detection_plan(job: Job) -> list[Part]:
    """The stretches of a look as parts of its job, frames as their amount of work."""
    detection = detection_of(job)
    return [
        Part(
            kind=STRETCH, work=end - first,
            params={"file": str(detection.file_id), "detection": str(detection.pk), "start": start, "end": stop},
        )
        for first, end, start, stop in detection.plan
    ]  # fmt: skip


def detection_of(job: Job) -> Detection:
    """The look that a job is for, whole or a part of it."""
    rows = Detection.objects.select_related("recording", "file__stored", "file__recording", "job")
    return rows.get(pk=UUID(job.params["detection"]))


def stretch_keep(*, job: Job, tracks: Tracks) -> DetectionStretch:
    """Keep what was found in the stretch of a job. Called inside the job's finishing transaction."""
    detection = detection_of(job)
    stretch, _ = DetectionStretch.objects.get_or_create(
        detection=detection, seq=job.seq, defaults={"found": to_obj(tracks)}
    )
    return stretch


def detection_finish(*, job: Job, links: LinksReport) -> Detection:
    """Every stretch was looked at: note which tracks go on, and by which detectors. In the finishing transaction."""
    detection = detection_of(job)
    found = [stretch.found for stretch in detection.stretches.all()]
    detection.links = [list(link) for link in links.links]
    detection.detectors = _detectors(found)
    detection.finished_at = timezone.now()
    detection.save(update_fields=["links", "detectors", "finished_at"])
    with act(actor=LOOKING) as deed:
        deed.record(
            Verb.DETECTION_FINISHED, subject_of(detection.recording, detection.file), rule=RULE,
            data={
                **_told(detection), "stretches": len(found), "tracks": sum(len(each["tracks"]) for each in found),
                "found_by": [f"{row['name']}:{row['version']}:{row['sha256']}" for row in detection.detectors],
            },
        )  # fmt: skip
    return detection


def detection_failed(job: Job) -> None:
    """Tell the recording that a look came to no end, and why."""
    _ended(job, Verb.DETECTION_FAILED, LOOKING, Reason(code=job.error_code or None, text=job.error or None))


def detection_cancelled(job: Job) -> None:
    """Tell the recording that somebody stopped a look."""
    _ended(job, Verb.DETECTION_CANCELLED, canceller(job), Reason())


def canceller(job: Job) -> Actor:
    """Who stopped a job: not always who asked for it."""
    if job.cancel_requested_by_id in {None, job.requested_by_id}:
        return job.requested_by
    person = Person.objects.filter(pk=job.cancel_requested_by_id).first()
    return who_is(person).actor if person is not None else LOOKING


def _ended(job: Job, verb: Verb, actor: Actor, reason: Reason) -> None:
    detection = detection_of(job)
    with act(actor=actor, reason=reason) as deed:
        deed.record(verb, subject_of(detection.recording, detection.file), rule=RULE, data=_told(detection))


def _detection(footage: Footage, asked: dict[str, Any]) -> Detection:
    """The one row there is for this file and these settings, locked."""
    at_least_s = max(settings.DETECTION_STRETCH_S, float(footage.end_s) / STRETCHES_MOST)
    plan = [_row(each) for each in planned(footage.index, at_least_s=at_least_s)]
    found, _ = Detection.objects.get_or_create(
        file=footage.file, settings_sha256=canonical_sha256(asked),
        defaults={"recording": footage.file.recording, "settings": asked, "plan": plan},
    )  # fmt: skip
    return Detection.objects.select_for_update().get(pk=found.pk)


def _row(each: Planned) -> list[int]:
    return [each.first, each.end, each.start, each.stop]


def _job(detection: Detection, who: Who) -> Job:
    file: RecordingFile = detection.file
    job = job_enqueue(
        kind=FIND, key=f"find:{detection.pk}", actor=who.actor, subject=subject_of(detection.recording),
        params={"file": str(file.pk), "detection": str(detection.pk)},
    )  # fmt: skip
    return job_retry(job=job, actor=who.actor) if job.state in ENDED_BADLY else job


def _told(detection: Detection) -> dict[str, Any]:
    return {"kind": "find", "detectors": detection.names, "job": str(detection.job_id)}


def _detectors(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each detector once, what was refused of it added up; two where it was changed in the middle."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in found:
        for row in each["detectors"]:
            known = rows.setdefault((row["name"], row["version"], row["sha256"]), {**row, "refused": 0})
            known["refused"] += row["refused"]
    return list(rows.values())
